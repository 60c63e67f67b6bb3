#include "piece_box.h"

#include <stdio.h>
#include <stdlib.h>

#include "cache/blob_writer.h"

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "piece_box: %s\n", what);
        abort();
    }
}

void piece_box_init(struct piece_box *box)
{
    *box = (struct piece_box){0};
    digest_table_init(&box->numbers);
}

void piece_box_clear(struct piece_box *box)
{
    for (uint32_t i = 0; i < box->numbers.count; i++) {
        free((char *)box->values[i].at);
    }
    free(box->values);
    digest_table_clear(&box->numbers);
    piece_box_init(box);
}

static void make_room(struct piece_box *box)
{
    if (box->numbers.count == box->capacity) {
        box->capacity = box->capacity > 0 ? box->capacity * 2 : 64;
        box->values = reallocarray(box->values, box->capacity, sizeof(*box->values));
        must(box->values != NULL, "memory ended");
    }
}

bool piece_box_keep(void *context, const struct digest *digest, struct slice piece)
{
    struct piece_box *box = context;
    uint32_t count = box->numbers.count, number;
    make_room(box);
    must(digest_table_intern(&box->numbers, digest, &number), "memory ended");
    if (number < count) {
        return true;
    }
    char *copy = malloc(piece.length > 0 ? piece.length : 1); /* of exactly its length: reading on is seen */
    must(copy != NULL, "memory ended");
    memcpy(copy, piece.at, piece.length);
    box->values[number] = (struct slice){.at = copy, .length = piece.length};
    box->largest_bytes = piece.length > box->largest_bytes ? piece.length : box->largest_bytes;
    box->bytes += piece.length;
    return true;
}

struct blob piece_box_write(struct piece_box *box, const void *bytes, size_t length)
{
    struct blob blob;
    must(blob_write(bytes, length, piece_box_keep, box, &blob), "cannot write a blob");
    return blob;
}

struct digest piece_box_put(struct piece_box *box, const void *value, size_t length)
{
    struct digest digest = digest_of(value, length);
    piece_box_keep(box, &digest, (struct slice){.at = value, .length = (uint32_t)length});
    return digest;
}

struct slice piece_box_find(const struct piece_box *box, const struct digest *digest)
{
    uint32_t number = digest_table_find(&box->numbers, digest);
    must(number != DIGEST_TABLE_NONE, "no such piece");
    return box->values[number];
}

enum assembly_verdict piece_box_serve(const struct piece_box *box, struct assembly *assembly)
{
    struct assembly_need needs[7];
    for (;;) {
        size_t count = assembly_missing(assembly, needs, sizeof(needs) / sizeof(needs[0]));
        if (count == 0) {
            return ASSEMBLY_USED;
        }
        for (size_t i = 0; i < count; i++) {
            struct slice value = piece_box_find(box, &needs[i].digest);
            enum assembly_verdict verdict = assembly_offer(assembly, &needs[i].digest, value);
            if (verdict != ASSEMBLY_USED) {
                return verdict;
            }
        }
    }
}

size_t piece_box_tree(uint8_t level, const struct blob *children, size_t count, char *ret_value)
{
    must(PIECE_TREE_HEAD_BYTES + count * PIECE_CHILD_BYTES <= PIECE_BYTES_MAX, "too many children");
    ret_value[0] = 'T';
    ret_value[1] = (char)level;
    for (size_t i = 0; i < count; i++) {
        char *at = ret_value + PIECE_TREE_HEAD_BYTES + i * PIECE_CHILD_BYTES;
        memcpy(at, children[i].digest.bytes, DIGEST_BYTES);
        for (int k = 0; k < 4; k++) {
            at[DIGEST_BYTES + k] = (char)(children[i].length >> (8 * k));
        }
    }
    return PIECE_TREE_HEAD_BYTES + count * PIECE_CHILD_BYTES;
}
