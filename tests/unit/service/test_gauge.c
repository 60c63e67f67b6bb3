/* A worker's words about its load: waits by tick, and a mean that one wrong timing cannot spoil. */
#include "service/gauge.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { LIGHT_NS = 1000, MEAN_NS = 8000 };

static const int64_t stalled_ns = INT64_C(10000000000); /* a thread that was put aside */

static struct gauge gauge;

/* Nothing was noted in that tick. */
static const uint32_t nothing = UINT32_MAX;

static uint32_t waited_us(uint32_t tick)
{
    uint32_t delay_us = nothing;
    pressure_of(atomic_load(&gauge.waited[tick & 1]), tick, &delay_us);
    return delay_us;
}

static uint64_t mean_ns(void)
{
    return counter_read(&gauge.evaluation_mean_ns);
}

Test(gauge, of_the_waits_of_a_tick_the_smallest_is_kept)
{
    gauge_note_wait(&gauge, 8, 7000000);
    gauge_note_wait(&gauge, 8, 3999999);
    gauge_note_wait(&gauge, 8, 5000000);
    cr_assert(eq(u32, waited_us(8), 3999));
}

Test(gauge, a_tick_is_read_while_the_next_one_is_noted)
{
    gauge_note_wait(&gauge, 8, 7000000);
    gauge_note_wait(&gauge, 9, 2000000);
    gauge_note_wait(&gauge, 9, 4000000);
    cr_assert(eq(u32, waited_us(8), 7000));
    cr_assert(eq(u32, waited_us(9), 2000));
}

Test(gauge, a_tick_owes_nothing_to_the_one_whose_word_it_takes)
{
    gauge_note_wait(&gauge, 8, 2000000);
    gauge_note_wait(&gauge, 10, 9000000);
    cr_assert(eq(u32, waited_us(10), 9000));
    cr_assert(eq(u32, waited_us(8), nothing));
    cr_assert(eq(u32, waited_us(12), nothing));
}

Test(gauge, a_wait_past_an_hour_is_long_and_never_wraps_to_a_short_one)
{
    gauge_note_wait(&gauge, 1, INT64_C(3999999999999));
    cr_assert(eq(u32, waited_us(1), UINT32_C(3999999999)));
    gauge_note_wait(&gauge, 2, INT64_C(4294967297000)); /* 1 us in 32 bits */
    gauge_note_wait(&gauge, 2, INT64_MAX);
    uint32_t delay_us = 0;
    cr_assert(pressure_of(atomic_load(&gauge.waited[0]), 2, &delay_us));
    cr_assert(eq(u32, delay_us, UINT32_MAX));
}

Test(gauge, evaluations_are_heavy_from_the_threshold_on)
{
    cr_assert_not(gauge_is_heavy(&gauge), "of none nothing is known");
    gauge_note_evaluation(&gauge, GAUGE_HEAVY_NS - 1, 1);
    cr_assert_not(gauge_is_heavy(&gauge));
    counter_set(&gauge.evaluation_mean_ns, 0);
    gauge_note_evaluation(&gauge, GAUGE_HEAVY_NS, 1);
    cr_assert(gauge_is_heavy(&gauge));
}

Test(gauge, the_first_timing_is_the_mean)
{
    gauge_note_evaluation(&gauge, MEAN_NS, 1);
    cr_assert(eq(u64, mean_ns(), MEAN_NS));
}

Test(gauge, a_timing_moves_the_mean_by_an_eighth_of_the_difference)
{
    gauge_note_evaluation(&gauge, MEAN_NS, 1);
    gauge_note_evaluation(&gauge, MEAN_NS + 1600, 1);
    cr_assert(eq(u64, mean_ns(), MEAN_NS + 200));
    gauge_note_evaluation(&gauge, MEAN_NS + 200 - 1600, 1);
    cr_assert(eq(u64, mean_ns(), MEAN_NS));
}

Test(gauge, what_was_timed_counts_for_all_that_it_stands_for)
{
    gauge_note_evaluation(&gauge, MEAN_NS, GAUGE_SAMPLE);
    cr_assert(eq(u64, counter_read(&gauge.evaluation_ns), MEAN_NS * GAUGE_SAMPLE));
    gauge_note_evaluation(&gauge, LIGHT_NS, 1);
    cr_assert(eq(u64, counter_read(&gauge.evaluation_ns), MEAN_NS * GAUGE_SAMPLE + LIGHT_NS));
}

Test(gauge, a_first_timing_of_ten_seconds_counts_as_two_milliseconds)
{
    gauge_note_evaluation(&gauge, stalled_ns, 1);
    cr_assert(eq(u64, mean_ns(), GAUGE_FIRST_MAX_NS));
    cr_assert(eq(u64, counter_read(&gauge.evaluation_ns), GAUGE_FIRST_MAX_NS));
}

Test(gauge, a_timing_of_ten_seconds_counts_as_eight_times_the_mean)
{
    gauge_note_evaluation(&gauge, MEAN_NS, 1);
    gauge_note_evaluation(&gauge, stalled_ns, GAUGE_SAMPLE);
    cr_assert(gt(u64, mean_ns(), MEAN_NS));
    cr_assert(le(u64, mean_ns(), GAUGE_OUTLIER * MEAN_NS));
    cr_assert(eq(u64, counter_read(&gauge.evaluation_ns), MEAN_NS + GAUGE_SAMPLE * GAUGE_OUTLIER * MEAN_NS));
}

Test(gauge, one_stall_among_light_evaluations_makes_them_not_heavy)
{
    gauge_note_evaluation(&gauge, MEAN_NS, 1);
    gauge_note_evaluation(&gauge, stalled_ns, 1);
    cr_assert_not(gauge_is_heavy(&gauge));
}

Test(gauge, evaluations_that_became_heavy_for_good_are_believed_within_a_few_timings)
{
    gauge_note_evaluation(&gauge, MEAN_NS, 1);
    int timings = 0;
    for (; timings < 20 && !gauge_is_heavy(&gauge); timings++) {
        gauge_note_evaluation(&gauge, 20 * GAUGE_HEAVY_NS, 1);
    }
    cr_assert(gauge_is_heavy(&gauge));
    cr_assert(gt(int, timings, 1), "one alone is no proof");
}

Test(gauge, light_evaluations_after_a_heavy_time_bring_the_mean_down)
{
    counter_set(&gauge.evaluation_mean_ns, 10 * GAUGE_HEAVY_NS);
    gauge_note_evaluation(&gauge, LIGHT_NS, 1);
    cr_assert(lt(u64, mean_ns(), 10 * GAUGE_HEAVY_NS));
    for (int i = 0; i < 20; i++) {
        gauge_note_evaluation(&gauge, LIGHT_NS, 1);
    }
    cr_assert_not(gauge_is_heavy(&gauge));
    for (int i = 0; i < 60; i++) {
        gauge_note_evaluation(&gauge, LIGHT_NS, 1);
    }
    cr_assert(lt(u64, mean_ns(), 2 * LIGHT_NS));
}
