/*
 * limiter.h - how many decisions all callers, and each of them, may ask for in a second: settings `rate`, `callers`.
 *
 *     worker     if (limiter_is_on(limiter)) verdict = limiter_take(limiter, worker, caller)
 *     control    limiter_tick(limiter, config, now_ns)         every LIMITER_TICK_MS
 *
 * Each bucket has three words a worker, and nobody writes another's:
 *
 *                      used, refused                granted
 *     worker 0    ┌──▶ written by it                        ◀──┐
 *     worker 1    ├──▶ written by it                        ◀──┤ written by the control thread:
 *       ...       │                                            │ granted = used + lease (degrade/lease.h)
 *     request: granted - used > 0 ? used++ : refused++         │
 *                      └──────── read each tick ──▶ token bucket ──▶ leases by demand
 *
 * A request costs a hash of the caller's name and a few loads from words that its worker has in its cache: no lock, no
 * clock, no shared write. (A caller's first request in a minute writes its key once: caller_table.h.)
 *
 * Bounds. Over any time t a bucket admits at most its rate * t and one burst: rate * burst_ms, but a token a worker at
 * least, since with fewer a lone request could find the token lent to another worker. A lease that is taken back while
 * its worker spends it makes a debt of what was spent between two lines of limiter_tick; the next tokens pay it.
 *
 *     all traffic on one worker     gets the whole rate; after a pause, a 1/workers part of the burst in the first tick
 *     an unknown caller             finds a full bucket whose tokens are lent out evenly already: all free buckets are
 *                                   kept so, and registering has nothing to fill
 *     a caller idle for 60 s        is let go; its bucket, full by then, is the next one's
 *     no place for a caller         it shares the bucket `other`, of rate.caller_per_second
 *     no header in the request      it counts as the caller ""
 *     refused by the total          costs the caller's bucket nothing, and the other way round
 *     a changed configuration       holds from the next tick on. Buckets keep what they have, up to their new
 *                                   size; only who had no limit of its own before starts with a full one
 *
 * Without rate.caller_header nobody knows the callers: the total alone counts.
 *
 * Time      monotonic nanoseconds, as argument of limiter_tick; nothing else looks at a clock. Steps back are harmless.
 * Threads   limiter_take and limiter_retry_after_s: a worker with its own number. limiter_tick: one thread at a time.
 *           The rest: any.
 * Memory    35 KB a worker that it touches, and 17 KB that the control thread does; all of it from limiter_create on.
 * Errors    limiter_create: NULL when memory ends. Before the first tick nothing is limited.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/slice.h"

enum {
    LIMITER_TICK_MS = 20, /* a burst on an idle worker waits so long for its tokens; 50 a second cost nothing */
    LIMITER_IDLE_S = 60,  /* as long as the longest burst_ms: an idle bucket is full by then */
};

enum limiter_verdict {
    LIMITER_ADMITS,
    LIMITER_CALLER, /* the caller is past its own rate */
    LIMITER_TOTAL,  /* all callers together are past theirs */
};

struct limiter_facts {
    uint64_t admitted, refused_caller, refused_total; /* requests that were limited at all */
    uint64_t other_requests;                          /* of these, those of callers without a place */
    uint32_t callers;                                 /* known now, those of the configuration among them */
    int64_t total_tokens;                             /* left for all; 0 without a total limit */
};

struct limiter;
struct config;

struct limiter *limiter_create(uint32_t workers);
void limiter_free(struct limiter *limiter);

/* Is there any limit? */
static inline bool limiter_is_on(const struct limiter *limiter)
{
    return atomic_load_explicit((const _Atomic uint32_t *)limiter, memory_order_relaxed) != 0;
}

/* One decision. `caller` is the header's value; at NULL: absent. */
enum limiter_verdict limiter_take(struct limiter *limiter, uint32_t worker, struct slice caller);

/* When to ask again: whole seconds, rounded up. 0 of LIMITER_ADMITS. */
uint32_t limiter_retry_after_s(struct limiter *limiter, enum limiter_verdict verdict, struct slice caller);

void limiter_tick(struct limiter *limiter, const struct config *config, int64_t now_ns);

struct limiter_facts limiter_facts(const struct limiter *limiter);
