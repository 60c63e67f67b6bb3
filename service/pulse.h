/*
 * pulse.h - a thread of the house that is no worker says that it goes on: who watches over it needs no lock.
 *
 *     main, control, admin   ┌▶ sleep, at most PULSE_SLEEP_MS_MAX ─ beat ─ one turn ─┐
 *                            └───────────────────────────────────────────────────────┘
 *                            rest ─ wait until no worker holds what is old ─ beat
 *
 * It rests while it waits for workers, as slot_swap does: that lasts as long as begun batches take, which is load, and
 * a worker that holds it up for ever is judged himself (worker_stuck_ns). As it starts it rests.
 *
 * Units    nanoseconds of the monotonic clock, as argument.
 * Threads  its own thread writes, any reads.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum { PULSE_SLEEP_MS_MAX = 2000 }; /* the main thread's, between two looks at the configuration's file */

struct pulse {
    _Atomic int64_t beaten_ns; /* 0: it rests */
};

static inline void pulse_beat(struct pulse *pulse, int64_t now_ns)
{
    atomic_store_explicit(&pulse->beaten_ns, now_ns, memory_order_relaxed);
}

static inline void pulse_rest(struct pulse *pulse)
{
    atomic_store_explicit(&pulse->beaten_ns, 0, memory_order_relaxed);
}

/* For how long it has been overdue; 0: it is not. The process went on at `resumed_ns` after its last stop: time before
   that does not count. */
static inline int64_t pulse_overdue_ns(const struct pulse *pulse, int64_t resumed_ns, int64_t now_ns)
{
    int64_t beaten_ns = atomic_load_explicit(&pulse->beaten_ns, memory_order_relaxed);
    int64_t since_ns = beaten_ns > resumed_ns ? beaten_ns : resumed_ns;
    int64_t overdue_ns = now_ns - since_ns - PULSE_SLEEP_MS_MAX * INT64_C(1000000);
    return beaten_ns == 0 || overdue_ns < 0 ? 0 : overdue_ns;
}
