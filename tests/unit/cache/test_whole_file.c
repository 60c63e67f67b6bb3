#include "cache/whole_file.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

static struct scratch scratch;
static struct whole_file file = {.name = "a", .temporary = "a.tmp"};
static char reason[WHOLE_FILE_REASON_BYTES];
static struct text text;

static void set_up(void)
{
    scratch_make(&scratch);
    file.folder = open(scratch.path, O_RDONLY | O_DIRECTORY);
    text_init(&text, 16);
}

static void tear_down(void)
{
    text_clear(&text);
    close(file.folder);
    scratch_remove(&scratch);
}

TestSuite(whole_file, .init = set_up, .fini = tear_down);

static bool is_there(const char *name)
{
    struct stat status;
    return lstat(scratch_path(&scratch, name), &status) == 0;
}

static void expect_content(const char *content)
{
    text_reset(&text);
    cr_assert(eq(int, (int)whole_file_read(&file, &text, reason), WHOLE_FILE_READ), "%s", reason);
    cr_expect(slice_equals(text_slice(&text), slice_of(content)));
}

Test(whole_file, what_was_written_is_read_again_and_is_its_owners_alone)
{
    struct stat status;
    cr_assert(whole_file_write(&file, SLICE("content"), reason), "%s", reason);
    expect_content("content");
    cr_assert(eq(int, stat(scratch_path(&scratch, "a"), &status), 0));
    cr_expect(eq(int, (int)(status.st_mode & 07777), 0600));
    cr_expect(not(is_there("a.tmp")));
}

Test(whole_file, a_second_write_replaces_the_first)
{
    cr_assert(whole_file_write(&file, SLICE("a longer one"), reason));
    cr_assert(whole_file_write(&file, SLICE("new"), reason));
    expect_content("new");
}

Test(whole_file, an_error_on_the_way_leaves_the_old_one_and_no_temporary_file)
{
    cr_assert(whole_file_write(&file, SLICE("old"), reason));
    int descriptor = whole_file_create(&file, reason);
    cr_assert(eq(int, whole_file_put(descriptor, "half", 4), 0));
    cr_assert(not(whole_file_finish(&file, descriptor, ENOSPC, reason)));
    cr_expect(eq(str, reason, "cannot be written: No space left on device"));
    expect_content("old");
    cr_expect(not(is_there("a.tmp")));
}

Test(whole_file, before_it_is_finished_the_old_one_is_there)
{
    cr_assert(whole_file_write(&file, SLICE("old"), reason));
    int descriptor = whole_file_create(&file, reason);
    cr_assert(eq(int, whole_file_put(descriptor, "new", 3), 0));
    expect_content("old");
    cr_assert(whole_file_finish(&file, descriptor, 0, reason));
    expect_content("new");
}

Test(whole_file, a_leftover_or_a_link_in_the_temporary_files_place_is_not_followed)
{
    scratch_write(&scratch, "b", "not to be touched");
    scratch_link(&scratch, "a.tmp", "b");
    cr_assert(whole_file_write(&file, SLICE("new"), reason));
    expect_content("new");
    file.name = "b";
    text_clear(&text);
    text_init(&text, 64);
    expect_content("not to be touched");
    file.name = "a";
}

Test(whole_file, a_file_that_is_not_there_is_absent)
{
    cr_expect(eq(int, (int)whole_file_read(&file, &text, reason), WHOLE_FILE_ABSENT));
}

Test(whole_file, a_pipe_a_folder_or_a_link_in_its_place_holds_nobody_up)
{
    cr_assert(eq(int, mkfifo(scratch_path(&scratch, "a"), 0600), 0));
    cr_expect(eq(int, (int)whole_file_read(&file, &text, reason), WHOLE_FILE_UNREADABLE));
    scratch_delete(&scratch, "a");
    scratch_folder(&scratch, "a");
    cr_expect(eq(int, (int)whole_file_read(&file, &text, reason), WHOLE_FILE_UNREADABLE));
    scratch_delete(&scratch, "a");
    scratch_link(&scratch, "a", "/dev/zero");
    cr_expect(eq(int, (int)whole_file_read(&file, &text, reason), WHOLE_FILE_UNREADABLE));
}

Test(whole_file, one_byte_past_the_texts_ceiling_is_too_long)
{
    cr_assert(whole_file_write(&file, SLICE("0123456789abcdef"), reason));
    expect_content("0123456789abcdef");
    cr_assert(whole_file_write(&file, SLICE("0123456789abcdefg"), reason));
    text_reset(&text);
    cr_expect(eq(int, (int)whole_file_read(&file, &text, reason), WHOLE_FILE_UNREADABLE));
    cr_expect(eq(str, reason, "cannot be read: File too large"));
}

Test(whole_file, a_folder_that_was_removed_is_told)
{
    scratch_folder(&scratch, "gone");
    int folder = open(scratch_path(&scratch, "gone"), O_RDONLY | O_DIRECTORY);
    scratch_delete(&scratch, "gone");
    const struct whole_file lost = {.folder = folder, .name = "a", .temporary = "a.tmp"};
    cr_expect(not(whole_file_write(&lost, SLICE("x"), reason)));
    cr_expect(eq(str, reason, "cannot be created: No such file or directory"));
    close(folder);
}
