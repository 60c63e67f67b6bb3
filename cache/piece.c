#include "cache/piece.h"

#include <assert.h>

/* Little-endian, wherever this runs. */
static uint32_t load_length(const char *at)
{
    return bytes_load_4(at);
}

static bool fail(const char *reason, const char **ret_reason)
{
    *ret_reason = reason;
    return false;
}

bool piece_can_be(const struct blob *blob)
{
    if (blob->level == 0) {
        return blob->length <= PIECE_BYTES_MAX - PIECE_HEAD_BYTES;
    }
    /* Each level halves at most. */
    return blob->level <= PIECE_LEVEL_MAX && blob->length >= UINT32_C(1) << blob->level;
}

struct blob piece_child(const struct piece *piece, uint32_t i)
{
    assert(i < piece->child_count);
    const char *at = piece->children.at + (size_t)i * PIECE_CHILD_BYTES;
    struct blob child = {.length = load_length(at + DIGEST_BYTES), .level = (uint8_t)(piece->level - 1)};
    memcpy(child.digest.bytes, at, DIGEST_BYTES);
    return child;
}

static bool decode_data(struct slice bytes, const struct blob *expected, struct piece *ret_piece,
                        const char **ret_reason)
{
    if (bytes.at[0] != 'D') {
        return fail("is not data where data must be", ret_reason);
    }
    struct slice data = {.at = bytes.at + PIECE_HEAD_BYTES, .length = bytes.length - PIECE_HEAD_BYTES};
    if (data.length != expected->length) {
        return fail("holds another number of bytes than it was named with", ret_reason);
    }
    *ret_piece = (struct piece){.data = data};
    return true;
}

static bool check_children(const struct piece *piece, uint32_t length, const char **ret_reason)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < piece->child_count; i++) {
        struct blob child = piece_child(piece, i);
        if (child.length == 0 || !piece_can_be(&child)) {
            return fail("names a child of an impossible length", ret_reason);
        }
        sum += child.length;
    }
    return sum == length || fail("has children that hold another number of bytes than it was named with", ret_reason);
}

static bool decode_tree(struct slice bytes, const struct blob *expected, struct piece *ret_piece,
                        const char **ret_reason)
{
    if (bytes.length < PIECE_TREE_HEAD_BYTES || bytes.at[0] != 'T' || (uint8_t)bytes.at[1] != expected->level) {
        return fail("is not a tree of the level that it was named with", ret_reason);
    }
    struct slice children = {.at = bytes.at + PIECE_TREE_HEAD_BYTES, .length = bytes.length - PIECE_TREE_HEAD_BYTES};
    if (children.length % PIECE_CHILD_BYTES != 0) {
        return fail("ends within a child", ret_reason);
    }
    struct piece piece = {
        .level = expected->level, .child_count = children.length / PIECE_CHILD_BYTES, .children = children};
    if (piece.child_count < 2) {
        return fail("is a tree of less than two children", ret_reason);
    }
    if (!check_children(&piece, expected->length, ret_reason)) {
        return false;
    }
    *ret_piece = piece;
    return true;
}

bool piece_decode(struct slice bytes, const struct blob *expected, struct piece *ret_piece, const char **ret_reason)
{
    assert(expected->level <= PIECE_LEVEL_MAX);
    if (bytes.length < PIECE_HEAD_BYTES) {
        return fail("is empty", ret_reason);
    }
    if (bytes.length > PIECE_BYTES_MAX) {
        return fail("is larger than 8 KiB", ret_reason);
    }
    return expected->level == 0 ? decode_data(bytes, expected, ret_piece, ret_reason)
                                : decode_tree(bytes, expected, ret_piece, ret_reason);
}
