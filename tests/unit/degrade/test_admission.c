#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "degrade/admission.h"

static struct gate gate_of(uint32_t share_bp, enum switch_mode order)
{
    return (struct gate){.share_bp = share_bp, .order = order};
}

Test(admission, a_request_is_evaluated_when_there_is_a_snapshot_and_no_switch_says_otherwise)
{
    cr_assert(eq(int, admission_decide(gate_of(10000, SWITCH_AUTO), true), ADMISSION_EVALUATE));
    cr_assert(eq(int, admission_decide(gate_of(0, SWITCH_NEVER), true), ADMISSION_EVALUATE));
}

Test(admission, a_switch_that_is_on_gives_the_fallback)
{
    cr_assert(eq(int, admission_decide(gate_of(10000, SWITCH_ON), true), ADMISSION_SWITCH));
}

Test(admission, without_a_snapshot_even_never_gives_the_fallback)
{
    cr_assert(eq(int, admission_decide(gate_of(10000, SWITCH_AUTO), false), ADMISSION_NO_SNAPSHOT));
    cr_assert(eq(int, admission_decide(gate_of(10000, SWITCH_NEVER), false), ADMISSION_NO_SNAPSHOT));
}

Test(admission, a_switch_that_is_on_is_told_rather_than_the_missing_snapshot)
{
    cr_assert(eq(int, admission_decide(gate_of(10000, SWITCH_ON), false), ADMISSION_SWITCH));
}

Test(admission, the_user_matters_only_while_not_all_are_admitted_and_no_operator_decided)
{
    cr_assert(admission_is_partial(gate_of(9999, SWITCH_AUTO)));
    cr_assert(admission_is_partial(gate_of(0, SWITCH_AUTO)));
    cr_assert(not(admission_is_partial(gate_of(10000, SWITCH_AUTO))));
    cr_assert(not(admission_is_partial(gate_of(0, SWITCH_NEVER))));
    cr_assert(not(admission_is_partial(gate_of(0, SWITCH_ON))));
}

Test(admission, causes_are_the_words_of_the_contract)
{
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_SWITCH), "switch"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_SATURATED), "saturated"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_NO_SNAPSHOT), "no_snapshot"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_RATE_LIMITED), "rate_limited"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_BUDGET), "budget"));
    cr_assert(eq(int, ADMISSION_COUNT, 6));
}

/* Places */

enum { USERS = 200000, HOUR = 472222 };

/* Any good hash: the finalizer of SplitMix64 (Steele et al., 2014). */
static uint64_t hash_of(uint64_t user)
{
    user = (user + 1) * UINT64_C(0x9e3779b97f4a7c15);
    user = (user ^ user >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    user = (user ^ user >> 27) * UINT64_C(0x94d049bb133111eb);
    return user ^ user >> 31;
}

static bool is_within(uint64_t user, int64_t hour, uint32_t share_bp)
{
    return admission_slot(hash_of(user), hour) < share_bp;
}

Test(admission, places_are_spread_evenly_over_users)
{
    static uint32_t users_at[GATE_SHARE_ALL];
    for (uint64_t user = 0; user < USERS; user++) {
        uint32_t slot = admission_slot(hash_of(user), HOUR);
        cr_assert_lt(slot, GATE_SHARE_ALL);
        users_at[slot]++;
    }
    double chi_square = 0, mean = (double)USERS / GATE_SHARE_ALL;
    for (uint32_t slot = 0; slot < GATE_SHARE_ALL; slot++) {
        chi_square += (users_at[slot] - mean) * (users_at[slot] - mean) / mean;
    }
    /* 9999 degrees of freedom: their deviation is 141, so this is five of them, both ways. */
    cr_assert(lt(dbl, chi_square, 9999 + 5 * 141.4));
    cr_assert(gt(dbl, chi_square, 9999 - 5 * 141.4));
}

Test(admission, one_hours_places_tell_nothing_about_the_nexts)
{
    uint32_t both = 0;
    for (uint64_t user = 0; user < USERS; user++) {
        both += is_within(user, HOUR, 1000) && is_within(user, HOUR + 1, 1000);
    }
    cr_assert(gt(u32, both, 2000 - 5 * 45), "a tenth of a tenth, give or take five deviations");
    cr_assert(lt(u32, both, 2000 + 5 * 45));
}

Test(admission, nobody_is_left_out_for_long)
{
    uint32_t left_out = 0;
    for (uint64_t user = 0; user < 10000; user++) {
        bool was_within = false;
        for (int64_t hour = HOUR; hour < HOUR + 24; hour++) {
            was_within |= is_within(user, hour, 5000);
        }
        left_out += !was_within;
    }
    cr_assert(eq(u32, left_out, 0), "of half the users a day leaves out one in 16 million");
}

Test(admission, a_retry_meets_the_same_side)
{
    for (uint64_t user = 0; user < 1000; user++) {
        cr_assert_eq(admission_slot(hash_of(user), HOUR), admission_slot(hash_of(user), HOUR));
    }
    cr_assert(eq(u32, admission_slot(UINT64_C(0x0123456789abcdef), 472222), 1907), "and on any gateway: a fixed value");
}

Test(admission, a_share_that_grows_only_adds_users)
{
    const uint32_t shares_bp[] = {0, 500, 1000, 2500, 5000, 7500, 10000};
    for (uint64_t user = 0; user < 5000; user++) {
        bool was_within = false;
        for (size_t i = 0; i < 7; i++) {
            bool within = is_within(user, HOUR, shares_bp[i]);
            cr_assert(within || !was_within);
            was_within = within;
        }
        cr_assert(was_within, "all are all");
        cr_assert_not(is_within(user, HOUR, 0));
    }
}

Test(admission, hours_before_1970_have_places_too)
{
    cr_assert(lt(u32, admission_slot(hash_of(1), -1), GATE_SHARE_ALL));
    cr_assert(lt(u32, admission_slot(UINT64_MAX, INT64_MIN), GATE_SHARE_ALL));
}
