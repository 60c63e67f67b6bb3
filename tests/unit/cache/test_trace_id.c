#include "cache/trace_id.h"

#include <criterion/criterion.h>
#include <string.h>

Test(trace_id, is_32_digits_of_lower_case)
{
    char id[TRACE_ID_BYTES];
    trace_id_draw(id);
    cr_expect_eq(strlen(id), 32);
    cr_expect_eq(strspn(id, "0123456789abcdef"), 32, "%s", id);
}

Test(trace_id, no_two_are_the_same)
{
    char ids[100][TRACE_ID_BYTES];
    for (int i = 0; i < 100; i++) {
        trace_id_draw(ids[i]);
        for (int j = 0; j < i; j++) {
            cr_assert_str_neq(ids[i], ids[j]);
        }
    }
}
