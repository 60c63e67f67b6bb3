/*
 * processors.h - how many workers a process should have by itself: one a processor that it may use.
 *
 *     may use   processors that it may run on (its affinity), and no more than the cgroup's quota lets it have
 *
 *     16 on the machine, no quota           16 workers
 *     16, a quota of 2                       2          16 would spend the quota of 100 ms in the first 12
 *     16, a quota of 1.5; of 1.4; of 0.1     2; 1; 1    nearest: below half a core another worker is mostly throttled
 *
 * Errors   what the system does not tell is one processor, or no quota.
 */
#pragma once

#include <stdint.h>

/* `quota_cpus` 0: there is none. */
uint32_t processors_usable(uint32_t allowed, double quota_cpus);

/* Of this process, now. */
uint32_t processors_count(void);
