#include "publish/piece_set.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct piece_set set;

static void set_up(void)
{
    piece_set_init(&set);
}

static void tear_down(void)
{
    piece_set_clear(&set);
}

TestSuite(piece_set, .init = set_up, .fini = tear_down);

static struct digest digest_number(uint32_t number)
{
    return digest_of(&number, sizeof(number));
}

Test(piece_set, pieces_are_numbered_as_they_come_and_stay_what_they_are)
{
    for (uint32_t i = 0; i < 1000; i++) {
        char value[16];
        struct digest digest = digest_number(i % 500);
        snprintf(value, sizeof(value), "D%u", i);
        cr_assert(piece_set_add(&set, &digest, slice_of(value)));
    }
    cr_assert(eq(u32, piece_set_count(&set), 500));
    struct digest digest = digest_number(499);
    cr_expect(piece_set_has(&set, &digest));
    cr_expect(digest_equals(&set.names.digests[499], &digest));
    cr_expect(slice_equals(set.items[499].value, SLICE("D499")));
}

Test(piece_set, a_name_alone_has_no_value)
{
    struct digest digest = digest_number(1), other = digest_number(2);
    cr_assert(piece_set_add(&set, &digest, (struct slice){0}));
    cr_expect(eq(ptr, (void *)(uintptr_t)set.items[0].value.at, NULL));
    cr_expect(not(piece_set_has(&set, &other)));
}

Test(piece_set, states_are_counted)
{
    for (uint32_t i = 0; i < 10; i++) {
        struct digest digest = digest_number(i);
        cr_assert(piece_set_add(&set, &digest, (struct slice){0}));
        set.items[i].state = i < 3 ? PIECE_MISSING : PIECE_UNKNOWN;
    }
    cr_expect(eq(u32, piece_set_count_of(&set, PIECE_MISSING), 3));
    cr_expect(eq(u32, piece_set_count_of(&set, PIECE_THERE), 0));
}
