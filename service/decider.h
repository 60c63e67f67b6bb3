/*
 * decider.h - from a valid request to the bytes of its decision: admission, evaluation or fallback, JSON.
 *
 *     context, view ─▶ decider_admit ─▶ EVALUATE ─▶ decider_append ─▶ {"decision_id":...,"degraded":false,...}
 *                                  └──▶ a cause ──▶ decider_append ─▶ {...,"degraded":true,"cause":"switch",...}
 *
 * Between the two a worker may let a heavy evaluation wait (http_deferral.h), or turn it away: ADMISSION_SATURATED.
 *
 * Threads  one decider a worker.
 */
#pragma once

#include "degrade/admission.h"
#include "policy/evaluate.h"
#include "policy/text.h"
#include "service/config.h"
#include "service/gate_table.h"
#include "service/gauge.h"
#include "service/metrics.h"
#include "service/tally.h"
#include "service/ulid.h"

struct decision_log;
struct limiter;

struct decider {
    struct limiter *limiter;
    struct decision_log *decision_log; /* NULL: none */
    uint32_t worker;                   /* its number */
    struct evaluation *evaluation;
    struct ulid_source ulids;
    char id[ULID_BYTES]; /* of the decision made last */
    struct metrics *metrics;
    struct gauge *gauge;
    struct tally tally;
    uint32_t until_sample; /* evaluations until one is timed */
    uint32_t until_trial;  /* requests that seem to come too late until one is evaluated all the same */
};

/* What decisions rest on: of one turn, or of one batch. */
struct decision_view {
    const struct config *config;
    const struct snapshot *snapshot; /* NULL: none yet */
    const struct tally_slots *slots; /* its companion */
    const struct gate_table *gates;
    uint64_t release; /* 0 without a snapshot */
    int64_t wall_ms;
    struct context_rules rules;
};

/* What is known of a request beside its context. */
struct decision_terms {
    int64_t deadline_ns; /* monotonic: an answer that comes later is of no use; 0: none was named */
    struct slice caller; /* at NULL: nobody said */
};

/* False when memory or randomness is missing. */
bool decider_init(struct decider *decider, struct metrics *metrics, struct gauge *gauge, struct limiter *limiter);
void decider_clear(struct decider *decider);

/* Makes room for what the snapshot may need. Out of memory the view has no snapshot: requests get their fallback. */
struct decision_view decider_view(struct decider *decider, const struct config *config, const struct snapshot *snapshot,
                                  int64_t wall_ms);

/* Whether the request is evaluated, or why not. `context` is valid. Asked once a request, which costs its caller a
   token where rates are limited, unless a switch answers it. */
enum admission decider_admit(struct decider *decider, const struct decision_view *view, const struct context *context,
                             const struct decision_terms *terms);

/* Of a request that was admitted and had to wait: whether it still is. */
enum admission decider_readmit(struct decider *decider, const struct decision_view *view, const struct context *context,
                               const struct decision_terms *terms);

/* When the caller may ask again, after ADMISSION_RATE_LIMITED: whole seconds, at least 1. */
uint32_t decider_retry_after_s(const struct decider *decider, const struct decision_terms *terms);

/* Appends the decision, and counts it. */
void decider_append(struct decider *decider, const struct decision_view *view, const struct context *context,
                    enum admission admission, struct text *text);

/* A request past its rate is refused, not answered: counted as such. */
void decider_reject(struct decider *decider);

/* A request that was admitted found no room to wait: counted as such. */
void decider_turn_away(struct decider *decider, const struct decision_view *view, const struct context *context);
