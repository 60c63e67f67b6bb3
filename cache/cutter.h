/*
 * cutter.h - where to cut bytes into pieces, so that an edit changes few of them.
 *
 * Cuts follow the content, not the position (content-defined chunking; Xia et al., "FastCDC", USENIX ATC 2016): a
 * rolling hash of the last bytes decides, so an insertion moves no cut but its neighbours'. The same for lists of
 * children, which are cut where a child's digest says so. Readers need none of this: any cutting is legal. But gateways
 * cut the documents that they hold once more to learn which pieces they need not fetch; another cutter would cost
 * bytes, not correctness.
 */
#pragma once

#include <stddef.h>

#include "cache/piece.h"

enum {
    CUTTER_DATA_BYTES_MIN = 512,
    CUTTER_DATA_BYTES_AIM = 1536,
    CUTTER_DATA_BYTES_MAX = 4000,
    CUTTER_CHILDREN_MIN = 16,
    CUTTER_CHILDREN_AIM = 64,
    CUTTER_CHILDREN_MAX = 200,
};

/* How many of the bytes make the first piece: 1 to CUTTER_DATA_BYTES_MAX; `length` is not 0. */
size_t cutter_cut_data(const uint8_t *bytes, size_t length);

/* How many of the children make the first tree; never leaves a single one over. `count` is at least 2. */
size_t cutter_cut_children(const struct blob *children, size_t count);
