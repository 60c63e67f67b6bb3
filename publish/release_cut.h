/*
 * release_cut.h - from documents to a release that is not yet published: its pieces, and what its root will say.
 *
 * Memory  about as much as the documents take: each different piece is kept once, until it is written and verified.
 * Errors  false with a reason: what the layout cannot hold, or no memory.
 */
#pragma once

#include "cache/root.h"
#include "policy/document.h"
#include "publish/piece_set.h"

enum { RELEASE_CUT_REASON_BYTES = 512 };

/* Adds to `pieces`; of the root, what the content decides. `documents` stand sorted by name. */
bool release_cut(const struct documents *documents, struct piece_set *pieces, struct root *ret_root,
                 char ret_reason[RELEASE_CUT_REASON_BYTES]);
