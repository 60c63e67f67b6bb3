/*
 * cutter.h - where to cut bytes into pieces, so that an edit changes few of them.
 *
 * Cuts follow the content, not the position: a place is cut where the hash of the bytes behind it is the lowest of all
 * within REACH on either side (Bjørner, Blass, Gurevich, "Content-dependent chunking for differential compression, the
 * local maximum approach", JCSS 2010). So an edit moves no cut that is further away than REACH and the hash's window,
 * pieces are longer than REACH and twice as long in the middle, and only bytes that repeat themselves reach MAX. The
 * same for lists of children, where a child's digest is the hash.
 *
 * Readers need none of this: any cutting is legal. But gateways cut the documents that they hold once more to learn
 * which pieces they need not fetch; another cutter would cost bytes, not correctness.
 */
#pragma once

#include <stddef.h>

#include "cache/piece.h"

enum {
    CUTTER_DATA_REACH = 384, /* measured: see cache/README.md */
    CUTTER_DATA_BYTES_MAX = 4000,
    CUTTER_CHILDREN_REACH = 12,
    CUTTER_CHILDREN_MAX = 200,
};

/* How many of the bytes make the first piece: 1 to CUTTER_DATA_BYTES_MAX; `length` is not 0. */
size_t cutter_cut_data(const uint8_t *bytes, size_t length);

/* How many of the children make the first tree: 2 to CUTTER_CHILDREN_MAX + 1; never leaves a single one over. `count`
   is at least 2. */
size_t cutter_cut_children(const struct blob *children, size_t count);
