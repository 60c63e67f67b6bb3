/*
 * pressure.h - how late the workers are, and what that says about the next tick.
 *
 *     worker    at the end of a turn: pressure_note(word, tick, how long the next ready request waited)
 *     control   every PRESSURE_TICK_MS: the smallest wait that each worker noted in the tick ─▶ pressure_judge ─▶
 *
 *     UNJUDGED    too few requests to tell
 *     CALM        some request waited less than half the target: the queue was empty, or nearly
 *     STEADY      in between
 *     OVERLOADED  none waited less than the target: a standing queue, not a burst
 *
 * The minimum tells a standing queue from a burst: a burst leaves a moment without waiting, overload does not.
 * A turn of a worker serves what was ready when it began, so its length is how long the next ready request waits.
 *
 * Source   CoDel (Nichols, Jacobson, "Controlling Queue Delay", 2012) and its server form (folly Codel: target 5 ms,
 *          interval 100 ms); queueing delay rather than CPU or response time: DAGOR (Zhou et al., SoCC 2018).
 * Units    microseconds of delay; ticks are numbered.
 * Threads  a word is written by its worker; any thread may read it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PRESSURE_TICK_MS = 100 };

/* A tick's number above, the smallest delay that was noted in it below. */
static inline uint64_t pressure_note(uint64_t word, uint32_t tick, uint32_t delay_us)
{
    bool is_smaller = (uint32_t)(word >> 32) != tick || delay_us < (uint32_t)word;
    return is_smaller ? (uint64_t)tick << 32 | delay_us : word;
}

/* False when nothing was noted in that tick. */
static inline bool pressure_of(uint64_t word, uint32_t tick, uint32_t *ret_delay_us)
{
    if ((uint32_t)(word >> 32) != tick) {
        return false;
    }
    *ret_delay_us = (uint32_t)word;
    return true;
}

enum pressure {
    PRESSURE_UNJUDGED,
    PRESSURE_CALM,
    PRESSURE_STEADY,
    PRESSURE_OVERLOADED,
};

/* One tick of all workers. */
struct pressure_facts {
    uint32_t delay_us;        /* the smallest of the worker that is worst off */
    uint32_t utilisation_bp;  /* of the busiest worker's time */
    uint32_t evaluation_bp;   /* of the workers' busy time, what evaluating took */
    uint32_t requests;        /* in the last second */
    bool is_evaluation_heavy; /* evaluations wait in queues that turn away what is too much */
};

struct pressure_limits {
    uint32_t delay_target_us;
    uint32_t requests_min;      /* in a second */
    uint32_t evaluation_min_bp; /* below it overload is not for shedding to relieve: STEADY instead */
};

enum pressure pressure_judge(const struct pressure_limits *limits, const struct pressure_facts *facts);

/* Overload that shedding would not relieve: the delay is there, evaluation takes less than evaluation_min_bp. */
bool pressure_is_elsewhere(const struct pressure_limits *limits, const struct pressure_facts *facts);
