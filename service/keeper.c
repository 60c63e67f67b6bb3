#include "service/keeper.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/hash.h"
#include "service/clock.h"
#include "service/log.h"
#include "service/origin.h"

static void tell_skipped(struct keeper *keeper, const char *reason)
{
    counter_add(&keeper->skipped, 1);
    log_event(LOG_WARNING, "state_skipped", LOG_STRING("reason", reason), LOG_END);
}

static void tell_unwritten(struct keeper *keeper, uint64_t release, const char *reason)
{
    counter_add(&keeper->failures, 1);
    log_event(LOG_ERROR, "state_write_failed", LOG_INTEGER("release", release), LOG_STRING("reason", reason), LOG_END);
}

/* The trial's file was written, where the reason is empty. */
static void tell_unnoted(struct keeper *keeper, uint64_t release, const char *clause)
{
    if (clause[0] != '\0') {
        char reason[WHOLE_FILE_REASON_BYTES + 32];
        snprintf(reason, sizeof(reason), "promogate.trial %s", clause);
        tell_unwritten(keeper, release, reason);
    }
}

/* Opening */

static void open_state(struct keeper *keeper, const struct config *config, const struct text *origin)
{
    char reason[LAST_KNOWN_GOOD_REASON_BYTES];
    if (origin->failed) {
        tell_skipped(keeper, "out of memory");
        return;
    }
    keeper->state = last_known_good_open(config->paths.state_dir, origin->bytes, reason);
    if (keeper->state == NULL) {
        tell_skipped(keeper, reason);
    }
}

static void tell_finding(struct keeper *keeper, const struct quarantine_finding *finding)
{
    if (finding->died != 0) {
        log_event(LOG_WARNING, "release_died", LOG_INTEGER("release", finding->died),
                  LOG_INTEGER("deaths", finding->deaths), LOG_END);
        tell_unnoted(keeper, finding->died, finding->reason);
    } else if (finding->reason[0] != '\0') {
        char reason[WHOLE_FILE_REASON_BYTES + 32];
        snprintf(reason, sizeof(reason), "promogate.trial %s", finding->reason);
        tell_skipped(keeper, reason);
    }
    if (finding->is_quarantined) {
        log_event(LOG_ERROR, "release_quarantined", LOG_INTEGER("release", finding->died),
                  LOG_INTEGER("deaths", finding->deaths), LOG_END);
    }
}

static void open_quarantine(struct keeper *keeper, const struct config *config, const struct text *origin)
{
    const struct quarantine_settings bounds = {.trial_s = config->quarantine.trial_s,
                                               .deaths = config->quarantine.deaths};
    struct quarantine_finding finding;
    quarantine_open(&keeper->quarantine, keeper_folder(keeper), hash_bytes(origin->bytes, origin->length), &bounds,
                    clock_wall_ms(), &finding);
    tell_finding(keeper, &finding);
}

void keeper_open(struct keeper *keeper, const struct config *config)
{
    struct text origin;
    text_init(&origin, LAST_KNOWN_GOOD_ORIGIN_BYTES);
    origin_describe(config, &origin);
    text_append_byte(&origin, '\0');
    if (config->paths.state_dir[0] != '\0') {
        open_state(keeper, config, &origin);
    }
    open_quarantine(keeper, config, &origin);
    text_clear(&origin);
}

void keeper_close(struct keeper *keeper)
{
    quarantine_close(&keeper->quarantine);
    last_known_good_close(keeper->state);
    keeper->state = NULL;
}

int keeper_folder(const struct keeper *keeper)
{
    return keeper->state != NULL ? last_known_good_folder(keeper->state) : -1;
}

void keeper_configure(struct keeper *keeper, const struct config *config)
{
    quarantine_configure(&keeper->quarantine, config->quarantine.trial_s);
}

/* Trials */

void keeper_hold_back(struct keeper *keeper, bool holds_back)
{
    keeper->holds_back = holds_back;
}

bool keeper_may_try(struct keeper *keeper, uint64_t release, struct problems *problems)
{
    if (keeper->holds_back) {
        problems_add(problems, "", "", "memory is short: no release is tried before it is not");
        problems->lacks_memory = true;
        return false;
    }
    char reason[WHOLE_FILE_REASON_BYTES] = "";
    bool may = quarantine_try(&keeper->quarantine, release, clock_monotonic_ms(), clock_wall_ms(), problems, reason);
    tell_unnoted(keeper, release, reason);
    return may;
}

void keeper_settle(struct keeper *keeper)
{
    quarantine_settle(&keeper->quarantine);
}

void keeper_give_up(struct keeper *keeper)
{
    char reason[WHOLE_FILE_REASON_BYTES] = "";
    quarantine_give_up(&keeper->quarantine, reason);
    tell_unnoted(keeper, 0, reason);
}

static void tell_proven(struct keeper *keeper, uint64_t release, const char *reason)
{
    if (release != 0) {
        log_event(LOG_INFO, "release_proven", LOG_INTEGER("release", release), LOG_END);
    }
    tell_unnoted(keeper, release, reason);
}

int64_t keeper_tick(struct keeper *keeper, int64_t now_ms)
{
    char reason[WHOLE_FILE_REASON_BYTES] = "";
    int64_t wait_ms;
    uint64_t proven = quarantine_tick(&keeper->quarantine, now_ms, &wait_ms, reason);
    tell_proven(keeper, proven, reason);
    return wait_ms;
}

void keeper_end(struct keeper *keeper)
{
    char reason[WHOLE_FILE_REASON_BYTES] = "";
    uint64_t proven = quarantine_end(&keeper->quarantine, true, reason);
    tell_proven(keeper, proven, reason);
}

void keeper_stop_at_once(struct keeper *keeper)
{
    char reason[WHOLE_FILE_REASON_BYTES]; /* nobody will hear it */
    if (keeper->state != NULL) {
        quarantine_end(&keeper->quarantine, false, reason);
    }
}

/* Restoring */

static bool may_restore(void *context, uint64_t release, struct problems *problems)
{
    return keeper_may_try(context, release, problems);
}

/* Gives the documents, and what proves them, to the source. */
static void hand_over(struct source *source, struct last_known_good_reading *reading)
{
    source->edition = reading->edition;
    source_take_back(source, &reading->documents, SOURCE_IN_FORCE);
}

struct snapshot *keeper_restore(struct keeper *keeper, struct source *source, const struct snapshot_limits *limits)
{
    if (keeper->state == NULL) {
        return NULL;
    }
    struct last_known_good_reading *reading = calloc(1, sizeof(*reading));
    if (reading == NULL) {
        return NULL;
    }
    int64_t started_ms = clock_monotonic_ms();
    last_known_good_read(keeper->state, limits, &(struct release_gate){.context = keeper, .may_try = may_restore},
                         reading);
    for (uint32_t i = 0; i < reading->skipped_count; i++) {
        tell_skipped(keeper, reading->skipped[i]);
    }
    struct snapshot *snapshot = reading->snapshot;
    if (snapshot != NULL) {
        struct snapshot_facts facts = snapshot_facts(snapshot);
        log_event(LOG_INFO, "snapshot_active", LOG_INTEGER("release", facts.release),
                  LOG_INTEGER("policies", facts.policies), LOG_STRING("origin", "state"),
                  LOG_INTEGER("written_unix_ms", reading->written_wall_ms),
                  LOG_INTEGER("duration_ms", clock_monotonic_ms() - started_ms), LOG_END);
        reading->snapshot = NULL;
        counter_set(&keeper->written_wall_ms, (uint64_t)reading->written_wall_ms);
        hand_over(source, reading);
        keeper_settle(keeper);
    } else {
        keeper_give_up(keeper);
    }
    last_known_good_reading_clear(reading);
    free(reading);
    return snapshot;
}

void keeper_keep(struct keeper *keeper, const struct edition *edition, const struct snapshot *snapshot,
                 const struct documents *documents)
{
    char reason[LAST_KNOWN_GOOD_REASON_BYTES];
    if (keeper->state == NULL) {
        return;
    }
    int64_t started_ms = clock_monotonic_ms(), wall_ms = clock_wall_ms();
    if (last_known_good_write(keeper->state, edition, snapshot, documents, wall_ms, reason)) {
        counter_add(&keeper->writes, 1);
        counter_set(&keeper->written_wall_ms, (uint64_t)wall_ms);
        log_event(LOG_INFO, "state_written", LOG_INTEGER("release", edition->release),
                  LOG_INTEGER("duration_ms", clock_monotonic_ms() - started_ms), LOG_END);
    } else {
        tell_unwritten(keeper, edition->release, reason);
    }
}

/* Telling */

void keeper_append_checks(struct text *text, struct keeper *keeper)
{
    struct trial trial;
    quarantine_copy(&keeper->quarantine, &trial);
    for (uint32_t i = 0; i < trial.quarantined_count; i++) {
        const struct trial_verdict *verdict = &trial.quarantined[i];
        text_append_format(
            text, "[!]quarantine release %" PRIu64 ": the process died %u times within %u s of activating it\n",
            verdict->release, verdict->deaths, verdict->within_s);
    }
    if (trial.current.release != 0) {
        text_append_format(text, "[+]quarantine release %" PRIu64 " is on trial\n", trial.current.release);
    }
}

void keeper_append_metrics(struct metric_text *out, struct keeper *keeper)
{
    struct trial trial;
    quarantine_copy(&keeper->quarantine, &trial);
    metric_text_gauge(out, "promogate_quarantined_releases",
                      "Releases that are not used because the process died of them.", trial.quarantined_count);
    metric_text_total(out, "promogate_release_deaths_total",
                      "Deaths of the process within a release's trial, over all its lives.", trial.deaths_total);
    metric_text_total(out, "promogate_state_writes_total", "Releases written to state_dir.",
                      counter_read(&keeper->writes));
    metric_text_total(out, "promogate_state_write_failures_total", "Releases that could not be written to state_dir.",
                      counter_read(&keeper->failures));
    metric_text_total(out, "promogate_state_skipped_total",
                      "State files, or parts, that could not be used at the start.", counter_read(&keeper->skipped));
    metric_text_gauge(out, "promogate_state_written_timestamp_seconds",
                      "When the newest state file was written, Unix time; 0: there is none.",
                      (double)counter_read(&keeper->written_wall_ms) / 1e3);
}
