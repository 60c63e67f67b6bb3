/*
 * memory_guard.h - is memory short? Past a ceiling yes, until it is well below it again.
 *
 *     resident ≥ ceiling ─▶ short ─▶ resident < 95 % of the ceiling ─▶ not short
 *
 * The ceiling is limits.memory_max_bytes, or 95 % of the cgroup's limit (Envoy's overload manager stops requests
 * there): what the kernel kills at, less what a second of requests may need. Resident memory is asked and not what the
 * cgroup is charged with, since that has pages of files in it that the kernel would give back.
 *
 * Units    bytes.
 * Threads  any; nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 0: there is none. */
static inline uint64_t memory_guard_ceiling(uint64_t configured_bytes, uint64_t cgroup_limit_bytes)
{
    return configured_bytes != 0 ? configured_bytes : cgroup_limit_bytes / 100 * 95;
}

static inline bool memory_guard_is_short(bool was_short, uint64_t ceiling_bytes, uint64_t resident_bytes)
{
    uint64_t line_bytes = was_short ? ceiling_bytes / 100 * 95 : ceiling_bytes;
    return ceiling_bytes != 0 && resident_bytes >= line_bytes;
}
