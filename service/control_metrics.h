/*
 * control_metrics.h - breakers, switches and workers' load as /metrics shows them.
 *
 * Per interface: the state (1 for the one in force), the share, transitions that have occurred; per worker: delay and
 * utilisation of the last tick.
 */
#pragma once

#include "service/breakers.h"
#include "service/cgroup.h"
#include "service/metric_text.h"

struct control_metrics {
    const struct config *config;
    const struct breakers *breakers;
    const struct load *load;
    const struct switches *switches;
    const struct cgroup_facts *cgroup;
    uint64_t memory_ceiling_bytes; /* 0: none */
    bool is_memory_short;
    uint64_t stuck_workers, gaps, store_failures; /* so far */
    int64_t now_unix_s;
};

void control_metrics_append(struct metric_text *out, const struct control_metrics *metrics);
