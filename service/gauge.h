/*
 * gauge.h - what a worker tells about its load: words of its own, which the control thread reads at each tick.
 *
 *     a turn       waited (pressure.h), busy_ns
 *     a request    asked and, when it was evaluated or turned away, that, by its interface's gate
 *     evaluation   one in GAUGE_SAMPLE is timed, and counts for all of them; each one where they are heavy
 *
 * Evaluations are heavy from GAUGE_HEAVY_NS on: then a queue of them is worth what suspending a request costs, some
 * 8 us (a hand-over costs 2.6 times the request itself; overload-and-reliability.md).
 *
 * Units    nanoseconds, counts since the start.
 * Threads  written by the worker's; read by any.
 */
#pragma once

#include "degrade/pressure.h"
#include "service/counter.h"
#include "service/gate_table.h"

enum { GAUGE_SAMPLE = 16, GAUGE_HEAVY_NS = 50000, GAUGE_FIRST_MAX_NS = 2000000, GAUGE_OUTLIER = 8 };

/* Of one interface. Those that were asked for and are neither, were withheld by a share, a switch or a limit. */
struct gauge_interface {
    counter asked, evaluated, turned_away; /* the last: admitted, and found the queue full */
};

struct gauge {
    _Atomic uint64_t waited[2]; /* words of pressure.h, of even and of odd ticks: one is read while one is written */
    counter busy_ns, evaluation_ns;
    counter waiting;            /* evaluations in line and batches, as the last turn left them */
    counter evaluation_mean_ns; /* of late: moving average over some eight timings */
    struct gauge_interface interfaces[GATE_TABLE_SLOTS];
};

static inline void gauge_note_wait(struct gauge *gauge, uint32_t tick, int64_t delay_ns)
{
    _Atomic uint64_t *word = &gauge->waited[tick & 1];
    uint32_t delay_us = delay_ns < INT64_C(4000000000000) ? (uint32_t)(delay_ns / 1000) : UINT32_MAX;
    atomic_store_explicit(word, pressure_note(atomic_load_explicit(word, memory_order_relaxed), tick, delay_us),
                          memory_order_relaxed);
}

static inline bool gauge_is_heavy(const struct gauge *gauge)
{
    return counter_read(&gauge->evaluation_mean_ns) >= GAUGE_HEAVY_NS;
}

/*
 * An evaluation took that long, and stands for `times`. A thread that was put aside in the middle of one makes it look
 * a hundred times dearer; what one timing may do to the mean has an end.
 */
static inline void gauge_note_evaluation(struct gauge *gauge, int64_t ns, uint32_t times)
{
    int64_t mean_ns = (int64_t)counter_read(&gauge->evaluation_mean_ns);
    int64_t most_ns = mean_ns == 0 ? GAUGE_FIRST_MAX_NS : GAUGE_OUTLIER * mean_ns;
    ns = ns < most_ns ? ns : most_ns;
    counter_set(&gauge->evaluation_mean_ns, (uint64_t)(mean_ns == 0 ? ns : mean_ns + (ns - mean_ns) / 8));
    counter_add(&gauge->evaluation_ns, (uint64_t)ns * times);
}
