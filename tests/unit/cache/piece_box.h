/*
 * piece_box.h - a Redis of a test's own: pieces by name, and what it takes to read a blob from it.
 *
 * Whatever cannot be arranged ends the program.
 */
#pragma once

#include "cache/assembly.h"
#include "cache/digest_table.h"
#include "cache/piece.h"

struct piece_box {
    struct digest_table numbers;
    struct slice *values; /* by number */
    uint32_t capacity;
    uint32_t largest_bytes;
    uint64_t bytes;
};

void piece_box_init(struct piece_box *box);
void piece_box_clear(struct piece_box *box);

/* A blob_keep: context is the box. */
bool piece_box_keep(void *box, const struct digest *digest, struct slice piece);

/* Cuts the bytes and keeps the pieces. */
struct blob piece_box_write(struct piece_box *box, const void *bytes, size_t length);

/* Keeps any value under the name of its content. */
struct digest piece_box_put(struct piece_box *box, const void *value, size_t length);

/* Ends the program when it is not there. */
struct slice piece_box_find(const struct piece_box *box, const struct digest *digest);

/* Offers whatever is missing until nothing is, or an offer is refused: the last verdict. */
enum assembly_verdict piece_box_serve(const struct piece_box *box, struct assembly *assembly);

/* A tree, as bytes; `ret_value` has PIECE_BYTES_MAX. */
size_t piece_box_tree(uint8_t level, const struct blob *children, size_t count, char *ret_value);
