/*
 * decider.h - from a valid request to the bytes of its decision: admission, evaluation or fallback, JSON.
 *
 *     context, view ─▶ admission_decide ─▶ evaluate ────▶ {"decision_id":...,"degraded":false,...}
 *                                      └─▶ fallback ────▶ {...,"degraded":true,"cause":"switch",...}
 *
 * Threads  one decider a worker.
 */
#pragma once

#include "degrade/admission.h"
#include "policy/evaluate.h"
#include "policy/text.h"
#include "service/config.h"
#include "service/metrics.h"
#include "service/ulid.h"

struct decider {
    struct evaluation *evaluation;
    struct ulid_source ulids;
    struct metrics *metrics;
};

/* What decisions rest on: of one turn, or of one batch. */
struct decision_view {
    const struct config *config;
    const struct snapshot *snapshot; /* NULL: none yet */
    uint64_t release;                /* 0 without a snapshot */
    int64_t wall_ms;
    struct context_rules rules;
};

/* False when memory or randomness is missing. */
bool decider_init(struct decider *decider, struct metrics *metrics);
void decider_clear(struct decider *decider);

/* Makes room for what the snapshot may need. Out of memory the view has no snapshot: requests get their fallback. */
struct decision_view decider_view(struct decider *decider, const struct config *config, const struct snapshot *snapshot,
                                  int64_t wall_ms);

/* Appends the decision, and counts it. `context` is valid. */
enum admission decider_append(struct decider *decider, const struct decision_view *view, const struct context *context,
                              struct text *text);
