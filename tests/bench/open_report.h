#pragma once
/*
 * The JSON object that bench_open prints: the run, its totals, phases, interfaces and time line.
 *
 *     {"start_ns": .., "seconds": .., "window_ms": 100, "reopened": 0, "lag_p99_us": .., "lag_max_us": ..,
 *      "total": {"offered": .., "sent": .., "full": .., "saturated": .., ..., "full_p50_us": .., ...},
 *      "phases": [{"rate": .., "start_s": .., "end_s": .., "offered": .., ...}, ...],
 *      "interfaces": {"checkout": {...}, ..., "other": {...}},
 *      "windows": [{"offered": .., ...}, ...]}
 */

#include "tests/bench/interface_mix.h"
#include "tests/bench/open_loop.h"

struct open_report {
    const struct open_loop_result *result;
    const struct schedule *schedule;
    const struct interface_mix *interfaces;
    const struct tally *tally;
};

void open_report_print(const struct open_report *report);
