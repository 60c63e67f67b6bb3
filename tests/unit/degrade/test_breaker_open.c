/* The breaker in virtual time: opening, the dwell, and the ramp back. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "breaker_bench.h"

TestSuite(breaker_open, .init = breaker_bench_begin);

/* Opening */

Test(breaker_open, open_ticks_past_the_hard_line_at_the_smallest_share_open)
{
    limits.share_min_bp = 1000;
    shed(0);
    cr_assert(breaker_is_at_floor(&breaker, &limits));
    now.is_past_hard_line = true;
    cr_assert(not(tick(PRESSURE_OVERLOADED)));
    cr_assert(not(tick(PRESSURE_OVERLOADED)));
    cr_assert(tick(PRESSURE_OVERLOADED));
    assert_changed(BREAKER_SHEDDING, BREAKER_OPEN, BREAKER_BY_HARD_LINE);
    cr_assert(eq(u32, breaker.share_bp, 0));
    cr_assert(breaker_is_at_floor(&breaker, &limits));
}

Test(breaker_open, ticks_past_the_hard_line_count_in_a_row_and_at_the_smallest_share_only)
{
    shed(0);
    now.is_past_hard_line = true;
    tick(PRESSURE_OVERLOADED); /* comes to the smallest share */
    ticks(2, PRESSURE_OVERLOADED);
    now.is_past_hard_line = false;
    tick(PRESSURE_OVERLOADED);
    now.is_past_hard_line = true;
    ticks(2, PRESSURE_OVERLOADED);
    tick(PRESSURE_STEADY);
    ticks(2, PRESSURE_OVERLOADED);
    cr_assert(eq(int, breaker.state, BREAKER_SHEDDING));
    cr_assert(tick(PRESSURE_OVERLOADED));
    assert_changed(BREAKER_SHEDDING, BREAKER_OPEN, BREAKER_BY_HARD_LINE);
}

Test(breaker_open, short_memory_opens_at_once_from_every_state_that_is_not_forced)
{
    now.is_memory_short = true;
    tick(PRESSURE_UNJUDGED);
    assert_changed(BREAKER_CLOSED, BREAKER_OPEN, BREAKER_BY_MEMORY);
    now.is_memory_short = false;
    dwell_ms();
    now.is_memory_short = true;
    tick(PRESSURE_CALM);
    assert_changed(BREAKER_RAMP, BREAKER_OPEN, BREAKER_BY_MEMORY);
    now.is_memory_short = false;
    dwell_ms();
    shed(1000);
    now.is_memory_short = true;
    now.may_shed = false;
    tick(PRESSURE_CALM);
    assert_changed(BREAKER_SHEDDING, BREAKER_OPEN, BREAKER_BY_MEMORY);
}

/* Open */

Test(breaker_open, it_stays_open_for_open_ms_and_then_ramps)
{
    open_up();
    cr_assert(eq(i64, dwell_ms(), 2000));
    assert_changed(BREAKER_OPEN, BREAKER_RAMP, BREAKER_BY_TIME);
    cr_assert(eq(u32, breaker.share_bp, 500));
    cr_assert(not(breaker.is_after_switch));
}

Test(breaker_open, it_stays_open_while_the_workers_are_overloaded_without_it)
{
    open_up();
    ticks(600, PRESSURE_OVERLOADED);
    cr_assert(eq(int, breaker.state, BREAKER_OPEN));
    cr_assert(tick(PRESSURE_STEADY));
    assert_changed(BREAKER_OPEN, BREAKER_RAMP, BREAKER_BY_TIME);
}

Test(breaker_open, priorities_do_not_hold_it_open)
{
    open_up();
    now.may_grow = false;
    cr_assert(eq(i64, dwell_ms(), 2000));
}

Test(breaker_open, the_dwell_is_a_fifth_more_or_less_by_chance)
{
    now.chance_bp = 0;
    open_up();
    cr_assert(eq(i64, dwell_ms(), 1600));
    breaker_bench_begin();
    now.chance_bp = 10000;
    open_up();
    cr_assert(eq(i64, dwell_ms(), 2400));
}

Test(breaker_open, the_dwell_doubles_with_each_relapse_up_to_open_max_ms)
{
    open_up();
    cr_assert(eq(i64, dwell_ms(), 2000));
    open_up();
    cr_assert(eq(i64, dwell_ms(), 4000));
    open_up();
    cr_assert(eq(i64, dwell_ms(), 6000));
    open_up();
    cr_assert(eq(i64, dwell_ms(), 6000));
}

Test(breaker_open, an_opening_later_than_a_minute_after_the_last_is_no_relapse)
{
    open_up();
    int64_t first_ms = breaker.since_ms;
    dwell_ms();
    now.now_ms = first_ms + BREAKER_RELAPSE_MS - PRESSURE_TICK_MS;
    now.is_memory_short = true;
    tick(PRESSURE_CALM);
    cr_assert(eq(i64, breaker.since_ms - first_ms, BREAKER_RELAPSE_MS));
    now.is_memory_short = false;
    cr_assert(eq(i64, dwell_ms(), 4000), "a minute after is one");
    now.now_ms += BREAKER_RELAPSE_MS;
    open_up();
    cr_assert(eq(i64, dwell_ms(), 2000));
}

Test(breaker_open, the_dwell_counts_from_when_there_is_memory_again)
{
    now.is_memory_short = true;
    ticks(100, PRESSURE_CALM);
    cr_assert(eq(int, breaker.state, BREAKER_OPEN));
    now.is_memory_short = false;
    int64_t ended_ms = now.now_ms;
    dwell_ms();
    cr_assert(eq(i64, now.now_ms - ended_ms, 2000));
}

Test(breaker_open, short_memory_shortens_no_dwell_and_takes_no_chance_from_it)
{
    open_up();
    dwell_ms();
    now.chance_bp = 10000;
    open_up();
    now.is_memory_short = true;
    tick(PRESSURE_CALM);
    now.is_memory_short = false;
    int64_t ended_ms = now.now_ms;
    dwell_ms();
    cr_assert(eq(i64, now.now_ms - ended_ms, 4800), "two openings of 2000 ms, and a fifth");
}

/* The ramp */

Test(breaker_open, the_ramp_takes_its_steps_of_a_second_each_and_closes)
{
    const uint32_t steps_bp[] = {500, 1000, 2500, 5000, 7500, 10000};
    open_up();
    dwell_ms();
    for (int i = 0; i < 6; i++) {
        cr_assert(eq(u32, breaker.share_bp, steps_bp[i]));
        ticks(9, i % 2 == 0 ? PRESSURE_CALM : PRESSURE_UNJUDGED);
        cr_assert(eq(u32, breaker.share_bp, steps_bp[i]));
        tick(i % 2 == 0 ? PRESSURE_UNJUDGED : PRESSURE_CALM);
    }
    assert_changed(BREAKER_RAMP, BREAKER_CLOSED, BREAKER_BY_CALM);
}

Test(breaker_open, the_ramp_waits_while_requests_wait_and_while_others_come_first)
{
    open_up();
    dwell_ms();
    ticks(100, PRESSURE_STEADY);
    cr_assert(eq(u32, breaker.share_bp, 500));
    now.may_grow = false;
    ticks(100, PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 500));
    now.may_grow = true;
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 1000));
}

Test(breaker_open, overload_in_the_ramp_sheds_from_where_it_stands)
{
    open_up();
    dwell_ms();
    ticks(30, PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 5000));
    now.bearable_bp = 5000;
    cr_assert(not(tick(PRESSURE_OVERLOADED)));
    cr_assert(tick(PRESSURE_OVERLOADED));
    assert_changed(BREAKER_RAMP, BREAKER_SHEDDING, BREAKER_BY_DELAY);
    cr_assert(eq(u32, breaker.share_bp, 2500));
}

Test(breaker_open, overload_in_the_ramp_never_raises_the_share_to_the_smallest_of_shedding)
{
    limits.share_min_bp = 5000;
    open_up();
    dwell_ms();
    ticks(limits.onset_ticks, PRESSURE_OVERLOADED);
    assert_changed(BREAKER_RAMP, BREAKER_SHEDDING, BREAKER_BY_DELAY);
    cr_assert(eq(u32, breaker.share_bp, 500));
}

Test(breaker_open, one_that_may_not_shed_holds_its_step_under_overload)
{
    open_up();
    dwell_ms();
    now.may_shed = false;
    ticks(100, PRESSURE_OVERLOADED);
    cr_assert(eq(int, breaker.state, BREAKER_RAMP));
    cr_assert(eq(u32, breaker.share_bp, 500));
}

/* Time */

Test(breaker_open, a_clock_that_jumps_an_hour_ends_a_dwell_and_takes_one_step_a_tick)
{
    open_up();
    now.now_ms += 3600000;
    tick(PRESSURE_CALM);
    assert_changed(BREAKER_OPEN, BREAKER_RAMP, BREAKER_BY_TIME);
    now.now_ms += 3600000;
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 1000));
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 1000));
}

Test(breaker_open, a_clock_that_stands_still_only_delays)
{
    open_up();
    for (int i = 0; i < 1000; i++) {
        now.now_ms -= PRESSURE_TICK_MS;
        cr_assert(not(tick(PRESSURE_CALM)));
    }
    cr_assert(eq(i64, dwell_ms(), 2000));
}
