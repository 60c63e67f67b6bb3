#include "cache/last_known_good.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/state_file.h"
#include "policy/snapshot_image.h"
#include "tests/unit/cache/kept.h"
#include "tests/unit/cache/scratch.h"

#define A "state/promogate-a.state"
#define B "state/promogate-b.state"

static struct scratch scratch;
static struct last_known_good *state;
static char reason[LAST_KNOWN_GOOD_REASON_BYTES];

static void set_up(void)
{
    scratch_make(&scratch);
    state = kept_open(scratch_path(&scratch, "state"));
}

static void tear_down(void)
{
    last_known_good_close(state);
    scratch_remove(&scratch);
}

TestSuite(last_known_good, .init = set_up, .fini = tear_down);

static void write_releases(uint64_t from, uint64_t to)
{
    for (uint64_t release = from; release <= to; release++) {
        cr_assert(kept_write(state, release, reason), "%s", reason);
    }
}

static bool exists(const char *name)
{
    struct stat status;
    return lstat(scratch_path(&scratch, name), &status) == 0;
}

/* Another byte there; negative places count from the end. */
static void damage(const char *name, off_t at)
{
    int file = open(scratch_path(&scratch, name), O_RDWR);
    char byte;
    cr_assert(file >= 0);
    off_t place = at >= 0 ? at : lseek(file, 0, SEEK_END) + at;
    cr_assert_eq(pread(file, &byte, 1, place), 1);
    byte ^= 1;
    cr_assert_eq(pwrite(file, &byte, 1, place), 1);
    close(file);
}

enum { IMAGE_AT = sizeof(struct state_head) };

/* What is read: the release, and how many parts were skipped. */
static void expect_read(uint64_t release, uint32_t skipped_count)
{
    struct last_known_good_reading reading = kept_read(state);
    cr_expect(release == 0 ? reading.snapshot == NULL : kept_is(&reading, release));
    cr_expect_eq(reading.skipped_count, skipped_count, "%u skipped: %s", reading.skipped_count, reading.skipped[0]);
    last_known_good_reading_clear(&reading);
}

static void expect_skipped(const struct last_known_good_reading *reading, uint32_t which, const char *name,
                           const char *clause)
{
    char expected[LAST_KNOWN_GOOD_REASON_BYTES];
    snprintf(expected, sizeof(expected), "%s %s", scratch_path(&scratch, name), clause);
    cr_assert_gt(reading->skipped_count, which);
    cr_expect_str_eq(reading->skipped[which], expected);
}

/* Round trip */

Test(last_known_good, an_empty_folder_holds_nothing_and_nothing_is_wrong)
{
    expect_read(0, 0);
}

Test(last_known_good, what_was_written_is_read_again_byte_for_byte)
{
    write_releases(7, 7);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect(kept_is_whole(&reading, 7));
    cr_expect_eq(reading.skipped_count, 0);
    last_known_good_reading_clear(&reading);
}

Test(last_known_good, what_was_written_is_read_by_the_next_process)
{
    write_releases(1, 5);
    last_known_good_close(state);
    cr_expect_eq(kept_release_in(scratch_path(&scratch, "state")), 5);
    state = kept_open(scratch_path(&scratch, "state"));
}

Test(last_known_good, a_caller_may_take_what_was_read)
{
    write_releases(7, 7);
    struct last_known_good_reading reading = kept_read(state);
    struct snapshot *snapshot = reading.snapshot;
    struct documents documents = reading.documents;
    reading.snapshot = NULL;
    documents_init(&reading.documents);
    last_known_good_reading_clear(&reading);
    cr_expect_eq(snapshot_facts(snapshot).release, 7);
    snapshot_free(snapshot);
    documents_clear(&documents);
}

/* Generations */

Test(last_known_good, two_generations_are_kept_and_the_newest_is_read)
{
    write_releases(1, 3);
    cr_expect(exists(A) && exists(B));
    expect_read(3, 0);
    write_releases(4, 4);
    expect_read(4, 0);
}

Test(last_known_good, newest_is_what_was_written_last_whatever_its_release)
{
    write_releases(9, 9);
    write_releases(3, 3);
    expect_read(3, 0);
}

Test(last_known_good, a_damaged_newest_gives_way_to_the_one_before)
{
    write_releases(1, 2); /* a, b */
    damage(B, IMAGE_AT);
    damage(B, -1);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect(kept_is_whole(&reading, 1));
    cr_expect_eq(reading.skipped_count, 2);
    expect_skipped(&reading, 0, B, "has a damaged image");
    expect_skipped(&reading, 1, B, "has damaged documents");
    last_known_good_reading_clear(&reading);
}

Test(last_known_good, a_damaged_older_one_is_told_when_its_head_says_so)
{
    write_releases(1, 2);
    damage(A, 100);
    expect_read(2, 1);
    damage(A, 100);
    damage(A, IMAGE_AT);
    expect_read(2, 0); /* its image is not looked at */
}

Test(last_known_good, two_damaged_ones_give_nothing)
{
    write_releases(1, 2);
    damage(A, 100);
    damage(B, 0);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect_null(reading.snapshot);
    cr_expect_eq(reading.documents.count, 0);
    expect_skipped(&reading, 0, A, "has a damaged head");
    expect_skipped(&reading, 1, B, "is no state file");
    last_known_good_reading_clear(&reading);
}

Test(last_known_good, a_write_replaces_what_could_not_be_read_rather_than_what_could)
{
    write_releases(1, 2);
    damage(B, IMAGE_AT);
    damage(B, -1);
    expect_read(1, 2);
    write_releases(3, 3); /* b, though a is older */
    expect_read(3, 0);
    damage(B, IMAGE_AT);
    damage(B, -1);
    expect_read(1, 2);
}

/* Parts */

Test(last_known_good, damaged_documents_are_left_out_and_the_snapshot_serves)
{
    write_releases(1, 1);
    damage(A, -1);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect(kept_is(&reading, 1));
    cr_expect_eq(reading.documents.count, 0);
    cr_expect_eq(reading.skipped_count, 1);
    expect_skipped(&reading, 0, A, "has damaged documents");
    last_known_good_reading_clear(&reading);
}

Test(last_known_good, a_damaged_image_is_made_again_from_its_documents)
{
    write_releases(1, 1);
    damage(A, IMAGE_AT);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect(kept_is_whole(&reading, 1));
    cr_expect_eq(reading.skipped_count, 1);
    expect_skipped(&reading, 0, A, "has a damaged image");
    last_known_good_reading_clear(&reading);
}

/* A release as another build would leave it: its image has another layout. */
static void write_as_another_build(uint64_t release)
{
    struct kept kept = kept_make(release);
    struct text image;
    text_init(&image, 1 << 20);
    snapshot_image_append(&image, kept.snapshot);
    image.bytes[8] ^= 1;
    const struct state_content content = {.sequence = 100,
                                          .written_wall_ms = (int64_t)release * 1000,
                                          .origin = SLICE("redis main"),
                                          .edition = &kept.edition,
                                          .image = &image,
                                          .documents = &kept.documents};
    int folder = open(scratch_path(&scratch, "state"), O_RDONLY | O_DIRECTORY);
    cr_assert(state_file_write(folder, "promogate-b.state", &content, reason), "%s", reason);
    close(folder);
    text_clear(&image);
    kept_clear(&kept);
}

Test(last_known_good, what_another_version_left_is_compiled_from_its_documents)
{
    write_releases(1, 1);
    write_as_another_build(2);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect(kept_is_whole(&reading, 2));
    cr_expect_eq(reading.skipped_count, 1);
    expect_skipped(&reading, 0, B, "is not used as it is: the image is of another build or version");
    last_known_good_reading_clear(&reading);
}

/* Not to be used */

Test(last_known_good, a_release_that_is_to_be_skipped_gives_way_to_the_one_before)
{
    write_releases(1, 2);
    const struct snapshot_limits limits = {.candidates_max = 100};
    struct last_known_good_reading reading;
    const uint64_t barred = 2;
    const struct release_gate gate = kept_gate(&barred);
    last_known_good_read(state, &limits, &gate, &reading);
    cr_expect(kept_is_whole(&reading, 1));
    expect_skipped(&reading, 0, B, "holds a release that is not to be used");
    last_known_good_reading_clear(&reading);
    write_releases(3, 3); /* over the one that is not to be used */
    damage(B, 100);
    expect_read(1, 1);
}

Test(last_known_good, what_came_from_another_source_is_foreign)
{
    write_releases(1, 2);
    last_known_good_close(state);
    state = last_known_good_open(scratch_path(&scratch, "state"), "redis mai", reason);
    struct last_known_good_reading reading = kept_read(state);
    cr_expect_null(reading.snapshot);
    expect_skipped(&reading, 0, A, "is foreign: it was written for the source redis main");
    expect_skipped(&reading, 1, B, "is foreign: it was written for the source redis main");
    last_known_good_reading_clear(&reading);
    write_releases(3, 3);
    expect_read(3, 1);
}

Test(last_known_good, a_release_past_the_limits_is_not_used)
{
    write_releases(1, 1);
    const struct snapshot_limits limits = {.candidates_max = 0};
    struct last_known_good_reading reading;
    const uint64_t none = 0;
    const struct release_gate gate = kept_gate(&none);
    last_known_good_read(state, &limits, &gate, &reading);
    cr_expect_null(reading.snapshot);
    cr_expect_eq(reading.documents.count, 0);
    expect_skipped(&reading, 0, A, "is not used as it is: the image needs more than limits.max_candidates");
    expect_skipped(&reading, 1, A,
                   "has documents that are refused: one evaluation may have to look at 1 policies, more than "
                   "limits.max_candidates = 0");
    last_known_good_reading_clear(&reading);
}

/* The folder */

Test(last_known_good, the_folder_is_made_for_its_owner_alone_and_the_files_too)
{
    struct stat status;
    write_releases(1, 1);
    cr_assert_eq(stat(scratch_path(&scratch, "state"), &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0700);
    cr_assert_eq(stat(scratch_path(&scratch, A), &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600);
}

Test(last_known_good, a_second_one_is_kept_out_until_the_first_is_closed)
{
    const char *folder = scratch_path(&scratch, "state");
    char expected[LAST_KNOWN_GOOD_REASON_BYTES];
    snprintf(expected, sizeof(expected), "%s/promogate.lock is locked: another process uses the folder", folder);
    cr_expect_null(last_known_good_open(folder, "redis main", reason));
    cr_expect_str_eq(reason, expected);
    last_known_good_close(state);
    state = kept_open(folder);
}

Test(last_known_good, what_an_interrupted_write_left_is_removed)
{
    last_known_good_close(state);
    scratch_write(&scratch, "state/promogate.state.tmp", "half a file");
    state = kept_open(scratch_path(&scratch, "state"));
    cr_expect(!exists("state/promogate.state.tmp"));
}

Test(last_known_good, a_source_whose_name_is_longer_than_the_head_holds_is_refused)
{
    static char origin[LAST_KNOWN_GOOD_ORIGIN_BYTES + 2];
    memset(origin, 'x', LAST_KNOWN_GOOD_ORIGIN_BYTES);
    struct last_known_good *other = last_known_good_open(scratch_path(&scratch, "other"), origin, reason);
    cr_expect_not_null(other, "%s", reason);
    last_known_good_close(other);
    origin[LAST_KNOWN_GOOD_ORIGIN_BYTES] = 'x';
    cr_expect_null(last_known_good_open(scratch_path(&scratch, "other"), origin, reason));
}
