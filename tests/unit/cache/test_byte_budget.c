#include "cache/byte_budget.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(byte_budget, one_seconds_worth_is_there_from_the_start)
{
    struct byte_budget budget;
    byte_budget_init(&budget, 1000, 5);
    cr_assert(eq(i64, byte_budget_wait_ms(&budget, 5), 0));
    byte_budget_spend(&budget, 999);
    cr_assert(eq(i64, byte_budget_wait_ms(&budget, 5), 0));
    byte_budget_spend(&budget, 1);
    cr_assert(gt(i64, byte_budget_wait_ms(&budget, 5), 0));
}

Test(byte_budget, a_debt_is_paid_at_the_rate)
{
    struct byte_budget budget;
    byte_budget_init(&budget, 1000, 0);
    byte_budget_spend(&budget, 3000);
    int64_t wait_ms = byte_budget_wait_ms(&budget, 0);
    cr_assert(ge(i64, wait_ms, 2001));
    cr_assert(le(i64, wait_ms, 2005));
    cr_assert(gt(i64, byte_budget_wait_ms(&budget, wait_ms - 5), 0));
    cr_assert(eq(i64, byte_budget_wait_ms(&budget, wait_ms), 0));
}

Test(byte_budget, over_ten_seconds_no_more_than_eleven_seconds_worth_is_spent)
{
    struct byte_budget budget;
    byte_budget_init(&budget, 100000, 0);
    uint64_t spent = 0;
    for (int64_t now_ms = 0; now_ms < 10000; now_ms++) {
        while (byte_budget_wait_ms(&budget, now_ms) == 0) {
            byte_budget_spend(&budget, 700);
            spent += 700;
        }
    }
    cr_assert(le(u64, spent, 11 * 100000 + 700), "the last spender may overdraw");
    cr_assert(ge(u64, spent, 10 * 100000));
}

Test(byte_budget, what_is_not_used_does_not_pile_up)
{
    struct byte_budget budget;
    byte_budget_init(&budget, 1000, 0);
    byte_budget_spend(&budget, 1000);
    cr_assert(eq(i64, byte_budget_wait_ms(&budget, INT64_C(86400000) * 3650), 0));
    byte_budget_spend(&budget, 1001);
    cr_assert(gt(i64, byte_budget_wait_ms(&budget, INT64_C(86400000) * 3650), 0));
}

Test(byte_budget, a_slow_rate_asked_every_millisecond_still_earns)
{
    struct byte_budget budget;
    byte_budget_init(&budget, 10, 0);
    byte_budget_spend(&budget, 10);
    int64_t now_ms = 0;
    while (now_ms < 1000 && byte_budget_wait_ms(&budget, now_ms) > 0) {
        now_ms++;
    }
    cr_assert(le(i64, now_ms, 110));
}

Test(byte_budget, a_clock_that_steps_back_earns_nothing_and_breaks_nothing)
{
    struct byte_budget budget;
    byte_budget_init(&budget, 1000, 10000);
    byte_budget_spend(&budget, 1500);
    cr_assert(gt(i64, byte_budget_wait_ms(&budget, 500), 0));
    cr_assert(gt(i64, byte_budget_wait_ms(&budget, 10100), 0));
    cr_assert(eq(i64, byte_budget_wait_ms(&budget, 10600), 0));
}

Test(byte_budget, a_lower_rate_takes_away_what_was_saved)
{
    struct byte_budget budget;
    byte_budget_init(&budget, 100000, 0);
    byte_budget_set_rate(&budget, 1000);
    byte_budget_spend(&budget, 1000);
    cr_assert(gt(i64, byte_budget_wait_ms(&budget, 0), 0));
}
