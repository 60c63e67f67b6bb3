/*
 * http_deferral.h - heavy evaluations wait in line, so that fallbacks and light work need not wait behind them.
 *
 *     admitted, and evaluations are heavy (gauge.h)
 *        nobody waits, and this turn's slice is not spent ─▶ evaluated at once
 *        the line is shorter than breaker.queue_max_ms    ─▶ its connection sleeps; each turn lets a slice of them go
 *        otherwise                                        ─▶ turned away: the fallback, at once
 *
 * A slice is half of breaker.delay_target_ms, so a turn stays short however heavy evaluations are, and a bounded line
 * keeps the worker busy to the last: at ten times the load evaluating goes on at full rate, and a fallback takes a turn
 * at most. How long those let go waited is what the breaker steers by. While the breaker is off or a shadow nobody is
 * turned away.
 *
 * Source   a bounded queue with an immediate fallback kept 98 % of the peak at 33 times the load (measured on a model).
 * Threads  of its worker only.
 */
#pragma once

#include <sys/queue.h>

#include "service/http_route.h"

struct worker;

struct http_deferrals {
    TAILQ_HEAD(, http_connection) line;
    uint32_t count;
    int64_t waited_ns; /* of the one that was let go last in this turn; negative: none was */
};

enum http_deferral {
    HTTP_DEFERRAL_NOT,  /* evaluate now */
    HTTP_DEFERRAL_WAIT, /* http_deferral_begin, and HTTP_PENDING */
    HTTP_DEFERRAL_FULL, /* turn away */
    HTTP_DEFERRAL_LATE, /* its turn would come after its deadline */
};

void http_deferrals_init(struct http_deferrals *deferrals);

/* Where a request belongs that was admitted while evaluations are heavy; `deadline_ns` 0: it has none. */
enum http_deferral http_deferral_place(const struct worker *worker, int64_t deadline_ns);

void http_deferral_begin(struct worker *worker, struct http_connection *connection);

/* Has the request waited, and is it its turn? */
bool http_deferral_is_due(const struct http_connection *connection);

/* At a turn's end: lets a slice go. */
void http_deferrals_release(struct worker *worker);

/* The worker is stopping: lets all go. */
void http_deferrals_abandon(struct worker *worker);
