#include "cache/piece.h"

#include <criterion/criterion.h>

#include "piece_box.h"

TestSuite(piece, .timeout = 60);

static const char *reason;

static bool decodes(const char *bytes, size_t length, struct blob expected, struct piece *ret_piece)
{
    reason = NULL;
    return piece_decode((struct slice){.at = bytes, .length = (uint32_t)length}, &expected, ret_piece, &reason);
}

Test(piece, data_is_a_letter_and_the_bytes)
{
    struct piece piece;
    cr_assert(decodes("D{}\n", 4, (struct blob){.length = 3}, &piece));
    cr_expect_eq(piece.level, 0);
    cr_expect(slice_equals(piece.data, SLICE("{}\n")));
    cr_assert(decodes("D", 1, (struct blob){.length = 0}, &piece));
    cr_expect_eq(piece.data.length, 0);
}

Test(piece, a_tree_lists_its_children_in_order)
{
    static const char bytes[] = "T\x02"
                                "aaaaaaaaaaaaaaaa\x02\x01\x00\x00"
                                "bbbbbbbbbbbbbbbb\x00\x00\x01\x00";
    struct piece piece;
    cr_assert(decodes(bytes, 42, (struct blob){.level = 2, .length = 0x10102}, &piece), "%s", reason);
    cr_expect_eq(piece.level, 2);
    cr_assert_eq(piece.child_count, 2);
    struct blob first = piece_child(&piece, 0), second = piece_child(&piece, 1);
    cr_expect_arr_eq(first.digest.bytes, "aaaaaaaaaaaaaaaa", 16);
    cr_expect_eq(first.length, 0x0102);
    cr_expect_eq(first.level, 1);
    cr_expect_arr_eq(second.digest.bytes, "bbbbbbbbbbbbbbbb", 16);
    cr_expect_eq(second.length, 0x010000);
}

#define A "aaaaaaaaaaaaaaaa"

Test(piece, what_a_reader_must_know_is_checked)
{
    static const struct {
        const char *bytes;
        size_t length;
        struct blob expected;
        const char *reason;
    } rows[] = {
        {"", 0, {.length = 0}, "is empty"},
        {"Dab", 3, {.length = 3}, "holds another number of bytes than it was named with"},
        {"Dab", 3, {.length = 1}, "holds another number of bytes than it was named with"},
        {"Zab", 3, {.length = 2}, "is not data where data must be"},
        {"T\x01" A "\1\0\0\0" A "\1\0\0\0", 42, {.length = 41}, "is not data where data must be"},
        {"T", 1, {.level = 1, .length = 2}, "is not a tree of the level that it was named with"},
        {"D\x01" A "\1\0\0\0" A "\1\0\0\0",
         42,
         {.level = 1, .length = 2},
         "is not a tree of the level that it was named with"},
        {"T\x02" A "\1\0\0\0" A "\1\0\0\0",
         42,
         {.level = 1, .length = 2},
         "is not a tree of the level that it was named with"},
        {"T\x01" A "\1\0\0\0" A "\1\0\0\0", 41, {.level = 1, .length = 2}, "ends within a child"},
        {"T\x01", 2, {.level = 1, .length = 2}, "is a tree of less than two children"},
        {"T\x01" A "\2\0\0\0", 22, {.level = 1, .length = 2}, "is a tree of less than two children"},
        {"T\x01" A "\2\0\0\0" A "\0\0\0\0", 42, {.level = 1, .length = 2}, "names a child of an impossible length"},
        {"T\x01" A "\0\x20\0\0" A "\1\0\0\0",
         42,
         {.level = 1, .length = 8193},
         "names a child of an impossible length"},
        {"T\x02" A "\2\0\0\0" A "\1\0\0\0", 42, {.level = 2, .length = 3}, "names a child of an impossible length"},
        {"T\x01" A "\1\0\0\0" A "\1\0\0\0",
         42,
         {.level = 1, .length = 3},
         "has children that hold another number of bytes than it was named with"},
        {"T\x01" A "\1\0\0\0" A "\xFF\xFF\xFF\xFF",
         42,
         {.level = 1, .length = 0},
         "names a child of an impossible length"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct piece piece;
        cr_expect_not(decodes(rows[i].bytes, rows[i].length, rows[i].expected, &piece), "row %zu", i);
        cr_expect_str_eq(reason, rows[i].reason, "row %zu: %s", i, reason);
    }
}

Test(piece, lengths_add_up_beyond_32_bits)
{
    /* 4 GiB and 1 byte of which 32 bits would see 1. */
    struct blob children[] = {{.length = UINT32_MAX}, {.length = 2}};
    char value[PIECE_BYTES_MAX];
    size_t length = piece_box_tree(2, children, 2, value);
    struct piece piece;
    cr_expect_not(decodes(value, length, (struct blob){.level = 2, .length = 1}, &piece));
    cr_expect_str_eq(reason, "has children that hold another number of bytes than it was named with");
}

Test(piece, is_of_8_kib_at_most)
{
    static char bytes[PIECE_BYTES_MAX + 1] = {'D'};
    struct piece piece;
    cr_expect(decodes(bytes, PIECE_BYTES_MAX, (struct blob){.length = PIECE_BYTES_MAX - 1}, &piece));
    cr_expect_not(decodes(bytes, PIECE_BYTES_MAX + 1, (struct blob){.length = PIECE_BYTES_MAX}, &piece));
    cr_expect_str_eq(reason, "is larger than 8 KiB");
}

Test(piece, a_tree_may_be_full)
{
    static struct blob children[PIECE_CHILDREN_MAX];
    for (size_t i = 0; i < PIECE_CHILDREN_MAX; i++) {
        children[i].length = 1;
    }
    char value[PIECE_BYTES_MAX];
    size_t length = piece_box_tree(1, children, PIECE_CHILDREN_MAX, value);
    struct piece piece;
    cr_expect(decodes(value, length, (struct blob){.level = 1, .length = PIECE_CHILDREN_MAX}, &piece));
    cr_expect_eq(piece.child_count, 409);
}

Test(piece, a_name_can_be_only_within_the_ceilings)
{
    static const struct {
        struct blob blob;
        bool can_be;
    } rows[] = {
        {{.level = 0, .length = 0}, true},
        {{.level = 0, .length = 8191}, true},
        {{.level = 0, .length = 8192}, false},
        {{.level = 1, .length = 1}, false},
        {{.level = 1, .length = 2}, true},
        {{.level = 8, .length = 255}, false},
        {{.level = 8, .length = UINT32_MAX}, true},
        {{.level = 9, .length = UINT32_MAX}, false},
        {{.level = 255, .length = UINT32_MAX}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(piece_can_be(&rows[i].blob), rows[i].can_be, "row %zu", i);
    }
}
