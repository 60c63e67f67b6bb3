/*
 * suspicion.h - does a release look like a mistake? Better an old good one than a new one that somebody must explain.
 *
 * Judged from the root alone, before a byte of it is fetched, against what is in force:
 *
 *     a smaller number                 Redis lost data: numbers only grow, a rollback too gets a new one
 *     the same number, other content   likewise, and somebody published since
 *     no policy at all                 unless a person confirmed it (`forced`)
 *     many policies fewer              likewise; `drop_max_bp` of those in force may go
 *     more bytes than allowed          whoever confirms it
 *
 * Pure. The problems say what to do.
 */
#pragma once

#include "cache/root.h"
#include "policy/problem.h"

struct suspicion_limits {
    uint32_t drop_max_bp;       /* of the policies in force that one release may take away */
    uint64_t release_max_bytes; /* of all documents */
};

/* `in_force` NULL: nothing is. False adds at least one problem. */
bool suspicion_clears(const struct root *root, const struct root *in_force, const struct suspicion_limits *limits,
                      struct problems *problems);
