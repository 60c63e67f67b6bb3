/* Breakers, cascade and gates together: priorities from end to end, what each mode applies, and orders. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "config_text.h"
#include "service/breakers.h"

enum { CHECKOUT = 0, BROWSE = 1, BEGIN_MS = 1000000, WALL_S = 1700000000 };

#define TWO                                                                                                            \
    CONFIG_LISTEN CONFIG_SOURCE                                                                                        \
        "interfaces = ( { name = \"checkout\"; degrade = \"auto\"; fallback = \"safe\"; }, { name = \"browse\"; "      \
        "degrade = \"auto\"; fallback = \"safe\"; } );\n" CONFIG_FALLBACKS

static struct config *config;
static struct breakers breakers;
static struct switches switches;
static struct gate_table gates;
static struct load load;
static int64_t now_ms, now_unix_s;
static bool is_memory_short;

/* The configuration with that mode comes into force. */
static void enter_mode(const char *mode)
{
    char text[1024];
    snprintf(text, sizeof(text), TWO "breaker = { mode = \"%s\"; };\n", mode);
    struct config *fresh = config_of(text);
    cr_assert_not_null(fresh);
    gate_table_assign(fresh, config != NULL ? config : fresh);
    breakers_follow(&breakers, fresh, now_ms);
    config_free(config);
    config = fresh;
}

static void begin(void)
{
    now_ms = BEGIN_MS;
    now_unix_s = WALL_S;
    breakers_init(&breakers);
    enter_mode("on");
}

static void end(void)
{
    config_free(config);
    config = NULL;
}

TestSuite(breakers, .init = begin, .fini = end);

/* A thousand requests a second to each. */
static void tick(uint32_t delay_us)
{
    now_ms += PRESSURE_TICK_MS;
    load.facts.delay_us = delay_us;
    load.facts.utilisation_bp = delay_us > 0 ? 10000 : 2000;
    load.facts.requests = 2000;
    load.interfaces[CHECKOUT].asked_in_second = load.interfaces[BROWSE].asked_in_second = 1000;
    const struct breakers_tick one = {
        .config = config, .load = &load, .is_memory_short = is_memory_short, .now_ms = now_ms, .chance_bp = 5000};
    breakers_tick(&breakers, &one);
    breakers_publish(&breakers, config, &switches, now_unix_s, &gates);
}

static void ticks(uint32_t count, uint32_t delay_us)
{
    for (uint32_t i = 0; i < count; i++) {
        tick(delay_us);
    }
}

static void order(const char *name, const char *mode)
{
    *switch_document_put(&switches.admin, slice_of(name)) = (struct switch_entry){0};
    struct switch_entry *entry = &switches.admin.entries[switches.admin.count - 1];
    snprintf(entry->name, sizeof(entry->name), "%s", name);
    snprintf(entry->mode, sizeof(entry->mode), "%s", mode);
    entry->until_unix_s = now_unix_s + 3600;
}

static void obey(void)
{
    breakers_obey(&breakers, config, &switches, now_ms, now_unix_s);
    breakers_publish(&breakers, config, &switches, now_unix_s, &gates);
}

static void switch_on_and_back(void)
{
    order("*", "on");
    obey();
    switch_document_remove(&switches.admin, SLICE("*"));
    obey();
}

static enum breaker_state state(uint32_t gate)
{
    return breakers.by_gate[gate].state;
}

static uint32_t share_bp(uint32_t gate)
{
    return breakers.by_gate[gate].share_bp;
}

static struct gate gate(uint32_t slot)
{
    return gate_table_read(&gates, slot);
}

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
    config_free(config);
    config = single;
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

/* Orders */

Test(breakers, an_order_is_in_the_gate_at_once_and_the_share_is_left_out_of_it)
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

Test(breakers, forced_states_stand_under_overload_and_the_others_bear_it)
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

Test(breakers, switching_back_ramps)
{
    switch_on_and_back();
    assert_ramps();
}

Test(breakers, switching_back_ramps_even_where_the_breaker_is_off)
{
    enter_mode("off");
    switch_on_and_back();
    assert_ramps();
}

Test(breakers, switching_back_ramps_even_where_the_breaker_is_a_shadow)
{
    enter_mode("shadow");
    switch_on_and_back();
    assert_ramps();
}

Test(breakers, a_shadows_ramp_after_a_switch_goes_by_time_alone_and_never_lets_all_in_at_once)
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

Test(breakers, a_wall_clock_that_jumps_an_hour_moves_no_breaker)
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

Test(breakers, an_order_that_ends_ramps)
{
    order("checkout", "on");
    obey();
    now_unix_s += 3600;
    obey();
    cr_assert(eq(int, state(CHECKOUT), BREAKER_RAMP));
    cr_assert(eq(u32, gate(CHECKOUT).share_bp, 500));
}

Test(breakers, a_drill_is_told_to_the_workers_and_forces_nothing)
{
    order("checkout", "on");
    switches.admin.entries[0].is_drill = true;
    obey();
    cr_assert(gate(CHECKOUT).is_drill);
    cr_assert(eq(int, gate(CHECKOUT).order, SWITCH_AUTO));
    cr_assert(eq(int, state(CHECKOUT), BREAKER_CLOSED));
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
    gate_table_assign(fresh, config);
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
    gate_table_assign(single, config);
    breakers_follow(&breakers, single, now_ms);
    config_free(config);
    config = single;
    enter_mode("on");
    cr_assert(eq(int, state(config->interfaces[BROWSE].gate), BREAKER_CLOSED));
    cr_assert(eq(u32, share_bp(config->interfaces[BROWSE].gate), 10000));
}
