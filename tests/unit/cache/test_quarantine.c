#include "cache/quarantine.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

enum { ORIGIN = 99, TRIAL_MS = 60000 };

static struct scratch scratch;
static int folder;
static struct quarantine quarantine;
static struct quarantine_finding finding;
static struct quarantine_settings bounds = {.trial_s = TRIAL_MS / 1000, .deaths = 2};
static struct problems problems;
static char reason[WHOLE_FILE_REASON_BYTES];
static int64_t now_ms;

static void start(void)
{
    reason[0] = '\0';
    quarantine_open(&quarantine, folder, ORIGIN, &bounds, 1000, &finding);
}

/* As kill -9 leaves it: nothing is said. */
static void die(void)
{
    quarantine_close(&quarantine);
}

static void set_up(void)
{
    scratch_make(&scratch);
    folder = open(scratch.path, O_RDONLY | O_DIRECTORY);
    problems_init(&problems);
    start();
}

static void tear_down(void)
{
    quarantine_close(&quarantine);
    problems_clear(&problems);
    close(folder);
    scratch_remove(&scratch);
}

TestSuite(quarantine, .init = set_up, .fini = tear_down);

static bool tries(uint64_t release)
{
    return quarantine_try(&quarantine, release, now_ms, 2000, &problems, reason);
}

static void activate(uint64_t release)
{
    cr_assert(tries(release));
    quarantine_settle(&quarantine);
}

static uint64_t tick(void)
{
    int64_t wait_ms;
    return quarantine_tick(&quarantine, now_ms, &wait_ms, reason);
}

static void live_and_die_with(uint64_t release)
{
    activate(release);
    die();
    start();
}

static uint64_t on_trial(void)
{
    struct trial trial;
    quarantine_copy(&quarantine, &trial);
    return trial.current.release;
}

/* Deaths */

Test(quarantine, a_first_start_finds_nothing)
{
    cr_expect(eq(u64, finding.died, 0));
    cr_expect(eq(str, finding.reason, ""));
}

Test(quarantine, the_second_death_on_trial_quarantines_and_says_so)
{
    live_and_die_with(7);
    cr_expect(eq(u64, finding.died, 7));
    cr_expect(eq(u32, finding.deaths, 1));
    cr_expect(not(finding.is_quarantined));
    live_and_die_with(7);
    cr_expect(finding.is_quarantined);
    cr_assert(not(tries(7)));
    cr_assert(eq(sz, problems.count, 1));
    cr_expect(eq(str, problems.items[0].reason,
                 "release 7 is quarantined: the process died 2 times within 60 s of activating it; publish another, or "
                 "remove state_dir/promogate.trial and restart"));
}

Test(quarantine, another_release_is_tried_as_always)
{
    live_and_die_with(7);
    live_and_die_with(7);
    cr_expect(tries(8));
    cr_expect(eq(u64, on_trial(), 8));
}

Test(quarantine, a_death_before_the_release_is_in_force_counts)
{
    cr_assert(tries(7)); /* and the compiler crashes */
    die();
    start();
    cr_expect(eq(u64, finding.died, 7));
}

Test(quarantine, deaths_of_different_releases_do_not_add_up)
{
    for (uint64_t release = 1; release <= 5; release++) {
        live_and_die_with(release);
        cr_expect(eq(u32, finding.deaths, 1));
        cr_expect(not(finding.is_quarantined));
    }
}

Test(quarantine, a_death_is_not_forgotten_while_the_release_before_serves)
{
    activate(6);
    live_and_die_with(7);
    activate(6); /* from the state file; then the source says 7 again */
    live_and_die_with(7);
    cr_expect(finding.is_quarantined);
    cr_expect(tries(6));
}

Test(quarantine, the_setting_says_how_many_deaths)
{
    bounds.deaths = 1;
    live_and_die_with(7);
    cr_expect(finding.is_quarantined);
    bounds.deaths = 3;
    live_and_die_with(8);
    live_and_die_with(8);
    cr_expect(not(finding.is_quarantined));
    live_and_die_with(8);
    cr_expect(finding.is_quarantined);
}

/* Proof */

Test(quarantine, a_release_that_outlives_its_trial_is_proven_and_may_die_often)
{
    int64_t wait_ms;
    activate(7);
    now_ms += TRIAL_MS - 1;
    cr_expect(eq(u64, quarantine_tick(&quarantine, now_ms, &wait_ms, reason), 0));
    cr_expect(eq(i64, wait_ms, 1));
    now_ms += 1;
    cr_expect(eq(u64, quarantine_tick(&quarantine, now_ms, &wait_ms, reason), 7));
    cr_expect(eq(i64, wait_ms, INT64_MAX));
    for (int i = 0; i < 5; i++) {
        die();
        start();
        cr_expect(eq(u64, finding.died, 0));
        live_and_die_with(7);
        cr_expect(eq(u64, finding.died, 0));
    }
}

Test(quarantine, a_clean_end_proves)
{
    activate(7);
    cr_expect(eq(u64, quarantine_end(&quarantine, true, reason), 7));
    die();
    start();
    cr_expect(eq(u64, finding.died, 0));
    live_and_die_with(7);
    cr_expect(eq(u64, finding.died, 0));
}

Test(quarantine, being_told_to_stop_at_once_neither_proves_nor_counts)
{
    activate(7);
    cr_expect(eq(u64, quarantine_end(&quarantine, false, reason), 0));
    die();
    start();
    cr_expect(eq(u64, finding.died, 0));
    live_and_die_with(7);
    cr_expect(eq(u32, finding.deaths, 1));
}

Test(quarantine, after_the_end_nothing_comes_on_trial_any_more)
{
    activate(7);
    quarantine_end(&quarantine, false, reason);
    activate(7); /* the refresher was at it */
    quarantine_give_up(&quarantine, reason);
    die();
    start();
    cr_expect(eq(u64, finding.died, 0));
}

Test(quarantine, each_life_is_a_trial_of_its_own)
{
    live_and_die_with(7);
    now_ms += TRIAL_MS * 10;
    activate(7);
    cr_expect(eq(u64, tick(), 0));
    now_ms += TRIAL_MS;
    cr_expect(eq(u64, tick(), 7));
    live_and_die_with(7);
    cr_expect(eq(u64, finding.died, 0));
}

/* Trying */

Test(quarantine, a_set_that_is_refused_gives_the_trial_back_to_the_one_in_force_with_its_time)
{
    activate(7);
    now_ms += TRIAL_MS - 1;
    cr_assert(tries(8));
    quarantine_give_up(&quarantine, reason);
    cr_expect(eq(u64, on_trial(), 7));
    now_ms += 1;
    cr_expect(eq(u64, tick(), 7));
}

Test(quarantine, a_refused_set_leaves_a_proven_release_proven)
{
    activate(7);
    now_ms += TRIAL_MS;
    tick();
    cr_assert(tries(8));
    quarantine_give_up(&quarantine, reason);
    cr_expect(eq(u64, on_trial(), 0));
    die();
    start();
    cr_expect(eq(u64, finding.died, 0));
}

Test(quarantine, a_restart_that_tries_two_files_in_turn_has_the_last_one_on_trial)
{
    cr_assert(tries(7)); /* its image is damaged */
    activate(6);
    cr_expect(eq(u64, on_trial(), 6));
    cr_assert(tries(5));
    quarantine_give_up(&quarantine, reason);
    cr_expect(eq(u64, on_trial(), 6));
}

Test(quarantine, what_is_in_force_and_is_read_again_goes_on_with_its_trial)
{
    activate(7);
    now_ms += TRIAL_MS - 1;
    activate(7);
    now_ms += 1;
    cr_expect(eq(u64, tick(), 7));
}

/* Off */

Test(quarantine, with_trial_0_nothing_is_on_trial_and_nothing_is_refused)
{
    live_and_die_with(7);
    live_and_die_with(7);
    cr_assert(not(tries(7)));
    quarantine_configure(&quarantine, 0);
    cr_expect(tries(7));
    cr_expect(eq(u64, on_trial(), 0));
}

Test(quarantine, a_trial_that_runs_when_it_is_turned_off_is_dropped)
{
    activate(7);
    quarantine_configure(&quarantine, 0);
    cr_expect(eq(u64, tick(), 0));
    cr_expect(eq(u64, on_trial(), 0));
}

Test(quarantine, a_start_with_trial_0_counts_no_death)
{
    activate(7);
    bounds.trial_s = 0;
    die();
    start();
    cr_expect(eq(u64, finding.died, 0));
    bounds.trial_s = TRIAL_MS / 1000;
}

Test(quarantine, without_a_folder_everything_may_be_tried)
{
    quarantine_close(&quarantine);
    quarantine_open(&quarantine, -1, ORIGIN, &bounds, 1000, &finding);
    activate(7);
    cr_expect(eq(u64, on_trial(), 0));
    cr_expect(eq(u64, tick(), 0));
    cr_expect(eq(str, reason, ""));
}

/* Damage */

Test(quarantine, a_damaged_file_is_told_and_is_as_none)
{
    live_and_die_with(7);
    live_and_die_with(7);
    die();
    scratch_write(&scratch, "promogate.trial", "promogate trial 1\nnonsense\n");
    start();
    cr_expect(eq(str, finding.reason, "is damaged"));
    cr_expect(tries(7));
}

Test(quarantine, a_file_of_another_source_is_as_none_and_is_not_told)
{
    live_and_die_with(7);
    live_and_die_with(7);
    quarantine_close(&quarantine);
    quarantine_open(&quarantine, folder, ORIGIN + 1, &bounds, 1000, &finding);
    cr_expect(eq(str, finding.reason, ""));
    cr_expect(tries(7));
}

Test(quarantine, a_longer_file_than_we_write_or_a_folder_in_its_place_is_told)
{
    static char filler[TRIAL_BYTES_MAX + 2];
    memset(filler, 'x', TRIAL_BYTES_MAX + 1);
    die();
    scratch_write(&scratch, "promogate.trial", filler);
    start();
    cr_expect(eq(str, finding.reason, "cannot be read: File too large"));
    die();
    scratch_delete(&scratch, "promogate.trial");
    scratch_folder(&scratch, "promogate.trial");
    start();
    cr_expect(ne(chr, finding.reason[0], '\0'));
    scratch_write(&scratch, "promogate.trial/occupied", "");
    cr_expect(tries(7));
    cr_expect(eq(str, reason, "cannot be replaced: Is a directory"));
}

Test(quarantine, what_cannot_be_noted_is_tried_all_the_same)
{
    scratch_folder(&scratch, "gone");
    int gone = open(scratch_path(&scratch, "gone"), O_RDONLY | O_DIRECTORY);
    scratch_delete(&scratch, "gone");
    quarantine_close(&quarantine);
    quarantine_open(&quarantine, gone, ORIGIN, &bounds, 1000, &finding);
    cr_expect(tries(7));
    cr_expect(eq(str, reason, "cannot be created: No such file or directory"));
    close(gone);
}

Test(quarantine, what_need_not_be_noted_is_not_written)
{
    activate(7);
    now_ms += TRIAL_MS;
    tick();
    scratch_delete(&scratch, "promogate.trial");
    activate(7);
    tick();
    quarantine_end(&quarantine, true, reason);
    struct stat status;
    cr_expect(ne(int, stat(scratch_path(&scratch, "promogate.trial"), &status), 0));
}
