/*
 * admission.h - is this request evaluated, or does it get its interface's fallback, and why?
 *
 * Asked once a request, in front of the evaluation. The first row that applies decides: an operator's switch is
 * stronger than anything the gateway thinks; without a snapshot there is nothing to evaluate; `never` overrules the
 * breaker; the breaker's share is last. Rate limits and time budgets, which need more than a word, are asked by the
 * caller in between. Every outcome but ADMISSION_EVALUATE is answered 200 with `degraded: true` and the row's cause.
 *
 * Who is within the share is a matter of the user and the hour: a user's retry meets the same side, on any connection
 * and any gateway, and nobody is left out for long. A share that grows only adds users. (DAGOR's user priority,
 * redrawn hourly.)
 */
#pragma once

#include <stdbool.h>

#include "degrade/gate.h"

/*      enumerator                cause in answers   in a sentence */
#define ADMISSIONS(ROW)                                                                                                \
    ROW(ADMISSION_EVALUATE, "none", "the request is evaluated")                                                        \
    ROW(ADMISSION_SWITCH, "switch", "an operator switched the interface to its fallback")                              \
    ROW(ADMISSION_SATURATED, "saturated", "the gateway has more work than it can do in time")                          \
    ROW(ADMISSION_NO_SNAPSHOT, "no_snapshot", "no release was loaded yet")                                             \
    ROW(ADMISSION_RATE_LIMITED, "rate_limited", "the caller is past its rate")                                         \
    ROW(ADMISSION_BUDGET, "budget", "the request asks for more work than one may, or for it sooner than it can be done")

enum admission {
#define ROW(enumerator, cause, sentence) enumerator,
    ADMISSIONS(ROW)
#undef ROW
};

enum {
#define ROW(enumerator, cause, sentence) +1
    ADMISSION_COUNT = 0 ADMISSIONS(ROW)
#undef ROW
};

/* What the gate says without knowing the user: EVALUATE, SWITCH or NO_SNAPSHOT. */
enum admission admission_decide(struct gate gate, bool has_snapshot);

/* Must admission_slot be asked? */
static inline bool admission_is_partial(struct gate gate)
{
    return gate.share_bp < GATE_SHARE_ALL && gate.order == SWITCH_AUTO;
}

/* A user's place among 10000 in that hour; admitted are those whose place is below the share. `user_hash` is any good
   hash of the user's id. */
uint32_t admission_slot(uint64_t user_hash, int64_t hour);

/* As answers, headers and metrics spell it. */
const char *admission_cause(enum admission admission);
