#include "degrade/token_bucket.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stdlib.h>

#define MS  INT64_C(1000000)
#define S   INT64_C(1000000000)
#define DAY (86400 * S)

static struct token_bucket bucket;

/* Takes one at that time, as who asks first does. */
static bool take(int64_t now_ns)
{
    token_bucket_refill(&bucket, now_ns);
    if (token_bucket_tokens(&bucket) < 1) {
        return false;
    }
    token_bucket_spend(&bucket, 1);
    return true;
}

Test(token_bucket, it_is_full_at_first)
{
    token_bucket_init(&bucket, 10, 25, 7 * S);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 25));
    cr_assert(eq(i64, token_bucket_wait_ns(&bucket), 0));
}

Test(token_bucket, a_token_is_earned_to_the_nanosecond)
{
    token_bucket_init(&bucket, 1, 1, 0);
    cr_assert(take(0));
    cr_assert(eq(i64, token_bucket_wait_ns(&bucket), S));
    cr_assert_not(take(S - 1));
    cr_assert(eq(i64, token_bucket_wait_ns(&bucket), 1));
    cr_assert(take(S));
}

Test(token_bucket, asking_often_loses_nothing)
{
    token_bucket_init(&bucket, 3, 3, 0);
    token_bucket_spend(&bucket, 3);
    for (int64_t now_ns = 0; now_ns < S; now_ns += 997) {
        token_bucket_refill(&bucket, now_ns);
    }
    token_bucket_refill(&bucket, S);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 3));
}

Test(token_bucket, what_is_not_used_does_not_pile_up)
{
    token_bucket_init(&bucket, TOKEN_BUCKET_PER_SECOND_MAX, TOKEN_BUCKET_CAPACITY_MAX, 0);
    token_bucket_spend(&bucket, TOKEN_BUCKET_CAPACITY_MAX);
    token_bucket_refill(&bucket, 4000 * DAY);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), TOKEN_BUCKET_CAPACITY_MAX));
    token_bucket_refill(&bucket, INT64_MAX);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), TOKEN_BUCKET_CAPACITY_MAX));
}

Test(token_bucket, the_largest_rate_is_earned_whole_in_small_steps_and_large)
{
    token_bucket_init(&bucket, TOKEN_BUCKET_PER_SECOND_MAX, TOKEN_BUCKET_CAPACITY_MAX, 0);
    token_bucket_spend(&bucket, TOKEN_BUCKET_CAPACITY_MAX);
    token_bucket_refill(&bucket, 20 * MS);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 200000));
    token_bucket_refill(&bucket, 59 * S);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), INT64_C(590000000)));
}

Test(token_bucket, a_debt_is_paid_before_anything_is_given)
{
    token_bucket_init(&bucket, 10, 10, 0);
    token_bucket_spend(&bucket, 15);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), -5));
    cr_assert(eq(i64, token_bucket_wait_ns(&bucket), 600 * MS));
    cr_assert_not(take(599 * MS));
    cr_assert(take(600 * MS));
}

Test(token_bucket, a_debt_is_told_rounded_away_from_zero)
{
    token_bucket_init(&bucket, 1, 2, 0);
    token_bucket_spend(&bucket, 3);
    token_bucket_refill(&bucket, S / 2);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), -1));
}

Test(token_bucket, the_deepest_debt_is_one_full_bucket)
{
    token_bucket_init(&bucket, 10, 10, 0);
    token_bucket_spend(&bucket, UINT64_MAX);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), -10));
    token_bucket_spend(&bucket, 1);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), -10));
}

Test(token_bucket, a_clock_that_steps_back_earns_nothing_and_loses_nothing)
{
    token_bucket_init(&bucket, 10, 10, 100 * S);
    token_bucket_spend(&bucket, 10);
    token_bucket_refill(&bucket, 1 * S);
    token_bucket_refill(&bucket, INT64_MIN + 1);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 0));
    token_bucket_refill(&bucket, 100 * S + 100 * MS);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 1), "as if it had never stepped");
}

Test(token_bucket, another_rate_earns_at_once_and_gives_nothing_anew)
{
    token_bucket_init(&bucket, 10, 10, 0);
    token_bucket_spend(&bucket, 10);
    token_bucket_set_rate(&bucket, 1000, 1000, 500 * MS);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 5), "half a second at the rate before");
    token_bucket_refill(&bucket, 510 * MS);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 15));
}

Test(token_bucket, a_smaller_bucket_holds_no_more_than_it_holds)
{
    token_bucket_init(&bucket, 1000, 1000, 0);
    token_bucket_set_rate(&bucket, 10, 10, 0);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), 10));
    token_bucket_init(&bucket, 1000, 1000, 0);
    token_bucket_spend(&bucket, 1500);
    token_bucket_set_rate(&bucket, 10, 10, 0);
    cr_assert(eq(i64, token_bucket_tokens(&bucket), -10));
}

Test(token_bucket, over_any_time_no_more_is_given_than_the_rate_and_one_bucket)
{
    static const uint32_t rates[] = {1, 7, 999, 100000};
    srand(4);
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        int64_t now_ns = 0, given = 0, capacity = rates[i] < 100 ? rates[i] : 100;
        token_bucket_init(&bucket, rates[i], (uint32_t)capacity, now_ns);
        for (int step = 0; step < 20000; step++) {
            now_ns += rand() % (10 * S / rates[i] + 1);
            int64_t last_ns = now_ns - (rand() % 50 == 0 ? S : 0); /* at times the clock is behind */
            given += take(last_ns);
            cr_assert(le(i64, given, capacity + (int64_t)((double)now_ns * rates[i] / 1e9) + 1));
            cr_assert(le(i64, token_bucket_tokens(&bucket), capacity));
        }
        cr_assert(gt(i64, given, capacity));
    }
}
