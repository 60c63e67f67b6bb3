/*
 * decision_log.h - decisions as they were made, so that they can be made again: `promoctl replay`.
 *
 *     worker    decision_log_wants ─▶ decision_log_note ─▶ its ring
 *     journal   its ring ─▶ decision_log_append ─▶ lines ─▶ decision_log.file, rotating (journal.h, line_file.h)
 *
 *     {"ts":"2026-02-12T12:00:00.123Z","context":{"user_id":"u42","aoi":"310115-0001","amount":6200,"delivery_fee":0,
 *      "interface":"checkout","attributes":{"tier":"gold"}},"decision":{"decision_id":"01M8...","release":42,...}}
 *
 * `ts` is the decision's clock, `context` the request as it was understood, `decision` the answer byte for byte; a
 * batch's contexts are a line each. The users' ids stand in it as they are, for a replay computes the same buckets from
 * them: so the log is off unless a file is named, and the file is its owner's alone.
 *
 * Units    a line has at most DECISION_LOG_LINE_BYTES_MAX; a longer one is dropped and counted, as what finds no room.
 * Threads  a struct decision_log is its worker's, but for the ring's reading end.
 */
#pragma once

#include "policy/context.h"
#include "policy/text.h"
#include "service/record_ring.h"
#include "service/share.h"

enum {
    DECISION_LOG_LINE_BYTES_MAX = 128 * 1024,
    DECISION_LOG_AROUND_BYTES = 128, /* of a line, beside context and decision: more than there are */
};

struct decision_log {
    struct record_ring ring;
    struct text context; /* of the decision at hand */
    struct share share;
    bool is_on;
};

/* False when memory ends. */
bool decision_log_init(struct decision_log *log, uint32_t ring_bytes);
void decision_log_clear(struct decision_log *log);

static inline bool decision_log_wants(struct decision_log *log, uint32_t sample_bp)
{
    return log->is_on && share_takes(&log->share, sample_bp);
}

void decision_log_note(struct decision_log *log, int64_t wall_ms, const struct context *context, struct slice decision);

/* A record of the ring becomes a line. */
void decision_log_append(struct text *lines, struct slice bytes);
