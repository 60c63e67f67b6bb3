/*
 * metrics.h - what each thread that serves HTTP counts, and how it reads in Prometheus.
 *
 * A thread has words of its own (struct metrics) and never shares them; a scrape adds them up. A new counter is a row.
 *
 * Threads  a struct metrics is written by its thread; metrics_merge may read it from any.
 */
#pragma once

#include <stddef.h>

#include "service/counter.h"
#include "service/histogram.h"

/* Columns: member, metric, label set, help. Rows of one metric stand together. */
#define METRIC_COUNTERS(ROW)                                                                                           \
    ROW(decisions_offered, "promogate_decisions_total", "result=\"offered\",cause=\"none\"", "Decisions by result.")   \
    ROW(decisions_empty, "promogate_decisions_total", "result=\"empty\",cause=\"none\"", "")                           \
    ROW(decisions_switch, "promogate_decisions_total", "result=\"degraded\",cause=\"switch\"", "")                     \
    ROW(decisions_saturated, "promogate_decisions_total", "result=\"degraded\",cause=\"saturated\"", "")               \
    ROW(decisions_no_snapshot, "promogate_decisions_total", "result=\"degraded\",cause=\"no_snapshot\"", "")           \
    ROW(decisions_rate_limited, "promogate_decisions_total", "result=\"degraded\",cause=\"rate_limited\"", "")         \
    ROW(decisions_budget, "promogate_decisions_total", "result=\"degraded\",cause=\"budget\"", "")                     \
    ROW(connections_opened, "promogate_connections_opened_total", "", "Connections accepted.")                         \
    ROW(connections_closed, "promogate_connections_closed_total", "", "Connections ended.")                            \
    ROW(refused_limit, "promogate_connections_refused_total", "reason=\"limit\"", "Connections refused at once.")      \
    ROW(refused_memory, "promogate_connections_refused_total", "reason=\"memory\"", "")                                \
    ROW(deadline_idle, "promogate_deadlines_total", "kind=\"idle\"", "Connections cut because a deadline passed.")     \
    ROW(deadline_head, "promogate_deadlines_total", "kind=\"head\"", "")                                               \
    ROW(deadline_body, "promogate_deadlines_total", "kind=\"body\"", "")                                               \
    ROW(deadline_answer, "promogate_deadlines_total", "kind=\"answer\"", "")                                           \
    ROW(requests_aborted, "promogate_requests_aborted_total", "",                                                      \
        "Requests that ended without an answer of ours: the client left, or the library refused them.")                \
    ROW(bodies_drained_bytes, "promogate_drained_bytes_total", "", "Bytes of refused bodies that were read.")          \
    ROW(batch_items, "promogate_batch_items_total", "", "Contexts in batches.")                                        \
    ROW(rejected_rate_limited, "promogate_rejections_total", "reason=\"rate_limited\"",                                \
        "Decisions that were refused with 429 instead of answered.")                                                   \
    ROW(shadow_shed, "promogate_breaker_shadow_shed_total", "",                                                        \
        "Decisions that the breaker, were it no shadow, would have withheld.")                                         \
    ROW(drill_decisions, "promogate_drill_decisions_total", "",                                                        \
        "Decisions in whose place a switch that is tried out would have given the fallback.")                          \
    ROW(drill_discount_fen, "promogate_drill_discount_fen_total", "answer=\"decision\"",                               \
        "What those decisions took off, and what the fallback would have.")                                            \
    ROW(drill_fallback_fen, "promogate_drill_discount_fen_total", "answer=\"fallback\"", "")                           \
    ROW(turns, "promogate_loop_turns_total", "", "Turns of the event loops.")

/* The routes that are told apart; a request that matches none is `other`. */
#define METRIC_ROUTES(ROW)                                                                                             \
    ROW(METRIC_ROUTE_EVALUATE_GET, "evaluate_get")                                                                     \
    ROW(METRIC_ROUTE_EVALUATE_POST, "evaluate_post")                                                                   \
    ROW(METRIC_ROUTE_BATCH, "batch")                                                                                   \
    ROW(METRIC_ROUTE_OTHER, "other")                                                                                   \
    ROW(METRIC_ROUTE_ADMIN, "admin")

/* Statuses of refusals that are counted one by one; others count as 0. */
#define METRIC_STATUSES(ROW)                                                                                           \
    ROW(400)                                                                                                           \
    ROW(401)                                                                                                           \
    ROW(403) ROW(404) ROW(405) ROW(411) ROW(413) ROW(414) ROW(415) ROW(417) ROW(429) ROW(431) ROW(500) ROW(503) ROW(505)

enum metric_route {
#define ROW(enumerator, label) enumerator,
    METRIC_ROUTES(ROW)
#undef ROW
};

enum {
#define ROW(enumerator, label) +1
    METRIC_ROUTE_COUNT = 0 METRIC_ROUTES(ROW),
#undef ROW
#define ROW(status) +1
    METRIC_STATUS_COUNT = 1 METRIC_STATUSES(ROW),
#undef ROW
    METRIC_CODE_CLASSES = 6, /* 2xx is 2 */
};

struct metrics {
#define ROW(member, metric, labels, help) counter member;
    METRIC_COUNTERS(ROW)
#undef ROW
    counter requests[METRIC_ROUTE_COUNT][METRIC_CODE_CLASSES];
    counter refusals[METRIC_STATUS_COUNT];
    struct histogram duration[METRIC_ROUTE_COUNT];
    struct histogram batch_slice;
};

const char *metrics_route_name(enum metric_route route);

/* A request was answered; how long it took is counted apart. */
void metrics_count_answer(struct metrics *metrics, enum metric_route route, unsigned status);

void metrics_merge(struct metrics *into, const struct metrics *from);
/* Requests, refusals and durations only: of a listener whose connections are not callers'. */
void metrics_merge_requests(struct metrics *into, const struct metrics *from);

struct metric_text;

/* Everything above. */
void metrics_append(struct metric_text *out, const struct metrics *sum);
