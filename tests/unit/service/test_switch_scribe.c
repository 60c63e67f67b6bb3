/* A scribe whose disk is as slow as the test wants: `copy` hangs until the test lets it go. */
#include "service/switch_scribe.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "service/clock.h"
#include "tests/unit/cache/scratch.h"

enum { PATIENCE_MS = 10000, SHORT_MS = 50, BOUND_MS = 5000 };

static struct scratch scratch;
static int folder;
static struct switch_scribe *scribe;
static struct switch_store_content loaded;
static _Atomic int copies;      /* begun */
static _Atomic int version;     /* what is in force: the reason that is written */
static _Atomic bool is_hanging; /* the disk */

static void copy(void *cls, struct switch_store_content *ret_content)
{
    cr_assert(eq(ptr, cls, &version));
    int seen = version;
    copies++;
    while (is_hanging) {
        sched_yield();
    }
    *ret_content = (struct switch_store_content){0};
    struct switch_entry *entry = switch_document_put(&ret_content->admin, SLICE("checkout"));
    snprintf(entry->mode, sizeof(entry->mode), "on");
    snprintf(entry->reason, sizeof(entry->reason), "%d", seen);
}

static void set_up(void)
{
    scratch_make(&scratch);
    folder = open(scratch.path, O_RDONLY | O_DIRECTORY);
    scribe = switch_scribe_start(folder, copy, &version);
    cr_assert(scribe != NULL);
}

static void tear_down(void)
{
    switch_scribe_stop(scribe);
    close(folder);
    scratch_remove(&scratch);
}

TestSuite(switch_scribe, .init = set_up, .fini = tear_down, .timeout = 60);

/* The version that the file holds; -1: there is no file, or none that is whole. */
static int kept(void)
{
    char reason[WHOLE_FILE_REASON_BYTES];
    int number = -1;
    if (switch_store_load(folder, &loaded, reason) && loaded.admin.count == 1) {
        sscanf(loaded.admin.entries[0].reason, "%d", &number);
    }
    return number;
}

static void stop(void)
{
    switch_scribe_stop(scribe);
    scribe = NULL;
}

/* From here on a write hangs, and one does. */
static void hang(void)
{
    is_hanging = true;
    cr_assert(not(switch_scribe_write(scribe, 0)));
    cr_assert(scratch_wait_for(copies == 1));
}

static void recover(void)
{
    is_hanging = false;
}

Test(switch_scribe, what_is_in_force_is_on_disk_when_the_write_says_so)
{
    for (version = 1; version <= 20; version++) {
        cr_assert(switch_scribe_write(scribe, PATIENCE_MS));
        cr_assert(eq(int, kept(), version));
    }
    cr_assert(eq(u64, switch_scribe_failures(scribe), 0));
}

Test(switch_scribe, what_nobody_waits_for_is_kept_all_the_same)
{
    version = 7;
    cr_assert(not(switch_scribe_write(scribe, 0)));
    cr_assert(scratch_wait_for(kept() == 7));
}

Test(switch_scribe, without_a_folder_nothing_is_kept_and_nobody_waits)
{
    struct switch_scribe *other = switch_scribe_start(-1, copy, &version);
    int64_t begun_ms = clock_monotonic_ms();
    cr_assert(not(switch_scribe_write(other, PATIENCE_MS)));
    cr_assert(lt(i64, clock_monotonic_ms() - begun_ms, BOUND_MS));
    cr_assert(eq(u64, switch_scribe_failures(other), 0));
    switch_scribe_stop(other);
    cr_assert(eq(int, copies, 0));
}

Test(switch_scribe, a_disk_that_hangs_holds_a_call_up_for_as_long_as_it_waits_and_is_written_later)
{
    hang();
    version = 2;
    int64_t begun_ms = clock_monotonic_ms();
    cr_assert(not(switch_scribe_write(scribe, SHORT_MS)));
    int64_t took_ms = clock_monotonic_ms() - begun_ms;
    cr_assert(ge(i64, took_ms, SHORT_MS - 1));
    cr_assert(lt(i64, took_ms, BOUND_MS));
    cr_assert(eq(int, kept(), -1));
    recover();
    cr_assert(scratch_wait_for(kept() == 2));
}

Test(switch_scribe, a_write_that_began_before_the_order_does_not_count_as_its)
{
    version = 1;
    hang(); /* has read version 1 */
    version = 2;
    cr_assert(not(switch_scribe_write(scribe, 0)));
    recover();
    cr_assert(switch_scribe_write(scribe, PATIENCE_MS));
    cr_assert(eq(int, kept(), 2));
}

Test(switch_scribe, many_orders_while_a_write_is_under_way_become_one)
{
    hang();
    for (version = 2; version < 1000; version++) {
        cr_assert(not(switch_scribe_write(scribe, 0)));
    }
    recover();
    cr_assert(scratch_wait_for(kept() == 1000));
    stop();
    cr_assert(eq(int, copies, 2));
}

Test(switch_scribe, stopping_writes_what_is_still_to_be_written)
{
    hang();
    version = 2;
    cr_assert(not(switch_scribe_write(scribe, 0)));
    recover();
    stop();
    cr_assert(eq(int, kept(), 2));
}

Test(switch_scribe, stopping_without_news_writes_nothing)
{
    stop();
    cr_assert(eq(int, copies, 0));
    cr_assert(eq(int, kept(), -1));
}

Test(switch_scribe, a_write_that_fails_is_counted_and_the_next_one_is_tried)
{
    scratch_folder(&scratch, "switches.json");
    scratch_write(&scratch, "switches.json/in_the_way", "");
    cr_assert(not(switch_scribe_write(scribe, PATIENCE_MS)));
    cr_assert(eq(u64, switch_scribe_failures(scribe), 1));
    scratch_delete(&scratch, "switches.json");
    version = 3;
    cr_assert(switch_scribe_write(scribe, PATIENCE_MS));
    cr_assert(eq(int, kept(), 3));
    cr_assert(eq(u64, switch_scribe_failures(scribe), 1));
}

static void *order(void *unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++) {
        int mine = ++version;
        cr_assert(switch_scribe_write(scribe, PATIENCE_MS));
        cr_assert(ge(int, version, mine));
    }
    return NULL;
}

Test(switch_scribe, orders_of_several_threads_are_all_kept)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        cr_assert(eq(int, pthread_create(&threads[i], NULL, order, NULL), 0));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_assert(eq(int, kept(), 200));
    cr_assert(le(int, copies, 200));
}
