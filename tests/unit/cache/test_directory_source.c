/* Time is the tests' own; only the events of the kernel are real, and those are queued before a write returns. */
#include "cache/directory_source.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cache/scratch.h"

enum { SETTLE_MS = 500 };

static struct scratch scratch;
static struct source *source;
static struct documents documents;
static struct problems problems;
static int64_t now_ms = 1000000;
static int64_t wait_ms;

static void set_up(void)
{
    scratch_make(&scratch);
    scratch_folder(&scratch, "set");
    scratch_write(&scratch, "set/a.json", "1");
    documents_init(&documents);
    problems_init(&problems);
}

static void tear_down(void)
{
    source_close(source);
    documents_clear(&documents);
    problems_clear(&problems);
    scratch_remove(&scratch);
}

TestSuite(directory_source, .init = set_up, .fini = tear_down, .timeout = 60);

static void open_source(bool is_unwatched)
{
    struct directory_source_options options = {.settle_ms = SETTLE_MS, .is_unwatched = is_unwatched};
    source = directory_source_open(scratch_path(&scratch, "set"), &options);
    cr_assert(source != NULL);
}

static enum source_state check(void)
{
    return source_check(source, now_ms, &wait_ms);
}

static enum source_state check_after(int64_t ms)
{
    now_ms += ms;
    return check();
}

static enum source_reading read_source(void)
{
    documents_clear(&documents);
    problems_clear(&problems);
    return source_read(source, now_ms, &documents, &problems);
}

/* Open, read, and read once more what was written a moment before (the kernel's file times are coarse). */
static void open_and_settle(bool is_unwatched)
{
    open_source(is_unwatched);
    cr_assert(eq(int, check(), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    if (check_after(10000) == SOURCE_CHANGED) {
        cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    }
    cr_assert(eq(int, check(), SOURCE_UNCHANGED));
}

Test(directory_source, the_first_look_needs_no_settling)
{
    open_source(false);
    cr_assert(eq(int, check(), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    cr_assert(eq(sz, documents.count, 1));
}

Test(directory_source, names_itself)
{
    open_source(false);
    cr_assert(eq(str, (char *)source->ops->scheme, "file"));
    cr_assert(eq(str, (char *)source_describe(source), (char *)scratch_path(&scratch, "set")));
}

Test(directory_source, a_change_settles_for_settle_ms_and_not_a_moment_less)
{
    open_and_settle(false);
    scratch_write(&scratch, "set/a.json", "22");
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    cr_assert(eq(i64, wait_ms, SETTLE_MS));
    cr_assert(eq(int, check_after(SETTLE_MS - 1), SOURCE_SETTLING));
    cr_assert(eq(i64, wait_ms, 1));
    cr_assert(eq(int, check_after(1), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    cr_assert(eq(sz, documents.items[0].length, 2));
}

Test(directory_source, settling_begins_anew_with_each_change)
{
    open_and_settle(false);
    scratch_write(&scratch, "set/a.json", "22");
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    now_ms += SETTLE_MS - 100;
    scratch_write(&scratch, "set/a.json", "333");
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    cr_assert(eq(int, check_after(SETTLE_MS - 1), SOURCE_SETTLING));
    cr_assert(eq(int, check_after(1), SOURCE_CHANGED));
}

Test(directory_source, settle_ms_changes_at_run_time)
{
    open_and_settle(false);
    scratch_write(&scratch, "set/a.json", "22");
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    directory_source_set_settle_ms(source, 50);
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    cr_assert(eq(i64, wait_ms, 50));
    cr_assert(eq(int, check_after(50), SOURCE_CHANGED));
}

Test(directory_source, files_that_are_no_documents_change_nothing)
{
    open_and_settle(false);
    scratch_write(&scratch, "set/.a.json.swp", "22");
    cr_assert(eq(int, check(), SOURCE_SETTLING), "an event is a reason to look");
    cr_assert(eq(int, check_after(SETTLE_MS), SOURCE_UNCHANGED), "the look finds nothing");
}

Test(directory_source, unrelated_noise_does_not_hold_up_a_change)
{
    open_and_settle(false);
    scratch_write(&scratch, "set/a.json", "22");
    enum source_state state = check();
    for (int i = 0; i < 3 * SETTLE_MS / 10 && state != SOURCE_CHANGED; i++) {
        scratch_write(&scratch, "set/noise", "n");
        state = check_after(10);
    }
    cr_assert(eq(int, state, SOURCE_CHANGED));
}

Test(directory_source, what_was_read_is_not_changed_any_more)
{
    open_and_settle(false);
    cr_assert(eq(int, check_after(DIRECTORY_POLL_MS), SOURCE_UNCHANGED));
    cr_assert(eq(i64, wait_ms, DIRECTORY_POLL_MS));
}

Test(directory_source, without_a_watch_the_poll_finds_changes)
{
    open_and_settle(true);
    cr_assert(eq(int, source->descriptor, -1));
    cr_assert(le(i64, wait_ms, DIRECTORY_POLL_UNWATCHED_MS));
    scratch_write(&scratch, "set/a.json", "22");
    cr_assert(eq(int, check_after(wait_ms), SOURCE_SETTLING));
    cr_assert(eq(i64, wait_ms, SETTLE_MS));
    cr_assert(eq(int, check_after(SETTLE_MS), SOURCE_CHANGED));
}

Test(directory_source, a_deleted_directory_is_unavailable_until_it_returns)
{
    open_and_settle(false);
    scratch_delete(&scratch, "set");
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    cr_assert(eq(int, check_after(SETTLE_MS), SOURCE_UNAVAILABLE));
    cr_assert(eq(str, source->reason, "cannot be read: No such file or directory"));
    scratch_folder(&scratch, "set");
    scratch_write(&scratch, "set/b.json", "2");
    cr_assert(eq(int, check(), SOURCE_UNAVAILABLE), "settling");
    cr_assert(eq(int, check_after(SETTLE_MS), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    cr_assert(eq(str, documents.items[0].name, "b.json"));
}

Test(directory_source, a_directory_that_does_not_exist_yet_is_awaited)
{
    scratch_delete(&scratch, "set");
    open_source(false);
    cr_assert(eq(int, check(), SOURCE_UNAVAILABLE));
    scratch_folder(&scratch, "set");
    scratch_write(&scratch, "set/a.json", "1");
    check();
    cr_assert(eq(int, check_after(SETTLE_MS), SOURCE_CHANGED));
}

Test(directory_source, a_directory_gone_between_check_and_read_is_unavailable)
{
    open_source(false);
    cr_assert(eq(int, check(), SOURCE_CHANGED));
    scratch_delete(&scratch, "set");
    cr_assert(eq(int, read_source(), SOURCE_READ_UNAVAILABLE));
    cr_assert(eq(int, check(), SOURCE_UNAVAILABLE));
}

Test(directory_source, a_kubernetes_swap_becomes_a_change)
{
    scratch_delete(&scratch, "set");
    scratch_volume(&scratch, "set", "a.json", "1");
    open_and_settle(false);
    scratch_volume_swap(&scratch, "set", "a.json", "22");
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    cr_assert(eq(int, check_after(SETTLE_MS), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    cr_assert(eq(sz, documents.items[0].length, 2));
}

Test(directory_source, a_set_with_an_unreadable_document_is_refused_and_not_offered_again)
{
    scratch_link(&scratch, "set/b.json", "nowhere");
    open_source(false);
    cr_assert(eq(int, check(), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_REFUSED));
    cr_assert(eq(sz, problems.total, 1));
    if (check_after(10000) == SOURCE_CHANGED) {
        cr_assert(eq(int, read_source(), SOURCE_READ_REFUSED));
    }
    cr_assert(eq(int, check_after(10000), SOURCE_UNCHANGED));
}

Test(directory_source, what_was_written_a_moment_before_it_was_read_is_read_once_more)
{
    open_source(false);
    scratch_write(&scratch, "set/a.json", "2");
    cr_assert(eq(int, check(), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    cr_assert(eq(int, check(), SOURCE_SETTLING));
    cr_assert(eq(int, check_after(SETTLE_MS + 20), SOURCE_CHANGED));
    cr_assert(eq(int, read_source(), SOURCE_READ_COMPLETE));
    cr_assert(eq(int, check_after(SETTLE_MS + 20), SOURCE_UNCHANGED), "and not a third time");
}
