/*
 * http_batch.h - POST /v1/evaluate/batch: up to 1000 contexts, one snapshot, and a loop that is never held for long.
 *
 *     body received ─▶ waits ─▶ begun: takes the current snapshot ─▶ slices of batch.slice_us ─▶ answered
 *
 * The connection sleeps while its batch is worked on. Each turn of the worker gives one slice to one batch, in
 * rotation; a slice reads, evaluates and appends item after item until its time is up, so other requests wait for at
 * most one slice and one item.
 *
 * Snapshots. A begun batch holds the snapshot and configuration it took, so the worker may not report quiescence. That
 * a swap still ends: while any batch is begun, another may begin only if its snapshot and configuration would be the
 * same; otherwise it waits for those begun to end. So after a swap only finite, already received work delays it: at
 * most limits.bodies_max_bytes and, per batch, limits.batch_max_work.
 *
 * Overload. One that begins later than breaker.queue_max_ms after it came gets fallbacks for what it would evaluate,
 * cause `saturated`: then more arrives than can be done.
 *
 * Errors   what is no JSON, or no list of 1 to 1000 contexts, refuses the whole (400, 413); a context that breaks a
 *          rule gets its problem object in its place, the pointer relative to the context.
 * Threads  of the worker only.
 */
#pragma once

#include <sys/queue.h>

#include "service/http_route.h"

struct worker;
struct http_batch;
struct snapshot;
struct config;

struct http_batches {
    TAILQ_HEAD(, http_batch) rotation;
    uint32_t count, begun;
    const struct snapshot *snapshot; /* of those begun */
    const struct config *config;
};

enum { HTTP_BATCH_REQUESTS_MAX = 1000 };

static inline void http_batches_init(struct http_batches *batches)
{
    TAILQ_INIT(&batches->rotation);
}

enum http_outcome http_batch_serve(struct http_connection *connection, struct http_answer *ret_answer);

/* Is there anything to do? Then the worker must not sleep. */
static inline bool http_batches_are_pending(const struct http_batches *batches)
{
    return batches->count > 0;
}

static inline uint32_t http_batches_count(const struct http_batches *batches)
{
    return batches->count;
}

/* Does the worker hold a snapshot over this turn's end? */
static inline bool http_batches_hold(const struct http_batches *batches)
{
    return batches->begun > 0;
}

/* One slice. */
void http_batches_work(struct worker *worker);

/* How long the oldest that has not begun waits; 0: all have. What the breaker is told: many batches under way are many
   slices between two of one. */
int64_t http_batches_wait_ns(const struct http_batches *batches, int64_t now_ns);

/* Gives all of them up: their connections are closed. */
void http_batches_abandon(struct worker *worker);
