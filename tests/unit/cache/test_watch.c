#include "cache/watch.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

static struct scratch scratch;
static struct watch *watch;

static void set_up(void)
{
    scratch_make(&scratch);
    scratch_folder(&scratch, "set");
    scratch_write(&scratch, "set/a.json", "1");
}

static void tear_down(void)
{
    watch_close(watch);
    scratch_remove(&scratch);
}

TestSuite(watch, .init = set_up, .fini = tear_down, .timeout = 60);

static void open_watch(const char *name)
{
    watch = watch_open(scratch_path(&scratch, name));
    cr_assert(watch != NULL);
    cr_assert(watch_is_complete(watch));
    cr_assert(not(watch_drain(watch)), "nothing has happened yet");
}

static bool notices(void)
{
    return scratch_wait_for(watch_drain(watch));
}

/* inotify queues an event before the call that causes it returns, so there is nothing to wait for. */
static bool is_quiet(void)
{
    return !watch_drain(watch);
}

Test(watch, a_file_written_in_place_is_noticed)
{
    open_watch("set");
    scratch_write(&scratch, "set/a.json", "2");
    cr_assert(notices());
}

Test(watch, a_file_renamed_over_is_noticed)
{
    scratch_write(&scratch, "next", "2");
    open_watch("set");
    scratch_rename(&scratch, "next", "set/a.json");
    cr_assert(notices());
}

Test(watch, an_added_file_is_noticed)
{
    open_watch("set");
    scratch_write(&scratch, "set/b.json", "1");
    cr_assert(notices());
}

Test(watch, a_deleted_file_is_noticed)
{
    open_watch("set");
    scratch_delete(&scratch, "set/a.json");
    cr_assert(notices());
}

Test(watch, a_swapped_link_to_the_folder_is_noticed_and_the_new_folder_watched)
{
    scratch_folder(&scratch, "v2");
    scratch_link(&scratch, "current", "set");
    scratch_link(&scratch, "next", "v2");
    open_watch("current");
    scratch_rename(&scratch, "next", "current");
    cr_assert(notices());
    cr_assert(is_quiet());
    scratch_write(&scratch, "set/a.json", "2");
    cr_assert(is_quiet(), "the folder that was left is of no interest");
    scratch_write(&scratch, "v2/a.json", "1");
    cr_assert(notices());
}

Test(watch, a_swapped_link_in_the_middle_of_the_path_is_noticed)
{
    scratch_folder(&scratch, "v2");
    scratch_folder(&scratch, "v2/inner");
    scratch_folder(&scratch, "set/inner");
    scratch_link(&scratch, "current", "set");
    scratch_link(&scratch, "next", "v2");
    open_watch("current/inner");
    scratch_rename(&scratch, "next", "current");
    cr_assert(notices());
}

Test(watch, a_kubernetes_swap_is_noticed_again_and_again)
{
    scratch_volume(&scratch, "volume", "a.json", "1");
    open_watch("volume");
    for (int i = 0; i < 20; i++) {
        scratch_volume_swap(&scratch, "volume", "a.json", "2");
        cr_assert(notices(), "swap %d", i);
        cr_assert(is_quiet());
    }
}

Test(watch, a_kubernetes_swap_of_a_single_file_is_noticed)
{
    scratch_volume(&scratch, "volume", "promogate.conf", "1");
    open_watch("volume/promogate.conf");
    for (int i = 0; i < 20; i++) {
        scratch_volume_swap(&scratch, "volume", "promogate.conf", "2");
        cr_assert(notices(), "swap %d", i);
    }
}

Test(watch, a_linked_file_written_in_place_elsewhere_is_noticed)
{
    scratch_folder(&scratch, "elsewhere");
    scratch_write(&scratch, "elsewhere/b.json", "1");
    scratch_link(&scratch, "set/b.json", "../elsewhere/b.json");
    open_watch("set");
    scratch_write(&scratch, "elsewhere/b.json", "2");
    cr_assert(notices());
}

Test(watch, a_deleted_folder_is_noticed_and_so_is_its_return)
{
    open_watch("set");
    scratch_delete(&scratch, "set");
    cr_assert(notices());
    scratch_folder(&scratch, "set");
    cr_assert(notices());
    cr_assert(is_quiet());
    scratch_write(&scratch, "set/a.json", "2");
    cr_assert(notices());
}

Test(watch, a_folder_replaced_by_rename_is_noticed)
{
    scratch_folder(&scratch, "next");
    open_watch("set");
    scratch_rename(&scratch, "set", "before");
    scratch_rename(&scratch, "next", "set");
    cr_assert(notices());
    scratch_write(&scratch, "set/b.json", "1");
    cr_assert(notices());
}

Test(watch, what_does_not_exist_yet_is_noticed_step_by_step)
{
    open_watch("some/where/file");
    scratch_folder(&scratch, "some");
    cr_assert(notices());
    scratch_folder(&scratch, "some/where");
    cr_assert(notices());
    scratch_write(&scratch, "some/where/file", "1");
    cr_assert(notices());
    scratch_write(&scratch, "some/where/file", "2");
    cr_assert(notices());
}

Test(watch, a_dangling_link_is_noticed_when_its_target_appears)
{
    scratch_link(&scratch, "current", "v9");
    open_watch("current");
    scratch_folder(&scratch, "v9");
    cr_assert(notices());
}

Test(watch, a_neighbour_of_a_watched_file_is_no_news)
{
    open_watch("set/a.json");
    scratch_write(&scratch, "set/b.json", "1");
    cr_assert(is_quiet());
    scratch_write(&scratch, "set/a.json", "2");
    cr_assert(notices());
}

Test(watch, a_file_renamed_over_keeps_being_watched)
{
    open_watch("set/a.json");
    for (int i = 0; i < 3; i++) {
        scratch_write(&scratch, "next", "2");
        scratch_rename(&scratch, "next", "set/a.json");
        cr_assert(notices(), "rename %d", i);
    }
    scratch_write(&scratch, "set/a.json", "3");
    cr_assert(notices());
}

Test(watch, a_relative_path_is_that_of_the_working_directory)
{
    cr_assert(eq(int, chdir(scratch.path), 0));
    watch = watch_open("set");
    cr_assert(eq(int, chdir("/"), 0));
    scratch_write(&scratch, "set/a.json", "2");
    cr_assert(notices());
}

Test(watch, an_overflow_of_the_queue_counts_as_a_change_and_the_watch_goes_on)
{
    enum { EVENTS = 20000 }; /* past fs.inotify.max_queued_events; on two names, or equal events would be merged */
    scratch_write(&scratch, "set/b.json", "1");
    open_watch("set");
    for (int i = 0; i < EVENTS; i++) {
        cr_assert(zero(chmod(scratch_path(&scratch, i % 2 == 0 ? "set/a.json" : "set/b.json"), 0600)));
    }
    cr_assert(notices());
    cr_assert(is_quiet());
    scratch_write(&scratch, "set/a.json", "3");
    cr_assert(notices());
}

Test(watch, the_descriptor_becomes_readable_by_a_change_and_quiet_by_draining)
{
    open_watch("set");
    struct pollfd descriptor = {.fd = watch_descriptor(watch), .events = POLLIN};
    cr_assert(eq(int, poll(&descriptor, 1, 0), 0));
    scratch_write(&scratch, "set/a.json", "2");
    cr_assert(eq(int, poll(&descriptor, 1, WAIT_MS), 1));
    watch_drain(watch);
    cr_assert(eq(int, poll(&descriptor, 1, 0), 0));
}

Test(watch, more_links_than_are_followed_leave_it_incomplete)
{
    char name[64];
    for (int i = 0; i <= WATCH_LINKS_MAX; i++) {
        snprintf(name, sizeof(name), "set/link-%d.json", i);
        scratch_link(&scratch, name, "a.json");
    }
    watch = watch_open(scratch_path(&scratch, "set"));
    cr_assert(not(watch_is_complete(watch)));
    scratch_delete(&scratch, "set/link-0.json");
    cr_assert(notices());
    cr_assert(watch_is_complete(watch));
}
