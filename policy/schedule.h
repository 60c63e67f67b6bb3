/*
 * schedule.h - is a policy in its time?
 *
 *         from_s                                       to_s          half-open
 *     ──────┼────[window)────[window)────[window)───────┼──▶
 *     BEFORE    OUTSIDE                                   AFTER
 *
 * Windows are compiled to minutes of the week at a fixed UTC offset: one that crosses midnight belongs to the day it
 * starts on, and one that crosses the week's end is cut in two.
 *
 * Time   now_s is Unix time in seconds, from the caller.
 */
#pragma once

#include "policy/compiled.h"

/* The most minutes-of-the-week intervals that LIMIT_WINDOWS windows on seven days become, one cut at the week's end
   in each of them. */
enum { SCHEDULE_WINDOWS_MAX = LIMIT_WINDOWS * (7 + 1) };

enum schedule_state { SCHEDULE_OPEN, SCHEDULE_BEFORE, SCHEDULE_AFTER, SCHEDULE_OUTSIDE };

enum schedule_state schedule_check(const struct snapshot *snapshot, const struct compiled_policy *policy,
                                   int64_t now_s);

/* Writes the windows as sorted intervals that neither overlap nor touch; how many. */
uint16_t schedule_compile(const struct schedule *schedule, struct compiled_window out[SCHEDULE_WINDOWS_MAX]);
