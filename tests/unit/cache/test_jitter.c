#include "cache/jitter.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(jitter, a_period_is_given_or_taken_a_fifth_at_most)
{
    struct jitter jitter;
    jitter_init(&jitter, 7);
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t period_ms = jitter_period_ms(&jitter, 5000);
        least = period_ms < least ? period_ms : least;
        most = period_ms > most ? period_ms : most;
    }
    cr_assert(ge(i64, least, 4000));
    cr_assert(le(i64, most, 6000));
    cr_expect(lt(i64, least, 4050), "and it uses the whole of it");
    cr_expect(gt(i64, most, 5950));
}

Test(jitter, a_backoff_is_anywhere_below_a_ceiling_that_doubles)
{
    struct jitter jitter;
    jitter_init(&jitter, 0);
    int64_t ceiling_ms = JITTER_BACKOFF_BASE_MS;
    for (uint32_t failures = 1; failures <= 4; failures++, ceiling_ms *= 2) {
        int64_t most = 0, least = INT64_MAX;
        for (int i = 0; i < 2000; i++) {
            int64_t wait_ms = jitter_backoff_ms(&jitter, failures, 100000);
            most = wait_ms > most ? wait_ms : most;
            least = wait_ms < least ? wait_ms : least;
        }
        cr_expect(le(i64, most, ceiling_ms));
        cr_expect(gt(i64, most, ceiling_ms * 9 / 10));
        cr_expect(lt(i64, least, ceiling_ms / 10));
    }
}

Test(jitter, a_backoff_never_passes_its_maximum_however_many_failures)
{
    struct jitter jitter;
    jitter_init(&jitter, 3);
    for (uint32_t i = 0; i < 1000; i++) {
        int64_t wait_ms = jitter_backoff_ms(&jitter, UINT32_MAX - i, 1500);
        cr_assert(ge(i64, wait_ms, 1));
        cr_assert(le(i64, wait_ms, 1500));
    }
}

Test(jitter, two_seeds_give_two_sequences)
{
    struct jitter first, second;
    jitter_init(&first, 1);
    jitter_init(&second, 2);
    int same = 0;
    for (int i = 0; i < 100; i++) {
        same += jitter_below(&first, 1000000) == jitter_below(&second, 1000000);
    }
    cr_assert(lt(int, same, 5));
    cr_assert(eq(i64, jitter_below(&first, 0), 0));
}

Test(jitter, a_period_is_spread_as_far_as_is_said)
{
    struct jitter jitter;
    jitter_init(&jitter, 7);
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t period_ms = jitter_spread_ms(&jitter, 1000, 100);
        least = period_ms < least ? period_ms : least;
        most = period_ms > most ? period_ms : most;
    }
    cr_expect(eq(i64, least, 900));
    cr_expect(eq(i64, most, 1100));
    cr_expect(eq(i64, jitter_spread_ms(&jitter, 1000, 0), 1000));
}
