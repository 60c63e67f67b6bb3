/* The breaker in virtual time: closed, shedding, and what operators say. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "breaker_bench.h"

TestSuite(breaker, .init = breaker_bench_begin);

/* Closed */

Test(breaker, a_new_one_is_closed_and_admits_everybody)
{
    cr_assert(eq(int, breaker.state, BREAKER_CLOSED));
    cr_assert(eq(u32, breaker.share_bp, 10000));
    cr_assert(eq(i64, breaker.since_ms, now.now_ms));
    cr_assert(not(breaker_is_forced(&breaker)));
}

Test(breaker, onset_ticks_of_overload_in_a_row_start_shedding_with_what_could_be_served)
{
    now.bearable_bp = 4000;
    cr_assert(not(tick(PRESSURE_OVERLOADED)));
    cr_assert(tick(PRESSURE_OVERLOADED));
    assert_changed(BREAKER_CLOSED, BREAKER_SHEDDING, BREAKER_BY_DELAY);
    cr_assert(eq(u32, breaker.share_bp, 4000));
}

Test(breaker, overload_with_a_tick_between_that_is_not_stays_closed)
{
    const enum pressure between[] = {PRESSURE_CALM, PRESSURE_STEADY, PRESSURE_UNJUDGED};
    for (int i = 0; i < 300; i++) {
        cr_assert(not(tick(PRESSURE_OVERLOADED)));
        cr_assert(not(tick(between[i % 3])));
    }
}

Test(breaker, one_that_may_not_shed_stays_closed_and_sheds_as_soon_as_it_may)
{
    now.may_shed = false;
    ticks(50, PRESSURE_OVERLOADED);
    cr_assert(eq(int, breaker.state, BREAKER_CLOSED));
    now.may_shed = true;
    cr_assert(tick(PRESSURE_OVERLOADED));
    assert_changed(BREAKER_CLOSED, BREAKER_SHEDDING, BREAKER_BY_DELAY);
}

Test(breaker, the_hard_line_alone_opens_nothing)
{
    now.is_past_hard_line = true;
    ticks(100, PRESSURE_STEADY);
    cr_assert(eq(int, breaker.state, BREAKER_CLOSED));
}

/* Shedding: less */

Test(breaker, each_overloaded_tick_admits_what_the_tick_before_could_bear)
{
    shed(5000);
    now.bearable_bp = 8000;
    tick(PRESSURE_OVERLOADED);
    cr_assert(eq(u32, breaker.share_bp, 4000));
}

Test(breaker, an_overloaded_tick_gives_up_two_per_cent_at_least_and_nine_tenths_at_most)
{
    shed(10000);
    cr_assert(eq(u32, breaker.share_bp, 9800));
    now.bearable_bp = 0;
    tick(PRESSURE_OVERLOADED);
    cr_assert(eq(u32, breaker.share_bp, 980));
}

Test(breaker, shedding_ends_at_the_smallest_share)
{
    shed(1000);
    now.bearable_bp = 0;
    tick(PRESSURE_OVERLOADED);
    cr_assert(eq(u32, breaker.share_bp, 500));
    cr_assert(breaker_is_at_floor(&breaker, &limits));
    ticks(100, PRESSURE_OVERLOADED);
    cr_assert(eq(u32, breaker.share_bp, 500));
    cr_assert(eq(int, breaker.state, BREAKER_SHEDDING), "short of the hard line it stays there");
}

Test(breaker, one_that_may_not_shed_more_keeps_its_share)
{
    shed(5000);
    now.may_shed = false;
    ticks(20, PRESSURE_OVERLOADED);
    cr_assert(eq(u32, breaker.share_bp, 5000));
}

Test(breaker, a_smallest_share_that_was_raised_raises_no_share_under_overload)
{
    shed(1000);
    limits.share_min_bp = 5000;
    tick(PRESSURE_OVERLOADED);
    cr_assert(eq(u32, breaker.share_bp, 1000));
}

/* Shedding: more */

Test(breaker, a_calm_tick_takes_as_much_more_as_the_workers_have_room_for)
{
    shed(5000);
    now.utilisation_bp = 8909; /* 98 % : 89.09 % is 1.1 */
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 5500));
}

Test(breaker, a_calm_tick_takes_two_to_twenty_five_per_cent_more)
{
    shed(5000);
    now.utilisation_bp = 10000;
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 5100));
    now.utilisation_bp = 100;
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 6375));
    now.utilisation_bp = 0;
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 7969));
}

Test(breaker, where_evaluating_is_a_small_part_of_the_work_a_share_grows_by_what_costs_as_little)
{
    shed(5000);
    now.utilisation_bp = 10000;
    now.other_work_bp = 8000; /* 2 % of the time is a tenth of what evaluating takes */
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 5500));
    now.other_work_bp = 10000;
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 6875));
}

Test(breaker, a_share_of_one_user_in_ten_thousand_grows_too)
{
    limits.share_min_bp = 1;
    shed(1000);
    now.bearable_bp = 0;
    ticks(5, PRESSURE_OVERLOADED);
    cr_assert(eq(u32, breaker.share_bp, 1));
    now.utilisation_bp = 10000;
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 2));
}

Test(breaker, a_steady_tick_holds_the_share)
{
    shed(5000);
    ticks(100, PRESSURE_STEADY);
    cr_assert(eq(u32, breaker.share_bp, 5000));
    cr_assert(eq(int, breaker.state, BREAKER_SHEDDING));
}

Test(breaker, one_that_may_not_grow_keeps_its_share)
{
    shed(5000);
    now.may_grow = false;
    ticks(100, PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 5000));
    cr_assert(eq(int, breaker.state, BREAKER_SHEDDING));
}

Test(breaker, without_traffic_shedding_ends_by_itself_within_three_seconds)
{
    shed(500);
    int64_t begun_ms = now.now_ms;
    for (int i = 0; i < 100 && breaker.state == BREAKER_SHEDDING; i++) {
        tick(PRESSURE_UNJUDGED);
    }
    assert_changed(BREAKER_SHEDDING, BREAKER_CLOSED, BREAKER_BY_CALM);
    cr_assert(le(i64, now.now_ms - begun_ms, 3000));
}

Test(breaker, everybody_for_a_second_ends_shedding_and_overload_begins_that_second_anew)
{
    shed(9800);
    now.may_shed = false; /* so that the share stays whole */
    tick(PRESSURE_CALM);
    cr_assert(eq(u32, breaker.share_bp, 10000));
    ticks(BREAKER_SETTLE_TICKS - 1, PRESSURE_CALM);
    cr_assert(eq(int, breaker.state, BREAKER_SHEDDING));
    tick(PRESSURE_OVERLOADED);
    ticks(BREAKER_SETTLE_TICKS - 1, PRESSURE_CALM);
    cr_assert(eq(int, breaker.state, BREAKER_SHEDDING));
    cr_assert(tick(PRESSURE_CALM));
    assert_changed(BREAKER_SHEDDING, BREAKER_CLOSED, BREAKER_BY_CALM);
}

/* Operators */

Test(breaker, on_forces_open_at_once_and_no_more_ramps)
{
    obey(SWITCH_ON);
    assert_changed(BREAKER_CLOSED, BREAKER_FORCED_OPEN, BREAKER_BY_SWITCH);
    cr_assert(eq(u32, breaker.share_bp, 0));
    cr_assert(breaker_is_forced(&breaker));
    ticks(100, PRESSURE_CALM);
    cr_assert(eq(int, breaker.state, BREAKER_FORCED_OPEN));
    obey(SWITCH_AUTO);
    assert_changed(BREAKER_FORCED_OPEN, BREAKER_RAMP, BREAKER_BY_SWITCH);
    cr_assert(eq(u32, breaker.share_bp, 500));
    cr_assert(breaker.is_after_switch);
}

Test(breaker, never_forces_closed_under_any_overload_and_no_more_closes)
{
    open_up();
    obey(SWITCH_NEVER);
    assert_changed(BREAKER_OPEN, BREAKER_FORCED_CLOSED, BREAKER_BY_SWITCH);
    now.is_past_hard_line = now.is_memory_short = true;
    ticks(100, PRESSURE_OVERLOADED);
    cr_assert(eq(int, breaker.state, BREAKER_FORCED_CLOSED));
    cr_assert(eq(u32, breaker.share_bp, 10000));
    obey(SWITCH_AUTO);
    assert_changed(BREAKER_FORCED_CLOSED, BREAKER_CLOSED, BREAKER_BY_SWITCH);
}

Test(breaker, overload_while_forced_does_not_count_afterwards)
{
    obey(SWITCH_NEVER);
    ticks(50, PRESSURE_OVERLOADED);
    obey(SWITCH_AUTO);
    cr_assert(not(tick(PRESSURE_OVERLOADED)));
    cr_assert(tick(PRESSURE_OVERLOADED));
}

Test(breaker, one_order_follows_the_other_at_once)
{
    obey(SWITCH_NEVER);
    obey(SWITCH_ON);
    assert_changed(BREAKER_FORCED_CLOSED, BREAKER_FORCED_OPEN, BREAKER_BY_SWITCH);
    obey(SWITCH_NEVER);
    assert_changed(BREAKER_FORCED_OPEN, BREAKER_FORCED_CLOSED, BREAKER_BY_SWITCH);
}

Test(breaker, an_order_that_is_obeyed_already_changes_nothing_and_says_nothing)
{
    struct breaker_transition untouched = {BREAKER_RAMP, BREAKER_OPEN, BREAKER_BY_MEMORY};
    const enum switch_mode orders[] = {SWITCH_AUTO, SWITCH_ON, SWITCH_NEVER};
    for (int i = 0; i < 3; i++) {
        obey(orders[i]);
        struct breaker before = breaker;
        last = untouched;
        cr_assert(not(breaker_obey(&breaker, orders[i], now.now_ms + 50, &last)));
        cr_assert(eq(int, last.from, BREAKER_RAMP));
        cr_assert(eq(int, last.cause, BREAKER_BY_MEMORY));
        cr_assert(eq(int, breaker.state, before.state));
        cr_assert(eq(i64, breaker.since_ms, before.since_ms));
    }
}

Test(breaker, auto_leaves_alone_what_the_breaker_decided)
{
    shed(5000);
    obey(SWITCH_AUTO);
    cr_assert(eq(int, breaker.state, BREAKER_SHEDDING));
    cr_assert(eq(u32, breaker.share_bp, 5000));
    open_up();
    obey(SWITCH_AUTO);
    cr_assert(eq(int, breaker.state, BREAKER_OPEN));
}

Test(breaker, only_a_ramp_by_operators_is_after_a_switch)
{
    obey(SWITCH_ON);
    obey(SWITCH_AUTO);
    cr_assert(breaker.is_after_switch);
    open_up();
    dwell_ms();
    cr_assert(not(breaker.is_after_switch));
}

/* Names, and what is sane */

Test(breaker, states_and_causes_have_the_names_of_logs_and_metrics)
{
    const char *const states[] = {"closed", "shedding", "open", "ramp", "forced_open", "forced_closed"};
    const char *const causes[] = {"delay", "hard_line", "memory", "calm", "time", "switch"};
    cr_assert(eq(int, BREAKER_STATE_COUNT, 6));
    for (int i = 0; i < 6; i++) {
        cr_assert(eq(str, (char *)breaker_state_name((enum breaker_state)i), (char *)states[i]));
        cr_assert(eq(str, (char *)breaker_cause_name((enum breaker_cause)i), (char *)causes[i]));
    }
}

Test(breaker, a_share_that_does_not_fit_its_state_is_not_sane)
{
    const struct {
        enum breaker_state state;
        uint32_t share_bp;
    } rows[] = {{BREAKER_CLOSED, 9999}, {BREAKER_FORCED_CLOSED, 0}, {BREAKER_OPEN, 1},  {BREAKER_FORCED_OPEN, 10000},
                {BREAKER_SHEDDING, 0},  {BREAKER_SHEDDING, 10001},  {BREAKER_RAMP, 501}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct breaker bad = {.state = rows[i].state, .share_bp = rows[i].share_bp};
        cr_assert(not(breaker_is_sane(&bad)), "row %zu", i);
    }
    struct breaker past = {.state = BREAKER_RAMP, .share_bp = 10000, .step = 6};
    cr_assert(not(breaker_is_sane(&past)));
}
