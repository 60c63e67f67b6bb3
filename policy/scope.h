/*
 * scope.h - which policies do the AOIs of a request concern?
 *
 * Merges sorted lists of ordinals: that of the policies for all, and for each AOI of the request those that list and
 * those that exclude it. Each policy comes once, in walk order, with what the lists say of it.
 *
 * Memory   the walk looks into the snapshot and the context.
 */
#pragma once

#include "policy/compiled.h"

struct scope_match {
    uint32_t ordinal;
    uint32_t aoi;     /* the first AOI of the request that the policy lists (scope `all`: 0), an index */
    bool is_listed;   /* some AOI of the request is in the policy's scope */
    bool is_excluded; /* some AOI of the request is in its `exclude`, which wins */
};

struct scope_list {
    const uint32_t *at, *end;
    uint32_t aoi;
    bool excludes;
};

struct scope_walk {
    uint32_t lowest; /* of the policies that the lists stand before; NO_NUMBER: at the end */
    uint32_t list_count;
    struct scope_list lists[1 + 2 * LIMIT_REQUEST_AOIS];
};

void scope_walk_begin(struct scope_walk *walk, const struct snapshot *snapshot, const struct context *context);

/* False at the end. */
bool scope_walk_next(struct scope_walk *walk, struct scope_match *ret_match);
