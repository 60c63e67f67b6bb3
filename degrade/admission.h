/*
 * admission.h - is this request evaluated, or does it get its interface's fallback, and why?
 *
 * Asked once a request, in front of the evaluation; the first row that applies decides. An operator's switch is
 * stronger than anything the gateway thinks; who asks more than he may is told so whatever is there to answer with;
 * without a snapshot there is nothing to evaluate; an answer that would come too late is not made; the breaker's share
 * is last, and `never` overrules only that. Every outcome but ADMISSION_EVALUATE is answered 200 with `degraded: true`
 * and the row's cause. Here stand the rules that need no more than a gate's word; service/decider.c asks all of them.
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
    ROW(ADMISSION_RATE_LIMITED, "rate_limited", "the caller, or all together, are past their rate")                    \
    ROW(ADMISSION_NO_SNAPSHOT, "no_snapshot", "no release was loaded yet")                                             \
    ROW(ADMISSION_BUDGET, "budget", "the answer would come later than the caller waits for it")                        \
    ROW(ADMISSION_SATURATED, "saturated", "the gateway has more work than it can do in time")

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
