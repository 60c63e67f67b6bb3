/*
 * What becomes of the files of a state folder when somebody or something tampers with them: seen through
 * last_known_good.h, for that is what a gateway sees.
 */
#include "cache/state_file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/kept.h"
#include "tests/unit/cache/scratch.h"

#define A         "state/promogate-a.state"
#define B         "state/promogate-b.state"
#define TEMPORARY "state/promogate.state.tmp"
#define NOBODY    65534

static struct scratch scratch;
static char folder[sizeof(scratch.path) + 8];
static struct last_known_good *state;
static char reason[LAST_KNOWN_GOOD_REASON_BYTES];

static void set_up(void)
{
    scratch_make(&scratch);
    snprintf(folder, sizeof(folder), "%s/state", scratch.path);
    state = kept_open(folder);
}

static void tear_down(void)
{
    last_known_good_close(state);
    scratch_remove(&scratch);
}

TestSuite(state_file, .init = set_up, .fini = tear_down);

static void write_release(uint64_t release)
{
    cr_assert(kept_write(state, release, reason), "%s", reason);
}

static void expect_read(uint64_t release)
{
    struct last_known_good_reading reading = kept_read(state);
    cr_expect(release == 0 ? reading.snapshot == NULL : kept_is_whole(&reading, release));
    last_known_good_reading_clear(&reading);
}

/* A reason that begins with the file and ends with what is wrong. */
static void expect_reason(const char *said, const char *name, const char *wrong)
{
    char expected[LAST_KNOWN_GOOD_REASON_BYTES];
    snprintf(expected, sizeof(expected), "%s%s", scratch_path(&scratch, name), wrong);
    cr_expect_str_eq(said, expected);
}

static bool exists(const char *name)
{
    struct stat status;
    return lstat(scratch_path(&scratch, name), &status) == 0;
}

/* The file as it is, to be damaged and mended in place. */
struct content {
    int file;
    size_t length;
    unsigned char bytes[1 << 14];
};

static void load(const char *name, struct content *ret_content)
{
    ret_content->file = open(scratch_path(&scratch, name), O_RDWR | O_CLOEXEC);
    ssize_t length = pread(ret_content->file, ret_content->bytes, sizeof(ret_content->bytes), 0);
    cr_assert(length > 0 && (size_t)length < sizeof(ret_content->bytes));
    ret_content->length = (size_t)length;
}

static void put_byte(const struct content *content, size_t at, unsigned char byte)
{
    cr_assert_eq(pwrite(content->file, &byte, 1, (off_t)at), 1);
}

/* Damage */

Test(state_file, cut_at_any_length_it_is_skipped_with_a_reason)
{
    struct content content;
    write_release(1);
    load(A, &content);
    for (size_t length = content.length; length-- > 0;) {
        cr_assert_eq(ftruncate(content.file, (off_t)length), 0);
        struct last_known_good_reading reading = kept_read(state);
        cr_expect_null(reading.snapshot, "%zu", length);
        cr_expect_eq(reading.skipped_count, 1, "%zu", length);
        last_known_good_reading_clear(&reading);
    }
    close(content.file);
}

Test(state_file, a_file_that_is_too_long_is_skipped)
{
    struct content content;
    write_release(1);
    load(A, &content);
    put_byte(&content, content.length, 0);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect_null(reading.snapshot);
    expect_reason(reading.skipped[0], A, " has not the length that it says");
    last_known_good_reading_clear(&reading);
    close(content.file);
}

/* A bit of the image or of the documents may be made good by the other; of the head none may. */
Test(state_file, with_any_bit_flipped_it_is_read_whole_or_what_is_wrong_is_told)
{
    struct content content;
    write_release(1);
    load(A, &content);
    for (size_t bit = 0; bit < content.length * 8; bit++) {
        put_byte(&content, bit / 8, (unsigned char)(content.bytes[bit / 8] ^ 1 << bit % 8));
        struct last_known_good_reading reading = kept_read(state);
        bool is_in_head = bit / 8 < sizeof(struct state_head);
        cr_expect_eq(reading.snapshot == NULL, is_in_head, "bit %zu", bit);
        cr_expect(reading.snapshot == NULL || kept_is(&reading, 1), "bit %zu", bit);
        cr_expect(reading.documents.count == 0 || kept_is_whole(&reading, 1), "bit %zu", bit);
        cr_expect_eq(reading.skipped_count, 1, "bit %zu", bit);
        last_known_good_reading_clear(&reading);
        put_byte(&content, bit / 8, content.bytes[bit / 8]);
    }
    expect_read(1);
    close(content.file);
}

Test(state_file, one_of_another_kind_format_or_byte_order_is_skipped)
{
    static const struct {
        size_t at;
        unsigned char byte;
        const char *wrong;
    } rows[] = {
        {offsetof(struct state_head, magic), 'P', " is no state file"},
        {offsetof(struct state_head, format), STATE_FILE_FORMAT + 1,
         " is of another format, of a newer or older program"},
        {offsetof(struct state_head, byte_order), 1 + 4, " was written by a machine of another byte order"},
    };
    struct content content;
    write_release(1);
    load(A, &content);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put_byte(&content, rows[i].at, rows[i].byte);
        struct last_known_good_reading reading = kept_read(state);
        cr_expect_null(reading.snapshot);
        expect_reason(reading.skipped[0], A, rows[i].wrong);
        last_known_good_reading_clear(&reading);
        put_byte(&content, rows[i].at, content.bytes[rows[i].at]);
    }
    close(content.file);
}

/* What is no file */

Test(state_file, a_link_at_its_name_is_not_followed_and_a_write_replaces_the_link)
{
    write_release(1);
    scratch_rename(&scratch, A, "elsewhere");
    scratch_link(&scratch, A, "../elsewhere");
    struct last_known_good_reading reading = kept_read(state);
    cr_expect_null(reading.snapshot);
    expect_reason(reading.skipped[0], A, " cannot be opened: Too many levels of symbolic links");
    last_known_good_reading_clear(&reading);
    write_release(2);
    write_release(3);
    struct stat status;
    cr_assert_eq(lstat(scratch_path(&scratch, A), &status), 0);
    cr_expect(S_ISREG(status.st_mode));
    expect_read(3);
}

Test(state_file, a_link_at_the_temporary_name_is_removed_and_its_target_left_alone)
{
    scratch_write(&scratch, "victim", "precious");
    scratch_link(&scratch, TEMPORARY, "../victim");
    write_release(1);
    expect_read(1);
    struct stat status;
    cr_assert_eq(stat(scratch_path(&scratch, "victim"), &status), 0);
    cr_expect_eq(status.st_size, 8);
}

Test(state_file, a_pipe_or_a_folder_at_its_name_is_no_state_file)
{
    cr_assert_eq(mkfifo(scratch_path(&scratch, A), 0600), 0);
    scratch_folder(&scratch, B);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect_null(reading.snapshot);
    expect_reason(reading.skipped[0], A, " is no regular file");
    expect_reason(reading.skipped[1], B, " is no regular file");
    last_known_good_reading_clear(&reading);
    write_release(1);
    expect_read(1);
}

Test(state_file, a_folder_in_the_way_of_a_write_is_a_reason)
{
    scratch_folder(&scratch, TEMPORARY);
    cr_expect(!kept_write(state, 1, reason));
    expect_reason(reason, A, " cannot be created: File exists");
    scratch_delete(&scratch, TEMPORARY);
    scratch_folder(&scratch, A);
    scratch_folder(&scratch, B);
    cr_expect(!kept_write(state, 1, reason));
    expect_reason(reason, A, " cannot be replaced: Is a directory");
    cr_expect(!exists(TEMPORARY));
}

/* The disk */

Test(state_file, a_full_disk_leaves_what_was_there)
{
    write_release(1);
    const struct rlimit before = {RLIM_INFINITY, RLIM_INFINITY}, small = {1000, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool is_written = kept_write(state, 2, reason);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    cr_expect(!is_written);
    expect_reason(reason, B, " cannot be written: File too large");
    cr_expect(!exists(TEMPORARY));
    expect_read(1);
    write_release(3);
    expect_read(3);
}

Test(state_file, a_folder_that_vanished_is_a_reason)
{
    scratch_delete(&scratch, "state");
    cr_expect(!kept_write(state, 1, reason));
    expect_reason(reason, A, " cannot be created: No such file or directory");
    expect_read(0);
}

Test(state_file, a_name_that_could_not_be_read_again_is_not_written)
{
    struct kept kept = kept_make(1);
    char *name = calloc(1, STATE_FILE_NAME_BYTES + 2);
    memset(name, 'x', STATE_FILE_NAME_BYTES);
    free(kept.documents.items[0].name);
    kept.documents.items[0].name = name;
    cr_expect(last_known_good_write(state, &kept.edition, kept.snapshot, &kept.documents, 1000, reason), "%s", reason);
    name[STATE_FILE_NAME_BYTES] = 'x';
    cr_expect(!last_known_good_write(state, &kept.edition, kept.snapshot, &kept.documents, 1000, reason));
    expect_reason(reason, B, " cannot be written: a document or its name is too long");
    kept_clear(&kept);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect_eq(reading.documents.count, 2);
    last_known_good_reading_clear(&reading);
}

/* The folder */

static void expect_not_opened(const char *name, const char *wrong)
{
    char path[512];
    snprintf(path, sizeof(path), "%s", scratch_path(&scratch, name));
    cr_expect_null(last_known_good_open(path, "redis main", reason));
    expect_reason(reason, name, wrong);
}

Test(state_file, a_folder_that_cannot_be_is_a_reason)
{
    scratch_write(&scratch, "file", "");
    expect_not_opened("file", " cannot be opened: Not a directory");
    expect_not_opened("missing/state", " cannot be created: No such file or directory");
}

/* As somebody who may not write there; `nobody` when the tests run as root. */
static void lose_rights(void)
{
    cr_assert_eq(chmod(scratch.path, 0755), 0);
    cr_assert_eq(chmod(folder, 0555), 0);
    static const char *const names[] = {A, "state/promogate.lock"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cr_assert(!exists(names[i]) || chmod(scratch_path(&scratch, names[i]), 0444) == 0);
    }
    cr_assert(geteuid() != 0 || seteuid(NOBODY) == 0);
}

static void regain_rights(void)
{
    cr_assert(getuid() != 0 || seteuid(0) == 0);
    cr_assert_eq(chmod(folder, 0755), 0);
}

Test(state_file, a_folder_that_may_only_be_read_is_read)
{
    write_release(1);
    last_known_good_close(state);
    lose_rights();
    state = kept_open(folder);
    expect_read(1);
    cr_expect(!kept_write(state, 2, reason));
    expect_reason(reason, B, " cannot be created: Permission denied");
    expect_read(1);
    regain_rights();
}

Test(state_file, a_folder_that_may_only_be_read_and_has_no_lock_file_is_a_reason)
{
    last_known_good_close(state);
    state = NULL;
    scratch_delete(&scratch, "state");
    scratch_folder(&scratch, "state");
    lose_rights();
    expect_not_opened("state", "/promogate.lock cannot be opened: No such file or directory");
    regain_rights();
}
