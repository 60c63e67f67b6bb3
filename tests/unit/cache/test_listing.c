#include "cache/listing.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

enum { UNPRIVILEGED_USER = 65534 };

static struct scratch scratch;
static struct listing listing;

static void set_up(void)
{
    scratch_make(&scratch);
    scratch_folder(&scratch, "set");
    scratch_write(&scratch, "set/a.json", "1");
}

static void tear_down(void)
{
    scratch_remove(&scratch);
}

TestSuite(listing, .init = set_up, .fini = tear_down, .timeout = 60);

static struct fingerprint fingerprint(void)
{
    struct fingerprint print = {0};
    cr_assert(eq(int, listing_fingerprint(scratch_path(&scratch, "set"), &print), 0));
    return print;
}

static bool differs(struct fingerprint before)
{
    struct fingerprint now = fingerprint();
    return !fingerprint_equals(&before, &now);
}

static void open_listing(void)
{
    cr_assert(eq(int, listing_open(&listing, scratch_path(&scratch, "set")), 0));
}

Test(listing, holds_json_files_sorted_and_passes_over_all_else)
{
    scratch_write(&scratch, "set/c.json", "");
    scratch_link(&scratch, "set/b.json", "a.json");
    scratch_write(&scratch, "set/.hidden.json", "");
    scratch_write(&scratch, "set/.json", "");
    scratch_write(&scratch, "set/a.json~", "");
    scratch_write(&scratch, "set/json", "");
    scratch_write(&scratch, "set/A.JSON", "");
    scratch_folder(&scratch, "set/folder.json");
    cr_assert(eq(int, mkfifo(scratch_path(&scratch, "set/pipe.json"), 0600), 0));
    open_listing();
    cr_assert(eq(sz, listing.count, 3));
    cr_assert(eq(str, listing.entries[0].name, "a.json"));
    cr_assert(eq(str, listing.entries[1].name, "b.json"));
    cr_assert(eq(str, listing.entries[2].name, "c.json"));
    cr_assert(eq(u64, listing.fingerprint.entries, 3));
    listing_clear(&listing);
}

Test(listing, a_link_to_nothing_is_an_entry_with_its_error)
{
    scratch_link(&scratch, "set/b.json", "nowhere");
    open_listing();
    cr_assert(eq(sz, listing.count, 2));
    cr_assert(eq(int, listing.entries[1].error, ENOENT));
    listing_clear(&listing);
}

/* Names may be read, and nothing behind them: the folder's search permission is missing. */
Test(listing, a_name_that_may_not_be_looked_at_is_an_entry_with_its_error)
{
    cr_assert(eq(int, chmod(scratch.path, 0755), 0));
    cr_assert(eq(int, chmod(scratch_path(&scratch, "set"), 0444), 0));
    bool was_root = geteuid() == 0;
    if (was_root && seteuid(UNPRIVILEGED_USER) != 0) {
        cr_skip("root, and it cannot become anybody else: it may look at everything");
    }
    open_listing();
    cr_assert(eq(sz, listing.count, 1));
    cr_assert(eq(int, listing.entries[0].error, EACCES));
    listing_clear(&listing);
    cr_assert(eq(int, was_root ? seteuid(0) : 0, 0));
    cr_assert(eq(int, chmod(scratch_path(&scratch, "set"), 0755), 0));
}

Test(listing, a_missing_folder_and_a_file_are_told_by_errno)
{
    cr_assert(eq(int, listing_open(&listing, scratch_path(&scratch, "none")), ENOENT));
    cr_assert(eq(int, listing_open(&listing, scratch_path(&scratch, "set/a.json")), ENOTDIR));
    cr_assert(eq(sz, listing.count, 0));
}

Test(listing, the_fingerprint_stays_while_nothing_changes)
{
    struct fingerprint before = fingerprint();
    scratch_write(&scratch, "set/.a.json.swp", "not a document");
    cr_assert(not(differs(before)));
}

Test(listing, the_fingerprint_tells_a_write_of_the_same_size)
{
    struct fingerprint before = fingerprint();
    bool is_told = scratch_wait_for((scratch_write(&scratch, "set/a.json", "2"), differs(before)));
    cr_assert(is_told, "once the file system's clock has moved on");
}

Test(listing, the_fingerprint_tells_addition_renaming_deletion_and_permission)
{
    struct fingerprint before = fingerprint();
    scratch_write(&scratch, "set/b.json", "2");
    cr_assert(differs(before));
    before = fingerprint();
    scratch_rename(&scratch, "set/b.json", "set/c.json");
    cr_assert(differs(before));
    before = fingerprint();
    scratch_delete(&scratch, "set/c.json");
    cr_assert(differs(before));
    before = fingerprint();
    bool is_told = scratch_wait_for((chmod(scratch_path(&scratch, "set/a.json"), 0600), differs(before)));
    cr_assert(is_told);
}

Test(listing, the_fingerprint_tells_a_linked_file_that_changes)
{
    scratch_write(&scratch, "outside", "1");
    scratch_link(&scratch, "set/b.json", "../outside");
    struct fingerprint before = fingerprint();
    scratch_write(&scratch, "outside", "22");
    cr_assert(differs(before));
}

Test(listing, the_fingerprint_tells_another_folder_of_equal_content)
{
    struct fingerprint before = fingerprint();
    scratch_folder(&scratch, "next");
    cr_assert(eq(int, link(scratch_path(&scratch, "set/a.json"), scratch_path(&scratch, "next/a.json")), 0));
    scratch_delete(&scratch, "set");
    scratch_rename(&scratch, "next", "set");
    cr_assert(differs(before));
}
