#include "service/keeper.h"

#include <stdlib.h>

#include "service/clock.h"
#include "service/log.h"
#include "service/metrics.h"
#include "service/origin.h"

static void tell_skipped(struct keeper *keeper, const char *reason)
{
    counter_add(&keeper->skipped, 1);
    log_event(LOG_WARNING, "state_skipped", LOG_STRING("reason", reason), LOG_END);
}

void keeper_open(struct keeper *keeper, const struct config *config)
{
    char reason[LAST_KNOWN_GOOD_REASON_BYTES];
    struct text origin;
    if (config->paths.state_dir[0] == '\0') {
        return;
    }
    text_init(&origin, LAST_KNOWN_GOOD_ORIGIN_BYTES);
    origin_describe(config, &origin);
    text_append_byte(&origin, '\0');
    if (origin.failed) {
        tell_skipped(keeper, "out of memory");
    } else {
        keeper->state = last_known_good_open(config->paths.state_dir, origin.bytes, reason);
        if (keeper->state == NULL) {
            tell_skipped(keeper, reason);
        }
    }
    text_clear(&origin);
}

void keeper_close(struct keeper *keeper)
{
    last_known_good_close(keeper->state);
    keeper->state = NULL;
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
    last_known_good_read(keeper->state, limits, 0, reading);
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
        counter_add(&keeper->failures, 1);
        log_event(LOG_ERROR, "state_write_failed", LOG_INTEGER("release", edition->release),
                  LOG_STRING("reason", reason), LOG_END);
    }
}

void keeper_append_metrics(struct text *text, const struct keeper *keeper)
{
    metrics_append_value(text, "promogate_state_writes_total", "counter", "Releases written to state_dir.",
                         (double)counter_read(&keeper->writes));
    metrics_append_value(text, "promogate_state_write_failures_total", "counter",
                         "Releases that could not be written to state_dir.", (double)counter_read(&keeper->failures));
    metrics_append_value(text, "promogate_state_skipped_total", "counter",
                         "State files, or parts, that could not be used at the start.",
                         (double)counter_read(&keeper->skipped));
    metrics_append_value(text, "promogate_state_written_timestamp_seconds", "gauge",
                         "When the newest state file was written, Unix time; 0: there is none.",
                         (double)counter_read(&keeper->written_wall_ms) / 1e3);
}
