#pragma once
/*
 * When each request of an open loop is meant to leave, fixed before the run begins.
 *
 *     "300:2,10000:5,0:3"      2 s of 300 a second, 5 s of 10 000 a second, 3 s of nothing
 *      phase 0  |  phase 1  |  phase 2
 *
 * Request number k of a phase is due k/rate after the phase's begin, whatever the server does. A trace's schedule is
 * its offsets instead, in one phase.
 *
 * Units      nanoseconds since the run's begin, requests a second.
 * Ownership  the caller's struct; a trace's offsets stay the trace's.
 * Threads    read-only once made.
 * Errors     a sentence for the operator, or NULL when all is well; the struct is then untouched.
 */

#include <stdint.h>

#define SCHEDULE_PHASES_MAX  32
#define SCHEDULE_RATE_MAX    1000000 /* past what one core sends or answers */
#define SCHEDULE_SECONDS_MAX 3600    /* of all phases together */

struct schedule_phase {
    uint64_t rate_per_s; /* 0 also in a trace's phase: it has no rate of its own */
    uint64_t start_ns, end_ns;
    uint64_t first, count; /* requests */
};

struct schedule {
    struct schedule_phase phases[SCHEDULE_PHASES_MAX];
    unsigned phases_count;
    uint64_t requests_count;
    uint64_t end_ns;
    const uint64_t *offsets_ns; /* of a trace, else NULL */
};

/* RATE:SECONDS,... with a whole RATE and SECONDS of at most three decimals, at least 0.001. */
const char *schedule_parse(const char *text, struct schedule *ret_schedule);

/* `count` > 0 offsets that never fall. */
struct schedule schedule_of_trace(const uint64_t *offsets_ns, uint64_t count);

/* Of request number `sequence` < requests_count. */
uint64_t schedule_due_ns(const struct schedule *schedule, uint64_t sequence);
unsigned schedule_phase_of(const struct schedule *schedule, uint64_t sequence);
