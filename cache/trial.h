/*
 * trial.h - which release is on trial, which has proven itself, which are quarantined: the facts, and their text.
 *
 *     begin(43) ─▶ on trial ─ prove ─▶ proven: may die as often as it likes
 *                     └─ die ─▶ suspect, 1 death ─ begin(43) … die ─▶ 2 deaths ─ convict ─▶ quarantined
 *
 * Deaths are counted by release, not in all: a suspect keeps its count while others are on trial, until it has proven
 * itself. A proven release that is put in force again is not on trial. Only the last one that proved itself is known
 * as proven: an older one that comes back is tried anew.
 *
 *     promogate trial 1
 *     origin 5f0c6a7d9b1e2f30              hash of what the releases come from: their numbers mean something there
 *     deaths 3                             in all
 *     proven 41
 *     trial 43 1760000000000               on trial, since when
 *     suspect 43 1                         its deaths so far
 *     quarantined 42 2 60 1759999000000    deaths, within so many seconds, since when
 *     hash 0b7e6d5c4a392817                over all lines before: tells damage, not malice
 *
 * Pure: no clock, no file.
 *
 * Units      Unix milliseconds; a release is never 0.
 * Ceilings   TRIAL_SUSPECTS_MAX, TRIAL_QUARANTINED_MAX: one more takes the place of the oldest.
 */
#pragma once

#include "policy/text.h"

enum {
    TRIAL_SUSPECTS_MAX = 8,
    TRIAL_QUARANTINED_MAX = 8,
    TRIAL_BYTES_MAX = 4096, /* all full, with the largest numbers, takes some 1.5 KiB */
};

/* Release 0: none. */
struct trial_mark {
    uint64_t release;
    int64_t since_wall_ms;
};

struct trial_suspect {
    uint64_t release;
    uint32_t deaths;
};

struct trial_verdict {
    uint64_t release;
    uint32_t deaths, within_s;
    int64_t wall_ms;
};

struct trial {
    uint64_t origin_hash, deaths_total, proven;
    struct trial_mark current;
    uint32_t suspect_count, quarantined_count;
    struct trial_suspect suspects[TRIAL_SUSPECTS_MAX]; /* oldest first, as are these: */
    struct trial_verdict quarantined[TRIAL_QUARANTINED_MAX];
};

/* The release comes into force at that moment: it is on trial unless it has proven itself. */
void trial_begin(struct trial *trial, uint64_t release, int64_t wall_ms);

/* The release on trial, which there is, has proven itself. */
void trial_prove(struct trial *trial);

/* The process died with the release on trial, which there is: nothing is on trial now. What the suspect stands at. */
struct trial_suspect trial_die(struct trial *trial);

/* Quarantines; the verdict's release is no suspect any more. */
void trial_convict(struct trial *trial, const struct trial_verdict *verdict);

/* NULL: it is not quarantined. */
const struct trial_verdict *trial_verdict_on(const struct trial *trial, uint64_t release);

void trial_append(struct text *text, const struct trial *trial);

/* False when that is not what trial_append wrote; then `ret_trial` is untouched. */
bool trial_read(struct slice text, struct trial *ret_trial);
