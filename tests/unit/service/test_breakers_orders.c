/* Breakers under operators' orders: in the gate at once, and back by a ramp whatever the mode. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "breakers_bench.h"

TestSuite(breakers_orders, .init = breakers_bench_begin, .fini = breakers_bench_end);

Test(breakers_orders, an_order_is_in_the_gate_at_once_and_the_share_is_left_out_of_it)
{
    order("browse", "on");
    obey();
    cr_assert(eq(int, gate(BROWSE).order, SWITCH_ON));
    cr_assert(eq(u32, gate(BROWSE).share_bp, 10000));
    cr_assert(eq(int, state(BROWSE), BREAKER_FORCED_OPEN));
    cr_assert(eq(int, gate(CHECKOUT).order, SWITCH_AUTO));
    cr_assert(eq(u32, breakers.news_count, 1));
    cr_assert(eq(str, breakers.news[0].interface, "browse"));
    cr_assert(eq(int, breakers.news[0].transition.cause, BREAKER_BY_SWITCH));
    cr_assert(eq(u32, breakers.transitions[BROWSE][BREAKER_CLOSED][BREAKER_FORCED_OPEN], 1));
    obey();
    cr_assert(eq(u32, breakers.news_count, 0));
}

Test(breakers_orders, forced_states_stand_under_overload_and_the_others_bear_it)
{
    order("browse", "never");
    obey();
    ticks(5, 30000);
    cr_assert(eq(int, state(BROWSE), BREAKER_FORCED_CLOSED));
    cr_assert(eq(u32, gate(BROWSE).share_bp, 10000));
    cr_assert(eq(int, gate(BROWSE).order, SWITCH_NEVER));
    cr_assert(ne(int, state(CHECKOUT), BREAKER_CLOSED), "browse is passed over");
}

static void assert_ramps(void)
{
    uint32_t before_bp = 0;
    cr_assert_eq(gate(CHECKOUT).share_bp, 500);
    for (int i = 0; i < 110; i++) {
        cr_assert_not(gate(CHECKOUT).is_shadow && state(CHECKOUT) == BREAKER_RAMP);
        cr_assert_leq(gate(CHECKOUT).share_bp, before_bp + 2500);
        before_bp = gate(CHECKOUT).share_bp;
        tick(0);
    }
    cr_assert_eq(state(CHECKOUT), BREAKER_CLOSED);
    cr_assert_eq(gate(CHECKOUT).share_bp, 10000);
}

Test(breakers_orders, switching_back_ramps)
{
    switch_on_and_back();
    assert_ramps();
}

Test(breakers_orders, switching_back_ramps_even_where_the_breaker_is_off)
{
    enter_mode("off");
    switch_on_and_back();
    assert_ramps();
}

Test(breakers_orders, switching_back_ramps_even_where_the_breaker_is_a_shadow)
{
    enter_mode("shadow");
    switch_on_and_back();
    assert_ramps();
}

Test(breakers_orders, a_shadows_ramp_after_a_switch_goes_by_time_alone_and_never_lets_all_in_at_once)
{
    enter_mode("shadow");
    switch_on_and_back();
    uint32_t before_bp = 0;
    for (int i = 0; i < 62; i++) {
        struct gate of_browse = gate(BROWSE);
        uint32_t applied_bp = of_browse.is_shadow ? 10000 : of_browse.share_bp;
        cr_assert_leq(applied_bp, before_bp + 2500, "tick %d", i);
        before_bp = applied_bp;
        tick(30000);
    }
    cr_assert(eq(u32, before_bp, 10000));
}

Test(breakers_orders, a_wall_clock_that_jumps_an_hour_moves_no_breaker)
{
    ticks(2, 8000);
    now_unix_s += 3600;
    obey();
    tick(4000);
    now_unix_s -= 7200;
    obey();
    tick(4000);
    cr_assert(eq(int, state(BROWSE), BREAKER_SHEDDING));
    cr_assert(eq(u32, share_bp(BROWSE), 6250));
}

Test(breakers_orders, an_order_that_ends_ramps)
{
    order("checkout", "on");
    obey();
    now_unix_s += 3600;
    obey();
    cr_assert(eq(int, state(CHECKOUT), BREAKER_RAMP));
    cr_assert(eq(u32, gate(CHECKOUT).share_bp, 500));
}

Test(breakers_orders, a_drill_is_told_to_the_workers_and_forces_nothing)
{
    order("checkout", "on");
    switches.admin.entries[0].is_drill = true;
    obey();
    cr_assert(gate(CHECKOUT).is_drill);
    cr_assert(eq(int, gate(CHECKOUT).order, SWITCH_AUTO));
    cr_assert(eq(int, state(CHECKOUT), BREAKER_CLOSED));
}
