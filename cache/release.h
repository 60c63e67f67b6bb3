/*
 * release.h - from what a source yielded to a snapshot, or to the full list of what is wrong.
 *
 * A set whose reading already had problems (a file without permission) is never compiled, but its readable documents
 * are checked all the same: an operator hears everything at once.
 */
#pragma once

#include "policy/snapshot.h"

/* Asked before a release is used for the first time: before its documents are compiled or its image is read. */
struct release_gate {
    void *context;
    /* False with a problem. */
    bool (*may_try)(void *context, uint64_t release, struct problems *problems);
};

/* NULL with at least one problem; `problems` may hold those of reading. `release` 0: the number of the content. */
struct snapshot *release_compile(const struct documents *documents, uint64_t release,
                                 const struct snapshot_limits *limits, struct problems *problems);

/* The same, where the gate lets it. A release that has no number but its content's is read and checked before. */
struct snapshot *release_compile_gated(const struct documents *documents, uint64_t release,
                                       const struct release_gate *gate, const struct snapshot_limits *limits,
                                       struct problems *problems);
