#include "cache/trial.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct trial trial;

static uint32_t die_with(uint64_t release)
{
    trial_begin(&trial, release, 1000);
    return trial_die(&trial).deaths;
}

static void convict(uint64_t release)
{
    trial_convict(&trial, &(struct trial_verdict){.release = release, .deaths = 2, .within_s = 60, .wall_ms = 5});
}

Test(trial, a_new_release_is_on_trial_until_it_has_proven_itself)
{
    trial_begin(&trial, 7, 1000);
    cr_expect(eq(u64, trial.current.release, 7));
    cr_expect(eq(i64, trial.current.since_wall_ms, 1000));
    trial_prove(&trial);
    cr_expect(eq(u64, trial.current.release, 0));
    cr_expect(eq(u64, trial.proven, 7));
}

Test(trial, a_proven_release_that_comes_back_is_not_on_trial)
{
    trial_begin(&trial, 7, 1000);
    trial_prove(&trial);
    trial_begin(&trial, 8, 2000);
    trial_begin(&trial, 7, 3000);
    cr_expect(eq(u64, trial.current.release, 0));
}

Test(trial, deaths_are_counted_by_release_whoever_is_on_trial_between_them)
{
    cr_expect(eq(u32, die_with(7), 1));
    cr_expect(eq(u32, die_with(8), 1));
    cr_expect(eq(u32, die_with(7), 2));
    cr_expect(eq(u64, trial.deaths_total, 3));
    cr_expect(eq(u64, trial.current.release, 0));
}

Test(trial, who_has_proven_itself_has_a_clean_name)
{
    die_with(7);
    trial_begin(&trial, 7, 1000);
    trial_prove(&trial);
    cr_expect(eq(u32, trial.suspect_count, 0));
}

Test(trial, a_convicted_release_is_quarantined_and_no_suspect)
{
    die_with(7);
    die_with(8);
    convict(7);
    cr_assert(trial_verdict_on(&trial, 7) != NULL);
    cr_expect(eq(u32, trial_verdict_on(&trial, 7)->deaths, 2));
    cr_expect(trial_verdict_on(&trial, 8) == NULL);
    cr_expect(eq(u32, trial.suspect_count, 1));
    cr_expect(eq(u64, trial.suspects[0].release, 8));
}

Test(trial, past_the_ceilings_the_oldest_make_room)
{
    for (uint64_t release = 1; release <= TRIAL_SUSPECTS_MAX; release++) {
        die_with(release);
    }
    cr_expect(eq(u32, die_with(1), 2));
    die_with(100);
    cr_expect(eq(u32, trial.suspect_count, TRIAL_SUSPECTS_MAX));
    cr_expect(eq(u32, die_with(1), 1)); /* forgotten */
    for (uint64_t release = 1; release <= TRIAL_QUARANTINED_MAX; release++) {
        convict(200 + release);
    }
    cr_expect(trial_verdict_on(&trial, 201) != NULL);
    convict(300);
    cr_expect(trial_verdict_on(&trial, 201) == NULL);
    cr_expect(trial_verdict_on(&trial, 202) != NULL);
    cr_expect(trial_verdict_on(&trial, 300) != NULL);
}

/* Text */

static struct text written(void)
{
    struct text text;
    text_init(&text, TRIAL_BYTES_MAX);
    trial_append(&text, &trial);
    cr_assert(not(text.failed));
    return text;
}

/* Every number at its largest, every list full. */
static void fill(void)
{
    trial = (struct trial){.origin_hash = UINT64_MAX, .deaths_total = UINT64_MAX, .proven = UINT64_MAX};
    trial.current = (struct trial_mark){.release = UINT64_MAX - 1, .since_wall_ms = INT64_MIN};
    for (uint64_t i = 0; i < TRIAL_SUSPECTS_MAX; i++) {
        trial.suspects[trial.suspect_count++] =
            (struct trial_suspect){.release = UINT64_MAX - 10 - i, .deaths = UINT32_MAX};
        trial.quarantined[trial.quarantined_count++] = (struct trial_verdict){
            .release = UINT64_MAX - 20 - i, .deaths = UINT32_MAX, .within_s = UINT32_MAX, .wall_ms = INT64_MIN};
    }
}

Test(trial, it_reads_as_a_person_would_write_it)
{
    trial.origin_hash = 0xabc;
    trial.proven = 41;
    die_with(43);
    convict(42);
    trial_begin(&trial, 43, 1760000000000);
    struct text text = written();
    const char *expected = "promogate trial 1\norigin 0000000000000abc\ndeaths 1\nproven 41\ntrial 43 1760000000000\n"
                           "suspect 43 1\nquarantined 42 2 60 5\nhash ";
    cr_expect(eq(int, strncmp(text.bytes, expected, strlen(expected)), 0));
    text_clear(&text);
}

Test(trial, what_was_written_is_read_again_empty_or_full)
{
    for (int turn = 0; turn < 2; turn++) {
        struct trial again;
        struct text text = written();
        cr_assert(trial_read(text_slice(&text), &again));
        struct text twice;
        text_init(&twice, TRIAL_BYTES_MAX);
        trial_append(&twice, &again);
        cr_expect(slice_equals(text_slice(&text), text_slice(&twice)));
        cr_expect(eq(u64, again.current.release, trial.current.release));
        cr_expect(eq(u32, again.quarantined_count, trial.quarantined_count));
        text_clear(&twice);
        text_clear(&text);
        fill();
    }
}

Test(trial, no_flipped_bit_and_no_cut_passes)
{
    fill();
    struct text text = written();
    struct trial again = {.proven = 5};
    for (uint32_t at = 0; at < text.length; at++) {
        for (int bit = 0; bit < 8; bit++) {
            text.bytes[at] ^= (char)(1 << bit);
            cr_assert(not(trial_read(text_slice(&text), &again)), "bit %d of byte %u", bit, at);
            text.bytes[at] ^= (char)(1 << bit);
        }
        char *cut = malloc(at + 1); /* so that a sanitizer sees a byte too many */
        memcpy(cut, text.bytes, at);
        cr_assert(not(trial_read((struct slice){.at = cut, .length = at}, &again)), "cut at %u", at);
        free(cut);
    }
    cr_expect(eq(u64, again.proven, 5)); /* untouched */
    cr_expect(trial_read(text_slice(&text), &again));
    text_clear(&text);
}
