#include "cache/assembly.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "piece_box.h"

enum { LENGTH = 300 * 1000 };

static struct piece_box box;
static struct assembly *assembly;
static char bytes[LENGTH];

static void set_up(void)
{
    piece_box_init(&box);
    assembly = assembly_create(1 << 30);
    cr_assert(assembly != NULL);
    for (int i = 0; i < LENGTH / 10; i++) {
        char line[16];
        snprintf(line, sizeof(line), "\"%07d\"\n", i);
        memcpy(bytes + (size_t)i * 10, line, 10);
    }
}

static void tear_down(void)
{
    assembly_free(assembly);
    piece_box_clear(&box);
}

TestSuite(assembly, .init = set_up, .fini = tear_down, .timeout = 60);

static size_t missing(struct digest ret_digests[100])
{
    struct assembly_need needs[100];
    size_t count = assembly_missing(assembly, needs, 100);
    for (size_t i = 0; i < count; i++) {
        ret_digests[i] = needs[i].digest;
    }
    return count;
}

static size_t count_missing(void)
{
    struct digest digests[100];
    return missing(digests);
}

static enum assembly_verdict offer(const struct digest *digest)
{
    return assembly_offer(assembly, digest, piece_box_find(&box, digest));
}

/* A tree of these children, in the box. */
static struct blob put_tree(uint8_t level, const struct blob *children, size_t count)
{
    char value[PIECE_BYTES_MAX];
    struct blob tree = {.level = level};
    for (size_t i = 0; i < count; i++) {
        tree.length += children[i].length;
    }
    tree.digest = piece_box_put(&box, value, piece_box_tree(level, children, count, value));
    return tree;
}

static void expect_taken(size_t index, const char *expected, size_t length)
{
    char *taken = assembly_take(assembly, index);
    cr_assert(taken != NULL);
    cr_expect_arr_eq(taken, expected, length);
    cr_expect_eq(taken[length], '\0');
    free(taken);
}

Test(assembly, gives_back_the_bytes_that_were_written)
{
    for (size_t length = 0; length <= LENGTH; length = length * 3 + 1) {
        struct blob blob = piece_box_write(&box, bytes, length);
        cr_assert(assembly_want(assembly, &blob));
    }
    cr_assert_eq(piece_box_serve(&box, assembly), ASSEMBLY_USED);
    for (size_t length = 0, i = 0; length <= LENGTH; length = length * 3 + 1, i++) {
        expect_taken(i, bytes, length);
    }
}

Test(assembly, asks_level_by_level_for_all_blobs_together)
{
    struct blob tree = piece_box_write(&box, bytes, 10000), data = piece_box_write(&box, "x", 1);
    cr_assert(assembly_want(assembly, &tree));
    cr_assert(assembly_want(assembly, &data));
    struct digest digests[100];
    cr_assert_eq(missing(digests), 2);
    cr_expect(digest_equals(&digests[0], &tree.digest));
    cr_expect(digest_equals(&digests[1], &data.digest));
    cr_expect_eq(offer(&tree.digest), ASSEMBLY_USED);
    size_t count = missing(digests);
    cr_expect_gt(count, 3, "the tree's children");
    cr_expect(digest_equals(&digests[0], &data.digest), "what was known first is named first");
    cr_expect_eq(missing(digests), count, "and again, until it is offered");
}

Test(assembly, what_several_places_need_is_asked_for_once)
{
    struct blob a = piece_box_write(&box, "a", 1), b = piece_box_write(&box, "b", 1);
    struct blob tree = put_tree(1, (struct blob[]){a, b, a, a}, 4);
    cr_assert(assembly_want(assembly, &tree));
    cr_assert(assembly_want(assembly, &tree));
    cr_assert(assembly_want(assembly, &a));
    cr_expect_eq(count_missing(), 2);
    cr_expect_eq(offer(&tree.digest), ASSEMBLY_USED);
    cr_expect_eq(count_missing(), 2);
    cr_assert_eq(piece_box_serve(&box, assembly), ASSEMBLY_USED);
    expect_taken(0, "abaa", 4);
    expect_taken(2, "a", 1);
    expect_taken(1, "abaa", 4);
}

Test(assembly, data_are_announced_with_their_exact_size)
{
    struct blob data = piece_box_write(&box, "abc", 3);
    struct blob tree = piece_box_write(&box, bytes, 10000);
    cr_assert(assembly_want(assembly, &data));
    cr_assert(assembly_want(assembly, &tree));
    struct assembly_need needs[2];
    cr_assert_eq(assembly_missing(assembly, needs, 2), 2);
    cr_expect_eq(needs[0].value_bytes_max, 4);
    cr_expect_eq(needs[1].value_bytes_max, PIECE_BYTES_MAX);
}

Test(assembly, content_that_does_not_fit_its_name_is_bad_and_may_come_from_elsewhere)
{
    struct blob blob = piece_box_write(&box, "abc", 3);
    cr_assert(assembly_want(assembly, &blob));
    cr_expect_eq(assembly_offer(assembly, &blob.digest, SLICE("Dabd")), ASSEMBLY_BAD);
    cr_expect_str_eq(assembly_reason(assembly), "has another content than its name says");
    cr_expect_eq(assembly_offer(assembly, &blob.digest, SLICE("")), ASSEMBLY_BAD);
    cr_expect_eq(count_missing(), 1);
    cr_expect_eq(offer(&blob.digest), ASSEMBLY_USED);
    cr_expect_eq(count_missing(), 0);
    expect_taken(0, "abc", 3);
}

Test(assembly, every_changed_bit_of_a_piece_is_seen)
{
    struct blob blob = piece_box_write(&box, bytes, 10000);
    struct slice value = piece_box_find(&box, &blob.digest);
    char changed[PIECE_BYTES_MAX];
    cr_assert(assembly_want(assembly, &blob));
    for (uint32_t bit = 0; bit < value.length * 8; bit++) {
        memcpy(changed, value.at, value.length);
        changed[bit / 8] = (char)(changed[bit / 8] ^ (1 << bit % 8));
        struct slice slice = {.at = changed, .length = value.length};
        cr_assert_eq(assembly_offer(assembly, &blob.digest, slice), ASSEMBLY_BAD);
    }
    for (uint32_t length = 0; length < value.length; length++) {
        struct slice slice = {.at = value.at, .length = length};
        cr_assert_eq(assembly_offer(assembly, &blob.digest, slice), ASSEMBLY_BAD);
    }
}

Test(assembly, what_nobody_waits_for_is_unwanted)
{
    struct blob blob = piece_box_write(&box, "abc", 3), other = piece_box_write(&box, "abcd", 4);
    cr_assert(assembly_want(assembly, &blob));
    cr_expect_eq(offer(&other.digest), ASSEMBLY_UNWANTED);
    cr_expect_eq(offer(&blob.digest), ASSEMBLY_USED);
    cr_expect_eq(offer(&blob.digest), ASSEMBLY_UNWANTED, "it is here already");
}

Test(assembly, a_name_that_lies_about_length_or_level_is_found_out)
{
    struct blob data = piece_box_write(&box, "abc", 3), tree = piece_box_write(&box, bytes, 10000);
    struct blob rows[] = {data, data, tree, tree, tree};
    rows[0].length = 4;
    rows[1].level = 1;
    rows[2].length--;
    rows[3].level = 2;
    rows[4].level = 0;
    rows[4].length = 81; /* what the tree itself has, less its letter */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assembly *one = assembly_create(1 << 20);
        cr_assert(assembly_want(one, &rows[i]), "row %zu", i);
        cr_expect_eq(piece_box_serve(&box, one), ASSEMBLY_BAD, "row %zu", i);
        assembly_free(one);
    }
}

Test(assembly, one_name_with_two_lengths_is_refused)
{
    struct blob data = piece_box_write(&box, "abc", 3), other = data, fine = piece_box_write(&box, "x", 1);
    other.length = 4;
    cr_assert(assembly_want(assembly, &data));
    cr_expect_not(assembly_want(assembly, &other));
    cr_expect_str_eq(assembly_reason(assembly),
                     "names a piece with another length or level than it is named with elsewhere");

    struct blob tree = put_tree(1, (struct blob[]){fine, other}, 2);
    cr_assert(assembly_want(assembly, &tree));
    cr_expect_eq(offer(&tree.digest), ASSEMBLY_BAD);
    cr_expect_eq(count_missing(), 2, "nothing of the bad tree is asked for");
    cr_expect_eq(offer(&data.digest), ASSEMBLY_USED);
    expect_taken(0, "abc", 3);
}

Test(assembly, a_child_that_a_bad_tree_named_wrongly_may_be_named_rightly)
{
    struct blob data = piece_box_write(&box, "abc", 3), shorter = data, longer = data;
    shorter.length = 2;
    longer.length = 4;
    struct blob bad = put_tree(1, (struct blob[]){shorter, longer}, 2);
    struct blob good = put_tree(1, (struct blob[]){data, data}, 2);
    cr_assert(assembly_want(assembly, &bad));
    cr_expect_eq(offer(&bad.digest), ASSEMBLY_BAD);
    cr_assert(assembly_want(assembly, &good));
    cr_expect_eq(offer(&good.digest), ASSEMBLY_USED);
    cr_expect_eq(offer(&data.digest), ASSEMBLY_USED);
    expect_taken(1, "abcabc", 6);
}

Test(assembly, more_bytes_than_allowed_are_refused_at_the_door)
{
    struct assembly *small = assembly_create(10);
    struct blob blob = {.length = 6}, rest = {.digest = {{1}}, .length = 4}, one = {.digest = {{2}}, .length = 1};
    cr_expect(assembly_want(small, &blob));
    cr_expect_not(assembly_want(small, &blob), "12 bytes");
    cr_expect_str_eq(assembly_reason(small), "holds more bytes than are allowed");
    cr_expect(assembly_want(small, &rest), "10 bytes");
    cr_expect_not(assembly_want(small, &one), "11 bytes");
    assembly_free(small);
}

Test(assembly, impossible_names_are_refused_at_the_door)
{
    struct blob rows[] = {{.level = 0, .length = PIECE_BYTES_MAX}, {.level = 9, .length = 100000}, {.level = 1}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_not(assembly_want(assembly, &rows[i]));
        cr_expect_str_eq(assembly_reason(assembly), "has an impossible length or level");
    }
}

Test(assembly, a_declared_length_claims_no_memory)
{
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    struct blob blob = {.level = 3, .length = 64 * 1024 * 1024};
    for (uint8_t i = 0; i < 16; i++) {
        blob.digest.bytes[0] = i;
        cr_assert(assembly_want(assembly, &blob));
    }
    cr_expect_lt(mallinfo2().uordblks + mallinfo2().hblkhd, before + 100 * 1000);
}

Test(assembly, a_tree_that_repeats_one_child_costs_no_memory_before_it_is_taken)
{
    /* 2 bytes to 64 MiB in four pieces: each level names one child 400 times. */
    struct blob blob = piece_box_write(&box, "x", 1);
    static struct blob children[400];
    for (uint8_t level = 1; level <= 3; level++) {
        for (size_t i = 0; i < 400; i++) {
            children[i] = blob;
        }
        blob = put_tree(level, children, 400);
    }
    cr_assert_eq(blob.length, 64 * 1000 * 1000);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    cr_assert(assembly_want(assembly, &blob));
    cr_assert_eq(piece_box_serve(&box, assembly), ASSEMBLY_USED);
    cr_expect_lt(mallinfo2().uordblks + mallinfo2().hblkhd, before + 100 * 1000);
    char *taken = assembly_take(assembly, 0);
    cr_assert(taken != NULL);
    cr_expect_eq(strspn(taken, "x"), blob.length);
    free(taken);
}

Test(assembly, what_was_taken_may_be_wanted_again)
{
    struct blob blob = piece_box_write(&box, bytes, 10000);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(assembly_want(assembly, &blob));
        cr_expect_eq(count_missing(), 1);
        cr_assert_eq(piece_box_serve(&box, assembly), ASSEMBLY_USED);
        expect_taken(i, bytes, 10000);
    }
}

Test(assembly, left_half_way_it_frees_what_it_has)
{
    struct blob blob = piece_box_write(&box, bytes, LENGTH);
    cr_assert(assembly_want(assembly, &blob));
    cr_expect_eq(offer(&blob.digest), ASSEMBLY_USED);
    struct digest digests[100];
    missing(digests);
    cr_expect_eq(offer(&digests[0]), ASSEMBLY_USED);
    /* tear_down frees it; run_unit.sh fails the suite on any leak */
}
