/*
 * replay_line.h - one line of a decision log, as the gateway writes it.
 *
 *     {"ts":"2026-02-12T12:00:00.123Z","context":{...},"decision":{...}}
 *
 * Exactly these members in this order. `ts` is the decision's clock in UTC, `context` the request as POST /v1/evaluate
 * takes it, under the same rules, `decision` the answer that the caller got, byte for byte.
 *
 * Units      the engine decides by whole seconds: at_s is `ts` without its milliseconds.
 * Ownership  a line owns its decision's copy; the context looks into the bytes, which are written to.
 * Errors     MALFORMED: it is not JSON, as a line is that a killed gateway has not finished. INVALID: it is JSON and no
 *            line of a log. `error` says why, its pointer from the line on.
 */
#pragma once

#include "publish/decision_parts.h"

struct replay_line {
    int64_t at_s;
    struct context context;
    struct decision_parts decision;
    struct context_error error;
};

enum replay_line_outcome {
    REPLAY_LINE_READ,
    REPLAY_LINE_INVALID,
    REPLAY_LINE_MALFORMED,
    REPLAY_LINE_NO_MEMORY,
};

void replay_line_init(struct replay_line *line);
void replay_line_clear(struct replay_line *line);

enum replay_line_outcome replay_line_read(struct replay_line *line, char *bytes, size_t length);
