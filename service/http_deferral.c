#include "service/http_deferral.h"

#include <assert.h>

#include "service/clock.h"
#include "service/http_connection.h"
#include "service/worker.h"

static const char line[] = "in line", due[] = "due"; /* what connection->work points to */

static int64_t slice_ns(const struct worker *worker)
{
    return worker->view.config->breaker.delay_target_ms * INT64_C(1000000) / 2;
}

static int64_t mean_ns(const struct worker *worker)
{
    return (int64_t)counter_read(&worker->gauge.evaluation_mean_ns);
}

/* Spent by evaluations of this turn. */
static int64_t spent_ns(const struct worker *worker)
{
    return (int64_t)(counter_read(&worker->gauge.evaluation_ns) - worker->evaluation_begun_ns);
}

/* A line shorter than what is called overload would hide it. */
static int64_t line_max_ns(const struct config *config)
{
    uint32_t least_ms = 2 * config->breaker.delay_target_ms, most_ms = config->breaker.queue_max_ms;
    return (most_ms > least_ms ? most_ms : least_ms) * INT64_C(1000000);
}

void http_deferrals_init(struct http_deferrals *deferrals)
{
    TAILQ_INIT(&deferrals->line);
}

enum http_deferral http_deferral_place(const struct worker *worker, int64_t deadline_ns)
{
    const struct config *config = worker->view.config;
    const struct http_deferrals *deferrals = &worker->deferrals;
    if (deferrals->count == 0 && spent_ns(worker) < slice_ns(worker)) {
        return HTTP_DEFERRAL_NOT;
    }
    int64_t line_ns = (deferrals->count + 1) * mean_ns(worker);
    if (deadline_ns != 0 && clock_monotonic_ns() + line_ns > deadline_ns) {
        return HTTP_DEFERRAL_LATE;
    }
    bool has_room = line_ns <= line_max_ns(config);
    return has_room || !config->is_breaker_on ? HTTP_DEFERRAL_WAIT : HTTP_DEFERRAL_FULL;
}

/* Its request ends, by whatever cause. */
static void forget(struct http_connection *connection)
{
    struct worker *worker = connection->loop->owner;
    struct http_deferrals *deferrals = &worker->deferrals;
    if (connection->work != line) {
        return;
    }
    TAILQ_REMOVE(&deferrals->line, connection, deferred);
    deferrals->count--;
}

void http_deferral_begin(struct worker *worker, struct http_connection *connection)
{
    struct http_deferrals *deferrals = &worker->deferrals;
    assert(connection->work == NULL);
    connection->work = line;
    connection->work_end = forget;
    connection->deferred_ns = clock_monotonic_ns();
    TAILQ_INSERT_TAIL(&deferrals->line, connection, deferred);
    deferrals->count++;
}

bool http_deferral_is_due(const struct http_connection *connection)
{
    return connection->work == due;
}

static struct http_connection *let_go(struct http_deferrals *deferrals)
{
    struct http_connection *connection = TAILQ_FIRST(&deferrals->line);
    forget(connection);
    connection->work = due;
    http_connection_wake(connection);
    return connection;
}

void http_deferrals_release(struct worker *worker)
{
    struct http_deferrals *deferrals = &worker->deferrals;
    deferrals->waited_ns = -1;
    if (deferrals->count == 0) {
        return;
    }
    int64_t now_ns = clock_monotonic_ns();
    int64_t rest_ns = slice_ns(worker);
    do {
        deferrals->waited_ns = now_ns - let_go(deferrals)->deferred_ns;
        rest_ns -= mean_ns(worker);
    } while (deferrals->count > 0 && rest_ns >= mean_ns(worker));
}

void http_deferrals_abandon(struct worker *worker)
{
    while (worker->deferrals.count > 0) {
        let_go(&worker->deferrals);
    }
}
