/*
 * admission.h - is this request evaluated, or does it get its interface's fallback, and why?
 *
 * Asked once a request, in front of the evaluation. The first row that applies decides: an operator's switch is
 * stronger than anything the gateway thinks, and without a snapshot there is nothing to evaluate, whatever the switch
 * says. Every outcome but ADMISSION_EVALUATE is answered 200 with `degraded: true` and the row's cause.
 */
#pragma once

#include <stdbool.h>

#include "degrade/switch_mode.h"

/*      enumerator                cause in answers   in a sentence */
#define ADMISSIONS(ROW)                                                                                                \
    ROW(ADMISSION_EVALUATE, "none", "the request is evaluated")                                                        \
    ROW(ADMISSION_SWITCH, "switch", "an operator switched the interface to its fallback")                              \
    ROW(ADMISSION_SATURATED, "saturated", "the gateway has more work than it can do in time")                          \
    ROW(ADMISSION_NO_SNAPSHOT, "no_snapshot", "no release was loaded yet")                                             \
    ROW(ADMISSION_RATE_LIMITED, "rate_limited", "the caller is past its rate")                                         \
    ROW(ADMISSION_BUDGET, "budget", "the request asks for more work than one may")

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

enum admission admission_decide(enum switch_mode mode, bool has_snapshot);

/* As answers, headers and metrics spell it. */
const char *admission_cause(enum admission admission);
