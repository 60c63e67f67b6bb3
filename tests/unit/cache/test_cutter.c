#include "cache/cutter.h"

#include <criterion/criterion.h>
#include <stdlib.h>

TestSuite(cutter, .timeout = 60);

enum {
    LENGTH = 1 << 20,
    WINDOW = 32, /* of the hash, see cutter.c */
    CUTS_MAX = LENGTH / CUTTER_DATA_REACH + 2,
};

static uint8_t bytes[LENGTH + 64];

static uint64_t random_state;

/* SplitMix64: the same numbers in every run. */
static uint64_t next_random(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void fill(uint64_t seed)
{
    random_state = seed;
    for (size_t i = 0; i < LENGTH; i++) {
        bytes[i] = (uint8_t)next_random();
    }
}

/* Where the bytes are cut; how often. */
static size_t cut_all(const uint8_t *at, size_t length, size_t *cuts)
{
    size_t count = 0;
    for (size_t from = 0; from < length;) {
        from += cutter_cut_data(at + from, length - from);
        cuts[count++] = from;
    }
    return count;
}

Test(cutter, pieces_are_longer_than_the_reach_and_never_too_long)
{
    static size_t cuts[CUTS_MAX];
    fill(1);
    size_t count = cut_all(bytes, LENGTH, cuts), largest = 0;
    cr_assert_eq(cuts[count - 1], LENGTH);
    for (size_t i = 0, from = 0; i < count; from = cuts[i++]) {
        size_t length = cuts[i] - from;
        cr_expect_leq(length, CUTTER_DATA_BYTES_MAX);
        cr_expect(length >= CUTTER_DATA_REACH || i == count - 1);
        largest = length > largest ? length : largest;
    }
    size_t average = LENGTH / count;
    cr_expect(average > 2 * CUTTER_DATA_REACH * 9 / 10 && average < 2 * CUTTER_DATA_REACH * 11 / 10, "%zu", average);
    cr_expect_lt(largest, CUTTER_DATA_BYTES_MAX, "no cut is forced in what does not repeat itself");
}

/* Cuts beyond `from` must be the same in both lists, the second moved by `shift`. */
static size_t count_moved(const size_t *before, size_t count_before, const size_t *after, size_t count_after,
                          size_t edit_at, ptrdiff_t shift)
{
    size_t moved = 0;
    for (size_t i = 0; i < count_before; i++) {
        ptrdiff_t expected = (ptrdiff_t)before[i] + (before[i] > edit_at ? shift : 0);
        bool found = false;
        for (size_t k = 0; k < count_after; k++) {
            found = found || (ptrdiff_t)after[k] == expected;
        }
        bool is_near = before[i] + CUTTER_DATA_REACH + WINDOW > edit_at && before[i] < edit_at + CUTTER_DATA_REACH + 1;
        cr_expect(found || is_near, "the cut at %zu moved for an edit at %zu", before[i], edit_at);
        moved += !found;
    }
    return moved;
}

Test(cutter, an_edit_moves_no_cut_that_is_out_of_reach)
{
    static size_t before[CUTS_MAX], after[CUTS_MAX];
    enum { PART = 64 * 1024 };
    static uint8_t edited[PART + 15];
    fill(2);
    size_t count = cut_all(bytes, PART, before);
    for (int i = 0; i < 100; i++) {
        size_t at = next_random() % PART;
        memcpy(edited, bytes, at);
        memcpy(edited + at, "\"310115-0001\", ", 15);
        memcpy(edited + at + 15, bytes + at, PART - at);
        cr_expect_leq(count_moved(before, count, after, cut_all(edited, PART + 15, after), at, 15), 3);
    }
}

Test(cutter, what_repeats_itself_is_cut_as_late_as_may_be)
{
    memset(bytes, 'a', LENGTH);
    cr_expect_eq(cutter_cut_data(bytes, LENGTH), CUTTER_DATA_BYTES_MAX);
    cr_expect_eq(cutter_cut_data(bytes, CUTTER_DATA_BYTES_MAX), CUTTER_DATA_BYTES_MAX);
    cr_expect_geq(cutter_cut_data(bytes, CUTTER_DATA_BYTES_MAX + 1), CUTTER_DATA_BYTES_MAX - WINDOW);
}

Test(cutter, short_bytes_are_one_piece)
{
    fill(3);
    for (size_t length = 1; length <= CUTTER_DATA_REACH; length++) {
        cr_expect_eq(cutter_cut_data(bytes, length), length);
    }
}

static void fill_children(struct blob *children, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t words[2] = {next_random(), next_random()};
        memcpy(children[i].digest.bytes, words, sizeof(words));
    }
}

Test(cutter, trees_never_leave_a_single_child_over)
{
    enum { CHILDREN = CUTTER_CHILDREN_MAX + 2 };
    static struct blob random[CHILDREN], same[CHILDREN];
    fill_children(random, CHILDREN);
    for (size_t count = 2; count <= CHILDREN; count++) {
        const struct blob *const lists[] = {random, same};
        for (size_t i = 0; i < 2; i++) {
            size_t cut = cutter_cut_children(lists[i], count);
            cr_expect(cut >= 2 && cut <= CUTTER_CHILDREN_MAX + 1 && cut <= count, "%zu of %zu", cut, count);
            cr_expect_neq(count - cut, 1);
            cr_expect(cut >= CUTTER_CHILDREN_REACH || cut == count);
        }
    }
    cr_expect_eq(cutter_cut_children(same, CUTTER_CHILDREN_MAX + 1), CUTTER_CHILDREN_MAX + 1);
    cr_expect_eq(cutter_cut_children(same, CUTTER_CHILDREN_MAX + 2), CUTTER_CHILDREN_MAX);
}

Test(cutter, other_children_elsewhere_do_not_move_a_trees_end)
{
    enum { CHILDREN = 2000 };
    static struct blob children[CHILDREN];
    fill_children(children, CHILDREN);
    size_t first = cutter_cut_children(children, CHILDREN);
    size_t second = cutter_cut_children(children + first, CHILDREN - first);
    fill_children(children, first - CUTTER_CHILDREN_REACH);
    size_t from = 0, end;
    do {
        from += end = cutter_cut_children(children + from, CHILDREN - from);
    } while (from < first + second);
    cr_expect_eq(from, first + second);
}
