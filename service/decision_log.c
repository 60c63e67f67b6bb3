#include "service/decision_log.h"

#include "policy/context_json.h"
#include "policy/rfc3339.h"

/* In the ring, in front of the context and the decision. */
struct record {
    int64_t wall_ms;
    uint32_t context_bytes, decision_bytes;
};

bool decision_log_init(struct decision_log *log, uint32_t ring_bytes)
{
    text_init(&log->context, DECISION_LOG_LINE_BYTES_MAX);
    log->is_on = record_ring_init(&log->ring, ring_bytes) && text_reserve(&log->context, DECISION_LOG_LINE_BYTES_MAX);
    return log->is_on;
}

void decision_log_clear(struct decision_log *log)
{
    record_ring_clear(&log->ring);
    text_clear(&log->context);
}

void decision_log_note(struct decision_log *log, int64_t wall_ms, const struct context *context, struct slice decision)
{
    text_reset(&log->context);
    context_json_append(&log->context, context);
    struct slice asked = text_slice(&log->context);
    if (log->context.failed ||
        asked.length + decision.length + DECISION_LOG_AROUND_BYTES > DECISION_LOG_LINE_BYTES_MAX) {
        counter_add(&log->ring.dropped, 1);
        return;
    }
    struct record record = {.wall_ms = wall_ms, .context_bytes = asked.length, .decision_bytes = decision.length};
    char *at = record_ring_begin(&log->ring, (uint32_t)sizeof(record) + asked.length + decision.length);
    if (at != NULL) {
        memcpy(at, &record, sizeof(record));
        memcpy(at + sizeof(record), asked.at, asked.length);
        memcpy(at + sizeof(record) + asked.length, decision.at, decision.length);
        record_ring_commit(&log->ring);
    }
}

void decision_log_append(struct text *lines, struct slice bytes)
{
    struct record record;
    char time[RFC3339_TIME_BYTES];
    memcpy(&record, bytes.at, sizeof(record));
    rfc3339_write_time(record.wall_ms / 1000, time);
    const struct slice context = {.at = bytes.at + sizeof(record), .length = record.context_bytes};
    const struct slice decision = {.at = context.at + context.length, .length = record.decision_bytes};
    text_append_format(lines, "{\"ts\":\"%.19s.%03dZ\",\"context\":", time, (int)(record.wall_ms % 1000));
    text_append(lines, context);
    text_append(lines, SLICE(",\"decision\":"));
    text_append(lines, decision);
    text_append(lines, SLICE("}\n"));
}
