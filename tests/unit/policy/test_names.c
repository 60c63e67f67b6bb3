#include "policy/names.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(names, numbers_are_dense_in_the_order_of_first_mention)
{
    struct names names;
    names_init(&names);
    uint32_t a, b, again;
    cr_assert(names_intern(&names, SLICE("a"), &a) && names_intern(&names, SLICE("b"), &b) &&
              names_intern(&names, SLICE("a"), &again));
    cr_expect_eq(a, 0);
    cr_expect_eq(b, 1);
    cr_expect_eq(again, 0);
    cr_expect_eq(names.count, 2);
    names_clear(&names);
}

Test(names, many_names_keep_their_numbers_while_the_table_grows)
{
    struct names names;
    names_init(&names);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 100000; i++) {
            char name[24];
            snprintf(name, sizeof(name), "3101-%05u", i);
            uint32_t number;
            cr_assert(names_intern(&names, slice_of(name), &number));
            cr_assert_eq(number, i, "%s in round %d", name, round);
        }
    }
    cr_expect_eq(names.count, 100000);
    cr_expect(slice_equals(names.items[99999], SLICE("3101-99999")));
    names_clear(&names);
}

Test(names, names_are_bytes_copied_compared_whole_and_with_case)
{
    struct names names;
    names_init(&names);
    char bytes[] = "Gold";
    uint32_t first, other;
    cr_assert(names_intern(&names, slice_of(bytes), &first));
    bytes[0] = 'g';
    cr_assert(names_intern(&names, slice_of(bytes), &other));
    cr_expect_neq(first, other);
    cr_assert(names_intern(&names, SLICE("Gol"), &other));
    cr_expect_eq(other, 2);
    cr_assert(names_intern(&names, SLICE("Gold\0"), &other));
    cr_expect_eq(other, 3);
    cr_assert(names_intern(&names, SLICE(""), &other));
    cr_expect_eq(other, 4);
    cr_expect(slice_equals(names.items[0], SLICE("Gold")));
    names_clear(&names);
}

Test(names, a_cleared_table_begins_anew)
{
    struct names names;
    names_init(&names);
    uint32_t number;
    cr_assert(names_intern(&names, SLICE("a"), &number));
    names_clear(&names);
    cr_assert(names_intern(&names, SLICE("b"), &number));
    cr_expect_eq(number, 0);
    names_clear(&names);
}
