/*
 * watchdog.h - a worker that has work and makes no progress is told, with what it does right now.
 *
 *     event `worker_stuck`   worker, for how long, its stack (thread_stack.h); once, when it passes
 *                            watchdog.dump_after_ms, and again at each doubling of that; one worker a look
 *     event `worker_moves`   it goes on
 *
 * It only tells. What helps is a restart, which is the orchestrator's: livez fails after stuck_after_s (probes.h).
 *
 * Threads  one.
 */
#pragma once

#include <stdbool.h>

#include "service/counter.h"

struct worker;

struct watchdog {
    int64_t *told_ms; /* by worker: after how long it was told last; 0: it is not stuck */
    uint32_t worker_count;
    counter stuck; /* so far */
};

/* False when memory ends. */
bool watchdog_init(struct watchdog *watchdog, uint32_t worker_count);
void watchdog_clear(struct watchdog *watchdog);

void watchdog_look(struct watchdog *watchdog, struct worker *const *workers, uint32_t dump_after_ms, int64_t now_ns);
