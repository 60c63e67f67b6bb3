#include "degrade/pressure.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const struct pressure_limits limits = {.delay_target_us = 5000, .requests_min = 20};

static enum pressure judge(uint32_t delay_us, uint32_t requests)
{
    const struct pressure_facts facts = {.delay_us = delay_us, .requests = requests, .evaluation_bp = 5000};
    return pressure_judge(&limits, &facts);
}

Test(pressure, the_smallest_delay_of_a_tick_is_kept)
{
    uint64_t word = pressure_note(0, 7, 900);
    word = pressure_note(word, 7, 300);
    word = pressure_note(word, 7, 600);
    uint32_t delay_us = 0;
    cr_assert(pressure_of(word, 7, &delay_us));
    cr_assert(eq(u32, delay_us, 300));
}

Test(pressure, the_first_delay_of_a_tick_counts_however_large)
{
    uint64_t word = pressure_note(pressure_note(0, 7, 1), 8, UINT32_MAX);
    uint32_t delay_us = 0;
    cr_assert(pressure_of(word, 8, &delay_us));
    cr_assert(eq(u32, delay_us, UINT32_MAX));
}

Test(pressure, of_another_tick_nothing_was_noted)
{
    uint32_t delay_us = 42;
    cr_assert(not(pressure_of(pressure_note(0, 7, 900), 8, &delay_us)));
    cr_assert(not(pressure_of(pressure_note(0, 7, 900), 6, &delay_us)));
    cr_assert(eq(u32, delay_us, 42));
}

Test(pressure, tick_numbers_may_wrap)
{
    uint64_t word = pressure_note(pressure_note(0, UINT32_MAX, 5), 0, 9);
    uint32_t delay_us = 0;
    cr_assert(pressure_of(word, 0, &delay_us));
    cr_assert(eq(u32, delay_us, 9));
}

Test(pressure, a_delay_past_the_target_is_overload_less_than_half_of_it_calm_between_steady)
{
    cr_assert(eq(int, judge(0, 20), PRESSURE_CALM));
    cr_assert(eq(int, judge(2499, 20), PRESSURE_CALM));
    cr_assert(eq(int, judge(2500, 20), PRESSURE_STEADY));
    cr_assert(eq(int, judge(5000, 20), PRESSURE_STEADY));
    cr_assert(eq(int, judge(5001, 20), PRESSURE_OVERLOADED));
    cr_assert(eq(int, judge(UINT32_MAX, 20), PRESSURE_OVERLOADED));
}

Test(pressure, too_few_requests_are_not_judged)
{
    cr_assert(eq(int, judge(1000000, 19), PRESSURE_UNJUDGED));
    cr_assert(eq(int, judge(0, 0), PRESSURE_UNJUDGED));
}

Test(pressure, overload_that_evaluation_has_little_part_in_is_elsewhere_and_steady)
{
    struct pressure_limits with_share = limits;
    with_share.evaluation_min_bp = 2500;
    struct pressure_facts facts = {.delay_us = 9000, .requests = 20, .evaluation_bp = 2499};
    cr_assert(pressure_is_elsewhere(&with_share, &facts));
    cr_assert(eq(int, pressure_judge(&with_share, &facts), PRESSURE_STEADY));
    facts.evaluation_bp = 2500;
    cr_assert(not(pressure_is_elsewhere(&with_share, &facts)));
    cr_assert(eq(int, pressure_judge(&with_share, &facts), PRESSURE_OVERLOADED));
}

Test(pressure, without_overload_nothing_is_elsewhere)
{
    struct pressure_limits with_share = limits;
    with_share.evaluation_min_bp = 2500;
    struct pressure_facts facts = {.delay_us = 5000, .requests = 20};
    cr_assert(not(pressure_is_elsewhere(&with_share, &facts)));
    facts = (struct pressure_facts){.delay_us = 9000, .requests = 19};
    cr_assert(not(pressure_is_elsewhere(&with_share, &facts)));
    facts = (struct pressure_facts){.delay_us = 9000, .requests = 20};
    cr_assert(not(pressure_is_elsewhere(&limits, &facts)), "a least share of 0 asks nothing of evaluation");
}
