#include "cache/blob_writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "piece_box.h"

static struct piece_box box;

static void set_up(void)
{
    piece_box_init(&box);
}

static void tear_down(void)
{
    piece_box_clear(&box);
}

TestSuite(blob_writer, .init = set_up, .fini = tear_down, .timeout = 60);

enum { LENGTH = 3 * 1000 * 1000 };
static char bytes[LENGTH];

/* As many different lines as fit. */
static void fill_lines(void)
{
    for (int i = 0; i < LENGTH / 10; i++) {
        char line[16];
        snprintf(line, sizeof(line), "\"%07d\"\n", i);
        memcpy(bytes + (size_t)i * 10, line, 10);
    }
}

Test(blob_writer, no_bytes_are_one_empty_piece)
{
    struct blob blob = piece_box_write(&box, NULL, 0);
    cr_expect_eq(blob.level, 0);
    cr_expect_eq(blob.length, 0);
    cr_expect(slice_equals(piece_box_find(&box, &blob.digest), SLICE("D")));
}

Test(blob_writer, few_bytes_are_one_piece_of_data)
{
    struct blob blob = piece_box_write(&box, "{}\n", 3);
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_to_hex(&blob.digest, hex);
    cr_expect_eq(blob.level, 0);
    cr_expect_eq(blob.length, 3);
    cr_expect_str_eq(hex, "8d6a17f8519d51d9edbc8116865c8094"); /* the example of cache/README.md */
    cr_expect(slice_equals(piece_box_find(&box, &blob.digest), SLICE("D{}\n")));
}

Test(blob_writer, many_bytes_are_a_tree_of_as_many_levels_as_it_takes)
{
    fill_lines();
    struct blob blob = piece_box_write(&box, bytes, LENGTH);
    cr_expect_geq(blob.level, 2);
    cr_expect_leq(blob.level, PIECE_LEVEL_MAX);
    cr_expect_eq(blob.length, LENGTH);
    cr_expect_leq(box.largest_bytes, PIECE_BYTES_MAX);
    cr_expect_lt(box.bytes, LENGTH / 100 * 105, "trees add little: %lu", (unsigned long)box.bytes);
}

Test(blob_writer, the_same_bytes_give_the_same_pieces)
{
    fill_lines();
    struct blob first = piece_box_write(&box, bytes, LENGTH);
    uint32_t count = box.numbers.count;
    struct blob second = piece_box_write(&box, bytes, LENGTH);
    cr_expect(digest_equals(&first.digest, &second.digest));
    cr_expect_eq(box.numbers.count, count);
}

/* Children must have been kept before the tree that names them. */
static bool keep_in_order(void *context, const struct digest *digest, struct slice value)
{
    (void)context;
    struct digest actual = digest_of(value.at, value.length);
    cr_expect(digest_equals(&actual, digest));
    if (value.at[0] == 'T') {
        for (uint32_t at = PIECE_TREE_HEAD_BYTES; at < value.length; at += PIECE_CHILD_BYTES) {
            struct digest child;
            memcpy(child.bytes, value.at + at, DIGEST_BYTES);
            cr_expect_neq(digest_table_find(&box.numbers, &child), DIGEST_TABLE_NONE);
        }
    }
    return piece_box_keep(&box, digest, value);
}

Test(blob_writer, children_are_kept_before_their_parents)
{
    fill_lines();
    struct blob blob;
    cr_assert(blob_write(bytes, LENGTH, keep_in_order, NULL, &blob));
    cr_expect_eq(digest_table_find(&box.numbers, &blob.digest), box.numbers.count - 1, "the topmost comes last");
}

static bool keep_some(void *context, const struct digest *digest, struct slice value)
{
    (void)digest;
    (void)value;
    return --*(int *)context > 0;
}

Test(blob_writer, ends_as_soon_as_a_piece_cannot_be_kept)
{
    fill_lines();
    struct blob blob = {.length = 7};
    int left = 3;
    cr_expect_not(blob_write(bytes, LENGTH, keep_some, &left, &blob));
    cr_expect_eq(left, 0, "nothing is kept after a refusal");
    cr_expect_eq(blob.length, 7, "a refusal leaves the output alone");
}
