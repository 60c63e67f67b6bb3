/*
 * Any bytes as what may stand in Redis. The first byte says as what:
 *
 *     r  a root        accepted: it is written and read again to the same
 *     m  a manifest    accepted: it is written again to the same bytes
 *     p  level[1] length[4] value: a piece under that name
 *     b  a document    cut, assembled, and the same again
 *     a  a program that builds pieces, sound ones and others, each under its right digest, and wants some of them:
 *        what is assembled has the length that was declared
 */
#include <assert.h>
#include <stdlib.h>

#include "cache/assembly.h"
#include "cache/blob_writer.h"
#include "cache/manifest.h"
#include "cache/root.h"
#include "tests/unit/cache/piece_box.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of exactly its length: reading on is seen. */
static char *copy_of(const char *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    assert(copy != NULL);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

static void check_root(struct slice json)
{
    struct root root, again;
    const char *reason = NULL;
    if (!root_decode(json, &root, &reason)) {
        assert(reason != NULL);
        return;
    }
    struct text text;
    text_init(&text, ROOT_BYTES_MAX);
    root_append(&text, &root);
    assert(!text.failed);
    bool is_root = root_decode(text_slice(&text), &again, &reason);
    assert(is_root);
    assert(again.release == root.release && again.rollback_of == root.rollback_of && again.is_forced == root.is_forced);
    assert(digest_equals(&again.manifest.digest, &root.manifest.digest));
    assert(again.manifest.length == root.manifest.length && again.manifest.level == root.manifest.level);
    text_clear(&text);
}

static void check_manifest(struct slice bytes)
{
    struct manifest manifest;
    const char *reason = NULL;
    char *copy = copy_of(bytes.at, bytes.length);
    if (!manifest_decode(copy, bytes.length, &manifest, &reason)) {
        assert(reason != NULL);
        free(copy);
        return;
    }
    struct text text;
    text_init(&text, manifest_bytes_max);
    for (uint32_t i = 0; i < manifest.count; i++) {
        manifest_append(&text, &manifest.entries[i]);
        assert(manifest_find(&manifest, manifest.entries[i].name) == &manifest.entries[i]);
    }
    assert(slice_equals(text_slice(&text), bytes));
    text_clear(&text);
    manifest_clear(&manifest);
}

static void check_piece(struct slice bytes)
{
    if (bytes.length < 5 || (uint8_t)bytes.at[0] > PIECE_LEVEL_MAX) {
        return;
    }
    struct blob expected = {.level = (uint8_t)bytes.at[0], .length = bytes_load_4(bytes.at + 1)};
    struct slice value = {.at = bytes.at + 5, .length = bytes.length - 5};
    struct piece piece;
    const char *reason = NULL;
    if (!piece_decode(value, &expected, &piece, &reason)) {
        assert(reason != NULL);
        return;
    }
    uint64_t length = piece.data.length;
    for (uint32_t i = 0; i < piece.child_count; i++) {
        struct blob child = piece_child(&piece, i);
        assert(child.level + 1 == expected.level && child.length > 0 && piece_can_be(&child));
        length += child.length;
    }
    assert(length == expected.length);
}

static void check_blob(struct slice bytes)
{
    struct piece_box box;
    piece_box_init(&box);
    struct blob blob = piece_box_write(&box, bytes.at, bytes.length);
    assert(box.largest_bytes <= PIECE_BYTES_MAX && blob.level <= PIECE_LEVEL_MAX);
    struct assembly *assembly = assembly_create(bytes.length);
    bool is_wanted = assembly_want(assembly, &blob);
    assert(is_wanted);
    enum assembly_verdict verdict = piece_box_serve(&box, assembly);
    assert(verdict == ASSEMBLY_USED);
    char *back = assembly_take(assembly, 0);
    assert(back != NULL && (bytes.length == 0 || memcmp(back, bytes.at, bytes.length) == 0));
    free(back);
    assembly_free(assembly);
    piece_box_clear(&box);
}

enum { BLOBS_MAX = 64, CHILDREN_MAX = 40 };

struct program {
    struct slice code;
    struct piece_box box;
    struct blob blobs[BLOBS_MAX]; /* as the program names them, which may be a lie */
    uint32_t count;
};

static uint8_t next(struct program *program)
{
    if (program->code.length == 0) {
        return 0;
    }
    program->code.length--;
    return (uint8_t)*program->code.at++;
}

/* A length that is right, or a little or far off. */
static uint32_t bend(uint32_t length, uint8_t how)
{
    return how < 224 ? length : how < 240 ? length + how - 232u : length << (how & 15);
}

static void build_data(struct program *program)
{
    uint32_t length = next(program);
    length = length < program->code.length ? length : program->code.length;
    char *value = copy_of(program->code.at, length);
    struct blob blob = {.digest = piece_box_put(&program->box, value, length), .length = length > 0 ? length - 1 : 0};
    free(value);
    program->code.at += length;
    program->code.length -= length;
    blob.length = bend(blob.length, next(program));
    program->blobs[program->count++] = blob;
}

static void build_tree(struct program *program)
{
    struct blob children[CHILDREN_MAX], tree = {0};
    uint32_t count = next(program) % CHILDREN_MAX;
    for (uint32_t i = 0; i < count; i++) {
        children[i] = program->count == 0 ? tree : program->blobs[next(program) % program->count];
        children[i].length = bend(children[i].length, next(program));
        tree.length += children[i].length;
        tree.level = (uint8_t)(children[i].level + 1);
    }
    char value[PIECE_BYTES_MAX];
    size_t length = piece_box_tree(tree.level, children, count, value);
    uint8_t cut = next(program);
    tree.digest = piece_box_put(&program->box, value, cut < 240 || cut > length ? length : cut);
    tree.length = bend(tree.length, next(program));
    program->blobs[program->count++] = tree;
}

/* Offers what there is until nothing is missing, something is refused or cannot be had: is all complete? */
static bool serve(const struct piece_box *box, struct assembly *assembly)
{
    struct assembly_need needs[3];
    for (size_t count; (count = assembly_missing(assembly, needs, 3)) > 0;) {
        for (size_t i = 0; i < count; i++) {
            if (digest_table_find(&box->numbers, &needs[i].digest) == DIGEST_TABLE_NONE ||
                assembly_offer(assembly, &needs[i].digest, piece_box_find(box, &needs[i].digest)) != ASSEMBLY_USED) {
                return false;
            }
        }
    }
    return true;
}

static void run(struct program *program)
{
    struct assembly *assembly = assembly_create(1 << 20);
    struct blob wanted[BLOBS_MAX];
    size_t count = 0;
    for (uint32_t i = program->count; i-- > 0;) {
        if (assembly_want(assembly, &program->blobs[i])) {
            wanted[count++] = program->blobs[i];
        }
        if (next(program) % 4 == 0) {
            serve(&program->box, assembly);
        }
    }
    if (serve(&program->box, assembly)) {
        for (size_t i = 0; i < count; i++) {
            char *bytes = assembly_take(assembly, i);
            assert(bytes != NULL && bytes[wanted[i].length] == '\0');
            free(bytes);
        }
    }
    assembly_free(assembly);
}

static void check_assembly(struct slice code)
{
    struct program program = {.code = code};
    piece_box_init(&program.box);
    while (program.code.length > 8 && program.count < BLOBS_MAX) {
        if (next(&program) % 2 == 0) {
            build_data(&program);
        } else {
            build_tree(&program);
        }
    }
    run(&program);
    piece_box_clear(&program.box);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    char *bytes = copy_of((const char *)data + 1, size - 1);
    struct slice slice = {.at = bytes, .length = (uint32_t)(size - 1)};
    switch (data[0]) {
    case 'r':
        check_root(slice);
        break;
    case 'm':
        check_manifest(slice);
        break;
    case 'p':
        check_piece(slice);
        break;
    case 'b':
        check_blob(slice);
        break;
    case 'a':
        check_assembly(slice);
        break;
    default:
        break;
    }
    free(bytes);
    return 0;
}
