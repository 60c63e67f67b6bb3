/*
 * gateway.h - what the threads of the process share: two slots, a phase, a few words.
 *
 *     SERVING ─ SIGTERM ─▶ LEAVING ─ drain.grace_ms ─▶ CLOSING ─ nothing left, or drain.timeout_ms ─▶ STOPPED
 *               readyz says 503,        no new connections,
 *               answers close           idle ones are cut, the rest is answered
 *
 * Threads  the main thread writes phase, configuration and the words about it; the refresher swaps snapshots.
 */
#pragma once

#include "cache/slot.h"
#include "service/gate_table.h"
#include "service/http_loop.h"

enum gateway_phase {
    GATEWAY_SERVING,
    GATEWAY_LEAVING,
    GATEWAY_CLOSING,
    GATEWAY_STOPPED,
};

struct worker;
struct refresher;
struct source;
struct keeper;
struct control;
struct switch_poller;
struct limiter;
struct tally_names;
struct journal;

struct gateway {
    struct slot configs, snapshots;
    struct gate_table gates;
    _Atomic uint32_t tick;      /* of pressure.h: the control thread counts */
    _Atomic int phase;          /* enum gateway_phase */
    _Atomic int64_t resumed_ns; /* the last time that it was stopped as a whole, it went on at this time */
    struct http_shared service_shared, admin_shared;

    struct worker **workers;
    uint32_t worker_count;
    struct source *source;
    struct refresher *refresher;
    struct keeper *keeper;
    struct control *control;
    struct switch_poller *switch_poller; /* NULL: the source is no Redis */
    struct limiter *limiter;
    struct tally_names *tally_names;
    struct journal *journal;

    int64_t started_wall_ms;
    counter config_activations, config_refusals;
    counter config_activated_wall_ms;
};

static inline enum gateway_phase gateway_phase(const struct gateway *gateway)
{
    return (enum gateway_phase)atomic_load_explicit(&gateway->phase, memory_order_acquire);
}

/* A thread that sleeps for a known time slept much longer: the process, or its machine, was stopped. */
static inline void gateway_note_stop(struct gateway *gateway, int64_t now_ns)
{
    atomic_store_explicit(&gateway->resumed_ns, now_ns, memory_order_relaxed);
}

static inline void gateway_enter(struct gateway *gateway, enum gateway_phase phase)
{
    atomic_store_explicit(&gateway->phase, (int)phase, memory_order_release);
}
