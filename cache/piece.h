/*
 * piece.h - one value of the layout: bytes of a document, or a list of the pieces that hold them.
 *
 *     'D' bytes                                          data
 *     'T' level (digest[16] length[4]) (digest length)…  tree: what its children hold, one after the other
 *
 * The first byte tells the format, so that others (compressed data, say) can join later. Level 1 lists data, level 2
 * lists trees of level 1, and so on; `length` is how many bytes of the document lie below a child, little-endian. A
 * tree has at least two children, each of at least one byte: so depth and size of what hangs below a declared length
 * are bounded, whoever wrote it.
 *
 * A blob is a document cut into pieces, named by its topmost: digest, length, level (0: one piece of data holds all).
 *
 * Errors  piece_decode: false with a reason (static text); what a reader must know about foreign bytes is checked.
 */
#pragma once

#include "cache/digest.h"

enum {
    PIECE_BYTES_MAX = 8192, /* no value of the layout is larger; a reader refuses more */
    PIECE_LEVEL_MAX = 8,    /* 4 KiB pieces of two children at least: 64 MiB need 3 at the usual width */
    PIECE_HEAD_BYTES = 1,
    PIECE_TREE_HEAD_BYTES = 2,
    PIECE_CHILD_BYTES = DIGEST_BYTES + 4,
    PIECE_CHILDREN_MAX = (PIECE_BYTES_MAX - PIECE_TREE_HEAD_BYTES) / PIECE_CHILD_BYTES,
};

struct blob {
    struct digest digest; /* of its topmost piece */
    uint32_t length;      /* of all its bytes */
    uint8_t level;        /* of its topmost piece: 0 data */
};

/* A piece, decoded: slices look into it. */
struct piece {
    uint8_t level;        /* 0: data */
    struct slice data;    /* of level 0 */
    uint32_t child_count; /* of trees */
    struct slice children;
};

/* Is there any piece that could be named so? What it says of length and level must fit the ceilings above. */
bool piece_can_be(const struct blob *blob);

/* Is `bytes` a piece that `expected` may name? The digest is the caller's to check. */
bool piece_decode(struct slice bytes, const struct blob *expected, struct piece *ret_piece, const char **ret_reason);

/* Child i of a tree, as a blob of its own. */
struct blob piece_child(const struct piece *piece, uint32_t i);
