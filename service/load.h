/*
 * load.h - what the workers' gauges say about a tick, all together.
 *
 *     load_take(&load, workers, tick, ...)       once a tick, after its number was raised
 *         ─▶ facts                               of all workers, for pressure_judge
 *         ─▶ interfaces[gate]                    who asked, and what could not be served
 *         ─▶ workers[i]                          each one's delay and utilisation, for the metrics
 *
 * Counters only grow, so a tick is a difference to what was read at the tick before. A worker that ended no turn in the
 * tick is either asleep (nobody waits) or in a long turn: then whoever came since waits for as long as that turn lasts.
 *
 * What could not be served counts on overloaded workers only: an idle one has nothing to do with it.
 *
 * Units    nanoseconds of a monotonic clock; a tick is whatever time passed between two takings.
 * Threads  one.
 */
#pragma once

#include "degrade/pressure.h"
#include "service/gate_table.h"

enum { LOAD_TICKS = 10 }; /* a second of them is remembered */

struct worker;

struct load_interface {
    uint64_t admitted, turned_away; /* in the tick, on overloaded workers; the former includes the latter */
    uint32_t asked_in_second;
};

struct load_worker {
    uint32_t delay_us, utilisation_bp; /* of the tick */

    /* private: what was read at the tick before */
    uint64_t busy_ns, evaluation_ns;
    uint32_t asked[GATE_TABLE_SLOTS], evaluated[GATE_TABLE_SLOTS], turned_away[GATE_TABLE_SLOTS];
};

struct load {
    struct pressure_facts facts;
    struct load_interface interfaces[GATE_TABLE_SLOTS];
    struct load_worker *workers;
    uint32_t worker_count;

    /* private */
    int64_t taken_ns;
    uint32_t asked[LOAD_TICKS][GATE_TABLE_SLOTS];
    uint32_t at; /* in `asked` */
};

/* False when memory ends. */
bool load_init(struct load *load, uint32_t worker_count, int64_t now_ns);
void load_clear(struct load *load);

/* `tick` is the one that has just ended. */
void load_take(struct load *load, struct worker *const *workers, uint32_t tick, uint32_t delay_target_us,
               int64_t now_ns);
