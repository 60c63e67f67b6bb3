/* Breakers, cascade and gates together: standing delays, priorities, and what each mode applies. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "breakers_bench.h"
#include "config_text.h"

TestSuite(breakers, .init = breakers_bench_begin, .fini = breakers_bench_end);

/* Standing delays */

Test(breakers, a_standing_delay_of_8_ms_sheds_within_300_ms)
{
    ticks(2, 8000);
    cr_assert(eq(int, state(BROWSE), BREAKER_SHEDDING));
    cr_assert(eq(int, state(CHECKOUT), BREAKER_CLOSED));
    cr_assert(eq(u32, gate(BROWSE).share_bp, 6250), "5 of 8");
}

Test(breakers, a_standing_delay_of_30_ms_opens_a_single_interface_within_a_second)
{
    struct config *single = config_of(CONFIG_REQUIRED);
    cr_assert_not_null(single);
    config_free(in_force);
    in_force = single;
    ticks(10, 30000);
    cr_assert(eq(int, state(CHECKOUT), BREAKER_OPEN));
    cr_assert(eq(u32, gate(CHECKOUT).share_bp, 0));
}

Test(breakers, a_standing_delay_of_30_ms_opens_browse_and_then_checkout_within_two_seconds)
{
    for (int i = 0; i < 20 && state(CHECKOUT) != BREAKER_OPEN; i++) {
        enum breaker_state before = state(BROWSE);
        tick(30000);
        cr_assert(state(BROWSE) != BREAKER_OPEN || share_bp(CHECKOUT) <= 500);
        cr_assert(state(CHECKOUT) != BREAKER_OPEN || before == BREAKER_OPEN);
    }
    cr_assert(eq(int, state(CHECKOUT), BREAKER_OPEN));
}

Test(breakers, a_delay_at_the_target_changes_nothing)
{
    ticks(100, 5000);
    cr_assert(eq(int, state(BROWSE), BREAKER_CLOSED));
    cr_assert(eq(u32, gate(BROWSE).share_bp, 10000));
}

/* Priorities */

Test(breakers, browse_sheds_to_its_floor_before_checkout_sheds_at_all)
{
    for (int i = 0; i < 50 && state(CHECKOUT) == BREAKER_CLOSED; i++) {
        uint32_t before_bp = share_bp(BROWSE);
        tick(8000);
        cr_assert(state(CHECKOUT) == BREAKER_CLOSED || before_bp == 500);
    }
    cr_assert(eq(int, state(CHECKOUT), BREAKER_SHEDDING));
    cr_assert(eq(int, state(BROWSE), BREAKER_SHEDDING));
}

Test(breakers, checkout_has_all_its_users_again_before_browse_gets_any_back)
{
    ticks(20, 8000);
    cr_assert(eq(u32, share_bp(BROWSE), 500));
    cr_assert(lt(u32, share_bp(CHECKOUT), 10000));
    for (int i = 0; i < 100 && share_bp(CHECKOUT) < 10000; i++) {
        tick(0);
        cr_assert(eq(u32, share_bp(BROWSE), 500));
    }
    ticks(30, 0);
    cr_assert(eq(int, state(CHECKOUT), BREAKER_CLOSED));
    cr_assert(eq(int, state(BROWSE), BREAKER_CLOSED));
}

Test(breakers, browse_at_its_floor_does_not_open_while_checkout_can_still_shed)
{
    load.facts.is_evaluation_heavy = true; /* no even cut: checkout gives by two per cent a tick */
    load.interfaces[BROWSE].admitted = load.interfaces[BROWSE].turned_away = 100;
    load.interfaces[CHECKOUT].admitted = 10000;
    ticks(50, 30000);
    cr_assert(eq(int, state(CHECKOUT), BREAKER_SHEDDING));
    cr_assert(gt(u32, share_bp(CHECKOUT), 500));
    cr_assert(eq(int, state(BROWSE), BREAKER_SHEDDING));
    cr_assert(eq(u32, share_bp(BROWSE), 500));
}

Test(breakers, what_was_turned_away_is_what_is_cut)
{
    load.facts.is_evaluation_heavy = true;
    load.interfaces[BROWSE] = (struct load_interface){.admitted = 800, .turned_away = 200};
    load.interfaces[CHECKOUT] = (struct load_interface){.admitted = 200, .turned_away = 120};
    ticks(2, 30000);
    cr_assert(eq(u32, share_bp(BROWSE), 6000), "it bears the 320 of both");
}

/* Modes */

Test(breakers, a_shadow_goes_through_its_states_and_publishes_that_it_is_one)
{
    enter_mode("shadow");
    ticks(2, 8000);
    cr_assert(eq(int, state(BROWSE), BREAKER_SHEDDING));
    cr_assert(gate(BROWSE).is_shadow);
    cr_assert(eq(u32, gate(BROWSE).share_bp, 6250));
}

Test(breakers, a_shadow_does_not_open_for_want_of_memory)
{
    enter_mode("shadow");
    is_memory_short = true;
    ticks(10, 0);
    is_memory_short = false;
    cr_assert(eq(int, state(CHECKOUT), BREAKER_CLOSED));
}

Test(breakers, short_memory_opens_all_of_those_that_are_on)
{
    is_memory_short = true;
    tick(0);
    is_memory_short = false;
    cr_assert(eq(int, state(CHECKOUT), BREAKER_OPEN));
    cr_assert(eq(int, state(BROWSE), BREAKER_OPEN));
    cr_assert(eq(u32, breakers.news_count, 2));
}

Test(breakers, while_off_nothing_is_judged_and_everybody_is_admitted)
{
    enter_mode("off");
    ticks(100, 30000);
    cr_assert(eq(int, state(BROWSE), BREAKER_CLOSED));
    cr_assert(eq(u32, gate(BROWSE).share_bp, 10000));
}

Test(breakers, turned_off_it_admits_everybody_from_whatever_state_to_the_end_of_its_ramp)
{
    is_memory_short = true;
    tick(0);
    is_memory_short = false;
    enter_mode("off");
    bool has_ramped = false;
    for (int i = 0; i < 200; i++) {
        tick(0);
        has_ramped |= state(CHECKOUT) == BREAKER_RAMP;
        cr_assert_eq(gate(CHECKOUT).share_bp, 10000, "while %s", breaker_state_name(state(CHECKOUT)));
        cr_assert_eq(gate(BROWSE).share_bp, 10000, "while %s", breaker_state_name(state(BROWSE)));
    }
    cr_assert(has_ramped);
    cr_assert(eq(int, state(BROWSE), BREAKER_CLOSED));
}

/* Configurations */

Test(breakers, a_breaker_outlives_a_reload_and_one_of_a_new_interface_is_closed)
{
    ticks(2, 8000);
    struct config *fresh =
        config_of(CONFIG_LISTEN CONFIG_SOURCE
                  "interfaces = ( { name = \"cart\"; degrade = \"auto\"; fallback = \"safe\"; }, { name = \"browse\"; "
                  "degrade = \"auto\"; fallback = \"safe\"; } );\n" CONFIG_FALLBACKS);
    cr_assert_not_null(fresh);
    gate_table_assign(fresh, in_force);
    breakers_follow(&breakers, fresh, now_ms);
    uint32_t cart = fresh->interfaces[0].gate, browse = fresh->interfaces[1].gate;
    cr_assert(eq(u32, browse, BROWSE));
    cr_assert(eq(int, state(browse), BREAKER_SHEDDING));
    cr_assert(eq(u32, breakers.transitions[browse][BREAKER_CLOSED][BREAKER_SHEDDING], 1));
    cr_assert(eq(int, state(cart), BREAKER_CLOSED));
    cr_assert(not(breakers.is_in_use[CHECKOUT]));
    config_free(fresh);
}

Test(breakers, an_interface_that_comes_back_begins_closed)
{
    ticks(2, 8000);
    struct config *single = config_of(CONFIG_REQUIRED);
    cr_assert_not_null(single);
    gate_table_assign(single, in_force);
    breakers_follow(&breakers, single, now_ms);
    config_free(in_force);
    in_force = single;
    enter_mode("on");
    cr_assert(eq(int, state(in_force->interfaces[BROWSE].gate), BREAKER_CLOSED));
    cr_assert(eq(u32, share_bp(in_force->interfaces[BROWSE].gate), 10000));
}
