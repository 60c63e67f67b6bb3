#pragma once
/*
 * What became of the requests of an open loop: in all, by phase, by interface, and in windows of time.
 *
 *     due ──▶ offered ─┬─▶ sent ─┬─▶ full | a fallback, by cause      answered 200
 *                      │         ├─▶ not_200
 *                      │         ├─▶ broken        its connection failed, or the answer had no proper frame
 *                      │         └─▶ unanswered    the run ended first
 *                      └─▶ unsent                  too many were waiting for a connection
 *
 * Phases and interfaces are those of the request, whenever it is answered. Windows are a time line: each counts what
 * happened in it. Full decisions and fallbacks have histograms of their own, since a fallback that is quick must not
 * make full decisions look quick. Latencies are the caller's; the open loop counts from the time a request was due.
 *
 * Units      nanoseconds since the run's begin.
 * Ownership  tally_create allocates all there will be; tally_clear frees it.
 * Threads    one at a time.
 */

#include "tests/bench/histogram.h"
#include "tests/bench/response.h"

#define TALLY_WINDOWS_MAX    100000
#define TALLY_INTERFACES_MAX 9 /* eight, and those of no known name */

/* Each end a request can have; a row a name in the report. */
#define TALLY_OUTCOMES(ROW)                                                                                            \
    ROW(TALLY_FULL, "full")                                                                                            \
    ROW(TALLY_SWITCH, "switch")                                                                                        \
    ROW(TALLY_SATURATED, "saturated")                                                                                  \
    ROW(TALLY_NO_SNAPSHOT, "no_snapshot")                                                                              \
    ROW(TALLY_RATE_LIMITED, "rate_limited")                                                                            \
    ROW(TALLY_BUDGET, "budget")                                                                                        \
    ROW(TALLY_OTHER_CAUSE, "other_cause")                                                                              \
    ROW(TALLY_NOT_200, "not_200")                                                                                      \
    ROW(TALLY_BROKEN, "broken")                                                                                        \
    ROW(TALLY_UNANSWERED, "unanswered")                                                                                \
    ROW(TALLY_UNSENT, "unsent")

enum tally_outcome {
#define ROW(enumerator, name) enumerator,
    TALLY_OUTCOMES(ROW)
#undef ROW
};

enum {
#define ROW(enumerator, name) +1
    TALLY_OUTCOME_COUNT = 0 TALLY_OUTCOMES(ROW),
#undef ROW
};

extern const char *const tally_outcome_names[TALLY_OUTCOME_COUNT];

struct tally_counts {
    uint64_t offered, sent;
    uint64_t outcomes[TALLY_OUTCOME_COUNT];
};

struct tally_cell {
    struct tally_counts counts;
    struct histogram full_ns, fallback_ns;
};

struct tally_window {
    struct tally_counts counts;
    uint64_t full_p50_ns, full_p99_ns, fallback_p50_ns, fallback_p99_ns;
};

struct tally_shape {
    unsigned phases_count, interfaces_count;
    uint64_t window_ns;
    uint64_t end_ns; /* the last moment that can be counted; what comes later counts in the last window */
};

struct tally {
    struct tally_shape shape;
    struct tally_cell *total, *phases, *interfaces;
    struct tally_cell *current; /* the window under way */
    struct tally_window *windows;
    uint64_t windows_max, windows_count; /* windows that have ended */
};

/* Whose request it is. An unsent one was never drawn and has no interface. */
struct tally_request {
    unsigned phase, interface;
};
#define TALLY_NO_INTERFACE UINT32_MAX

/* What is wrong with the shape, or with memory; NULL when all is well. */
const char *tally_create(struct tally_shape shape, struct tally *ret_tally);
void tally_clear(struct tally *tally);

/* Ends the windows that are over. To be called before what happened at `now_ns` is noted. */
void tally_advance(struct tally *tally, uint64_t now_ns);
/* Ends the window under way too; nothing is noted after it. */
void tally_finish(struct tally *tally);

void tally_note_offered(struct tally *tally, unsigned phase);
void tally_note_sent(struct tally *tally, struct tally_request request);
/* `latency_ns` counts only for answers of status 200. */
void tally_note_end(struct tally *tally, struct tally_request request, enum tally_outcome outcome, uint64_t latency_ns);

/* Of a whole answer. */
enum tally_outcome tally_outcome_of(const struct response *response);

bool tally_is_fallback(enum tally_outcome outcome);
