#include "cache/quarantine.h"

#include <inttypes.h>
#include <stdio.h>

static const char file_name[] = "promogate.trial", file_temporary[] = "promogate.trial.tmp";

static struct whole_file file_of(const struct quarantine *quarantine)
{
    return (struct whole_file){.folder = quarantine->folder, .name = file_name, .temporary = file_temporary};
}

static bool is_on(const struct quarantine *quarantine)
{
    return quarantine->folder >= 0 && atomic_load_explicit(&quarantine->trial_s, memory_order_relaxed) > 0;
}

/* `writing` is held: nobody else changes the trial, so that it may be read without its lock. */
static void write_file(struct quarantine *quarantine, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    const struct whole_file file = file_of(quarantine);
    struct text text;
    text_init(&text, TRIAL_BYTES_MAX);
    trial_append(&text, &quarantine->trial);
    if (text.failed) {
        snprintf(ret_reason, WHOLE_FILE_REASON_BYTES, "cannot be written: out of memory");
    } else {
        whole_file_write(&file, text_slice(&text), ret_reason);
    }
    text_clear(&text);
}

static void change(struct quarantine *quarantine, const struct trial *fresh, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    pthread_mutex_lock(&quarantine->mutex);
    quarantine->trial = *fresh;
    pthread_mutex_unlock(&quarantine->mutex);
    write_file(quarantine, ret_reason);
}

/* Life */

/* Empty where there is nothing that could be used. */
static struct trial read_file(const struct quarantine *quarantine, uint64_t origin_hash,
                              char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    const struct whole_file file = file_of(quarantine);
    struct trial trial, empty = {.origin_hash = origin_hash};
    struct text text;
    text_init(&text, TRIAL_BYTES_MAX);
    enum whole_file_reading reading = whole_file_read(&file, &text, ret_reason);
    bool is_ours = reading == WHOLE_FILE_READ && trial_read(text_slice(&text), &trial);
    text_clear(&text);
    if (reading == WHOLE_FILE_READ && !is_ours) {
        snprintf(ret_reason, WHOLE_FILE_REASON_BYTES, "is damaged");
    }
    return is_ours && trial.origin_hash == origin_hash ? trial : empty;
}

/* What the last life left on trial died with it. */
static void find(struct trial *trial, const struct quarantine_settings *settings, int64_t wall_ms,
                 struct quarantine_finding *finding)
{
    struct trial_suspect suspect = trial_die(trial);
    finding->died = suspect.release;
    finding->deaths = suspect.deaths;
    if (suspect.deaths >= settings->deaths && trial_verdict_on(trial, suspect.release) == NULL) {
        finding->is_quarantined = true;
        trial_convict(trial, &(struct trial_verdict){.release = suspect.release,
                                                     .deaths = suspect.deaths,
                                                     .within_s = settings->trial_s,
                                                     .wall_ms = wall_ms});
    }
}

void quarantine_open(struct quarantine *quarantine, int folder, uint64_t origin_hash,
                     const struct quarantine_settings *settings, int64_t wall_ms,
                     struct quarantine_finding *ret_finding)
{
    *quarantine = (struct quarantine){.folder = folder};
    *ret_finding = (struct quarantine_finding){0};
    pthread_mutex_init(&quarantine->writing, NULL);
    pthread_mutex_init(&quarantine->mutex, NULL);
    quarantine_configure(quarantine, settings->trial_s);
    if (folder < 0) {
        return;
    }
    quarantine->trial = read_file(quarantine, origin_hash, ret_finding->reason);
    struct trial fresh = quarantine->trial;
    if (fresh.current.release == 0) {
        return;
    }
    if (settings->trial_s > 0) {
        find(&fresh, settings, wall_ms, ret_finding);
    } else {
        fresh.current = (struct trial_mark){0};
    }
    change(quarantine, &fresh, ret_finding->reason);
}

void quarantine_close(struct quarantine *quarantine)
{
    pthread_mutex_destroy(&quarantine->writing);
    pthread_mutex_destroy(&quarantine->mutex);
}

void quarantine_configure(struct quarantine *quarantine, uint32_t trial_s)
{
    atomic_store_explicit(&quarantine->trial_s, trial_s, memory_order_relaxed);
}

/* Trials */

static void refuse(const struct trial_verdict *verdict, struct problems *problems)
{
    problems_add(problems, "", "",
                 "release %" PRIu64 " is quarantined: the process died %u times within %u s of activating it; publish "
                 "another, or remove state_dir/%s and restart",
                 verdict->release, verdict->deaths, verdict->within_s, file_name);
}

static void begin(struct quarantine *quarantine, uint64_t release, int64_t now_ms, int64_t wall_ms,
                  char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    struct trial fresh = quarantine->trial;
    if (!quarantine->is_trying) {
        quarantine->before = fresh.current;
        quarantine->before_ms = quarantine->tried_ms;
    }
    trial_begin(&fresh, release, wall_ms);
    if (quarantine->has_ended) {
        return;
    }
    if (fresh.current.release == quarantine->trial.current.release) {
        return; /* it is on trial already, or both have proven themselves */
    }
    quarantine->is_trying = true;
    quarantine->tried_ms = now_ms;
    change(quarantine, &fresh, ret_reason);
}

bool quarantine_try(struct quarantine *quarantine, uint64_t release, int64_t now_ms, int64_t wall_ms,
                    struct problems *problems, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    if (!is_on(quarantine)) {
        return true;
    }
    pthread_mutex_lock(&quarantine->writing);
    const struct trial_verdict *verdict = trial_verdict_on(&quarantine->trial, release);
    if (verdict != NULL) {
        refuse(verdict, problems);
    } else {
        begin(quarantine, release, now_ms, wall_ms, ret_reason);
    }
    pthread_mutex_unlock(&quarantine->writing);
    return verdict == NULL;
}

void quarantine_settle(struct quarantine *quarantine)
{
    pthread_mutex_lock(&quarantine->writing);
    quarantine->is_trying = false;
    pthread_mutex_unlock(&quarantine->writing);
}

void quarantine_give_up(struct quarantine *quarantine, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    pthread_mutex_lock(&quarantine->writing);
    if (quarantine->is_trying) {
        struct trial fresh = quarantine->trial;
        fresh.current = quarantine->before;
        quarantine->tried_ms = quarantine->before_ms;
        quarantine->is_trying = false;
        change(quarantine, &fresh, ret_reason);
    }
    pthread_mutex_unlock(&quarantine->writing);
}

/* The end of a trial that ended well. */
static uint64_t prove(struct quarantine *quarantine, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    struct trial fresh = quarantine->trial;
    trial_prove(&fresh);
    change(quarantine, &fresh, ret_reason);
    return fresh.proven;
}

/* It says nothing about the release. */
static void drop(struct quarantine *quarantine, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    struct trial fresh = quarantine->trial;
    fresh.current = (struct trial_mark){0};
    change(quarantine, &fresh, ret_reason);
}

uint64_t quarantine_tick(struct quarantine *quarantine, int64_t now_ms, int64_t *ret_wait_ms,
                         char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    uint64_t proven = 0;
    *ret_wait_ms = INT64_MAX;
    if (quarantine->folder < 0) {
        return 0;
    }
    pthread_mutex_lock(&quarantine->writing);
    if (quarantine->trial.current.release != 0 && !quarantine->is_trying) {
        int64_t trial_ms = INT64_C(1000) * atomic_load_explicit(&quarantine->trial_s, memory_order_relaxed);
        int64_t left_ms = quarantine->tried_ms + trial_ms - now_ms;
        if (trial_ms == 0) { /* turned off meanwhile */
            drop(quarantine, ret_reason);
        } else if (left_ms <= 0) {
            proven = prove(quarantine, ret_reason);
        } else {
            *ret_wait_ms = left_ms;
        }
    }
    pthread_mutex_unlock(&quarantine->writing);
    return proven;
}

uint64_t quarantine_end(struct quarantine *quarantine, bool is_clean, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    uint64_t proven = 0;
    pthread_mutex_lock(&quarantine->writing);
    quarantine->has_ended = true;
    if (quarantine->trial.current.release == 0) {
        /* nothing is on trial */
    } else if (is_clean && !quarantine->is_trying) {
        proven = prove(quarantine, ret_reason);
    } else {
        drop(quarantine, ret_reason);
    }
    quarantine->is_trying = false;
    pthread_mutex_unlock(&quarantine->writing);
    return proven;
}

void quarantine_copy(struct quarantine *quarantine, struct trial *ret_trial)
{
    pthread_mutex_lock(&quarantine->mutex);
    *ret_trial = quarantine->trial;
    pthread_mutex_unlock(&quarantine->mutex);
}
