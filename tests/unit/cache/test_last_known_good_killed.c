#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/cache/kept.h"
#include "tests/unit/cache/scratch.h"

static bool has_leftover(const struct scratch *scratch)
{
    return access(scratch_path(scratch, "state/promogate.state.tmp"), F_OK) == 0;
}

/* The window grows: where the disk is slow, a writer lives long enough to finish some writes all the same. */
enum { KILLS = 200, KILL_WITHIN_US = 3000, KILL_LATER_US = 100 };

/* Releases 1, 2, 1, 2 ... until it is killed. */
static void write_on(const char *folder)
{
    char reason[LAST_KNOWN_GOOD_REASON_BYTES];
    struct last_known_good *own = last_known_good_open(folder, "redis main", reason);
    struct kept kept[] = {kept_make(1), kept_make(2)};
    for (unsigned turn = 0; own != NULL; turn = 1 - turn) {
        if (!last_known_good_write(own, &kept[turn].edition, kept[turn].snapshot, &kept[turn].documents,
                                   (int64_t)kept[turn].edition.release * 1000, reason)) {
            break;
        }
    }
    _exit(1);
}

Test(last_known_good_killed, a_writer_killed_at_any_moment_leaves_a_whole_generation)
{
    struct scratch scratch;
    scratch_make(&scratch);
    char folder[sizeof(scratch.path) + 8];
    snprintf(folder, sizeof(folder), "%s/state", scratch.path);
    unsigned found[3] = {0}, leftovers = 0;
    srand(20260212);
    for (unsigned i = 0; i < KILLS; i++) {
        pid_t writer = fork();
        cr_assert(writer >= 0);
        if (writer == 0) {
            write_on(folder);
        }
        unsigned within_us = KILL_WITHIN_US + i * KILL_LATER_US;
        nanosleep(&(struct timespec){.tv_nsec = 1000 * (long)((unsigned)rand() % within_us)}, NULL);
        int status;
        cr_assert_eq(kill(writer, SIGKILL), 0);
        cr_assert_eq(waitpid(writer, &status, 0), writer);
        cr_assert(WIFSIGNALED(status), "the writer failed by itself");
        leftovers += has_leftover(&scratch);
        found[kept_release_in(folder)]++;
        cr_expect(!has_leftover(&scratch));
    }
    cr_expect_gt(leftovers, 0, "no writer was killed within a write");
    cr_expect(found[1] > 0 && found[2] > 0, "%u without, %u, %u", found[0], found[1], found[2]);
    scratch_remove(&scratch);
}
