#include "cache/blob_writer.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/cutter.h"

static_assert(CUTTER_DATA_BYTES_MAX + PIECE_HEAD_BYTES <= PIECE_BYTES_MAX, "data fit a piece");
static_assert(CUTTER_CHILDREN_MAX + 1 <= PIECE_CHILDREN_MAX, "and so do trees");

struct writer {
    blob_keep *keep;
    void *context;
    struct blob *blobs; /* of the level in hand, in order */
    size_t count, capacity;
};

static bool add_blob(struct writer *writer, const struct blob *blob)
{
    if (writer->count == writer->capacity) {
        size_t capacity = writer->capacity > 0 ? writer->capacity * 2 : 64;
        struct blob *blobs = reallocarray(writer->blobs, capacity, sizeof(*blobs));
        if (blobs == NULL) {
            return false;
        }
        writer->blobs = blobs;
        writer->capacity = capacity;
    }
    writer->blobs[writer->count++] = *blob;
    return true;
}

static bool keep_piece(struct writer *writer, const char *value, size_t length, struct blob *blob)
{
    assert(length <= PIECE_BYTES_MAX);
    blob->digest = digest_of(value, length);
    return writer->keep(writer->context, &blob->digest, (struct slice){.at = value, .length = (uint32_t)length});
}

static bool write_data(struct writer *writer, const uint8_t *bytes, size_t length)
{
    char value[PIECE_BYTES_MAX];
    value[0] = 'D';
    size_t at = 0;
    do {
        size_t cut = at < length ? cutter_cut_data(bytes + at, length - at) : 0;
        if (cut > 0) {
            memcpy(value + PIECE_HEAD_BYTES, bytes + at, cut);
        }
        struct blob blob = {.length = (uint32_t)cut};
        if (!keep_piece(writer, value, PIECE_HEAD_BYTES + cut, &blob) || !add_blob(writer, &blob)) {
            return false;
        }
        at += cut;
    } while (at < length);
    return true;
}

static void put_child(char *at, const struct blob *child)
{
    memcpy(at, child->digest.bytes, DIGEST_BYTES);
    for (int i = 0; i < 4; i++) {
        at[DIGEST_BYTES + i] = (char)(child->length >> (8 * i));
    }
}

static bool write_tree(struct writer *writer, const struct blob *children, size_t count, struct blob *ret_tree)
{
    char value[PIECE_BYTES_MAX];
    *ret_tree = (struct blob){.level = (uint8_t)(children[0].level + 1)};
    assert(ret_tree->level <= PIECE_LEVEL_MAX);
    value[0] = 'T';
    value[1] = (char)ret_tree->level;
    for (size_t i = 0; i < count; i++) {
        put_child(value + PIECE_TREE_HEAD_BYTES + i * PIECE_CHILD_BYTES, &children[i]);
        ret_tree->length += children[i].length;
    }
    return keep_piece(writer, value, PIECE_TREE_HEAD_BYTES + count * PIECE_CHILD_BYTES, ret_tree);
}

/* One level above: its trees take the place of their children, which are always more. */
static bool write_level(struct writer *writer)
{
    size_t trees = 0;
    for (size_t from = 0; from < writer->count;) {
        size_t cut = cutter_cut_children(writer->blobs + from, writer->count - from);
        struct blob tree;
        if (!write_tree(writer, writer->blobs + from, cut, &tree)) {
            return false;
        }
        writer->blobs[trees++] = tree;
        from += cut;
    }
    writer->count = trees;
    return true;
}

bool blob_write(const void *bytes, size_t length, blob_keep *keep, void *context, struct blob *ret_blob)
{
    assert(length <= UINT32_MAX);
    struct writer writer = {.keep = keep, .context = context};
    bool is_well = write_data(&writer, bytes, length);
    while (is_well && writer.count > 1) {
        is_well = write_level(&writer);
    }
    if (is_well) {
        *ret_blob = writer.blobs[0];
    }
    free(writer.blobs);
    return is_well;
}
