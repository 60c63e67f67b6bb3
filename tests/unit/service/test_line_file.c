/* Lines that are appended, files that give way, and what becomes of parts of lines. */
#include "service/line_file.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

static struct scratch scratch;
static struct line_file file;

static void set_up(void)
{
    scratch_make(&scratch);
    file = (struct line_file){
        .folder = open(scratch.path, O_RDONLY | O_DIRECTORY), .name = "lines", .bytes_max = 20, .old_files_max = 3};
}

static void tear_down(void)
{
    close(file.folder);
    scratch_remove(&scratch);
}

TestSuite(line_file, .init = set_up, .fini = tear_down);

static bool append(const char *lines)
{
    return line_file_append(&file, slice_of(lines));
}

/* "" of a file that is not there. */
static char *content(const char *name)
{
    static char bytes[4096];
    int opened = open(scratch_path(&scratch, name), O_RDONLY);
    ssize_t length = opened >= 0 ? read(opened, bytes, sizeof(bytes) - 1) : 0;
    bytes[length > 0 ? length : 0] = '\0';
    close(opened);
    return bytes;
}

Test(line_file, lines_are_appended_for_its_owner_alone)
{
    struct stat status;
    cr_assert(append("one\n"));
    cr_assert(append("two\nthree\n"));
    cr_expect(eq(str, content("lines"), "one\ntwo\nthree\n"));
    cr_assert(eq(int, stat(scratch_path(&scratch, "lines"), &status), 0));
    cr_expect(eq(int, (int)(status.st_mode & 07777), 0600));
}

Test(line_file, a_full_file_gives_way_and_the_oldest_goes)
{
    static const char *const lines[] = {"0123456789abcde\n", "b\n1234567890123\n", "c\n1234567890123\n",
                                        "d\n1234567890123\n", "e\n1234567890123\n"};
    for (unsigned i = 0; i < 5; i++) {
        cr_assert(append(lines[i]));
    }
    cr_expect(eq(str, content("lines"), (char *)lines[4]));
    cr_expect(eq(str, content("lines.1"), (char *)lines[3]));
    cr_expect(eq(str, content("lines.3"), (char *)lines[1]));
    cr_expect(eq(str, content("lines.4"), ""));
}

Test(line_file, a_gap_among_the_old_ones_is_no_obstacle)
{
    scratch_write(&scratch, "lines.2", "old\n");
    scratch_write(&scratch, "lines", "0123456789abcdef\n");
    cr_assert(append("next\n"));
    cr_expect(eq(str, content("lines.1"), "0123456789abcdef\n"));
    cr_expect(eq(str, content("lines.3"), "old\n"));
}

Test(line_file, lines_longer_than_a_file_may_be_get_one_of_their_own)
{
    cr_assert(append("a line that is longer than twenty bytes\n"));
    cr_assert(append("next\n"));
    cr_expect(eq(str, content("lines"), "next\n"));
    cr_expect(eq(str, content("lines.1"), "a line that is longer than twenty bytes\n"));
}

Test(line_file, behind_a_part_of_a_line_the_next_stands_on_its_own)
{
    scratch_write(&scratch, "lines", "tor");
    cr_assert(append("next\n"));
    cr_expect(eq(str, content("lines"), "tor\nnext\n"));
}

Test(line_file, who_moves_it_away_loses_nothing)
{
    cr_assert(append("one\n"));
    scratch_rename(&scratch, "lines", "kept");
    cr_assert(append("two\n"));
    cr_expect(eq(str, content("kept"), "one\n"));
    cr_expect(eq(str, content("lines"), "two\n"));
}

Test(line_file, what_is_no_file_is_not_written_to)
{
    scratch_folder(&scratch, "lines");
    cr_expect(not(append("one\n")));
    scratch_link(&scratch, "other", "elsewhere");
    file.name = "other";
    cr_expect(not(append("one\n")));
    cr_expect(eq(str, content("elsewhere"), ""));
}

/* A limit on the file's length is as a full disk: a part is written, then nothing. */
Test(line_file, what_cannot_be_written_whole_is_taken_back)
{
    const struct rlimit limit = {.rlim_cur = 8, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert(append("one\n"));
    cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
    cr_expect(not(append("too long\n")));
    cr_expect(eq(str, content("lines"), "one\n"));
    cr_expect(append("two\n"));
}
