/*
 * release.h - from what a source yielded to a snapshot, or to the full list of what is wrong.
 *
 * A set whose reading already had problems (a file without permission) is never compiled, but its readable documents
 * are checked all the same: an operator hears everything at once.
 */
#pragma once

#include "policy/snapshot.h"

/* NULL with at least one problem; `problems` may hold those of reading. `release` 0: the number of the content. */
struct snapshot *release_compile(const struct documents *documents, uint64_t release,
                                 const struct snapshot_limits *limits, struct problems *problems);

/* Is memory among the problems? Then the same documents may be fine a little later. */
bool release_lacked_memory(const struct problems *problems);
