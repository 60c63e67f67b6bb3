/* Overload of several interfaces, under operators and in other modes, in virtual time. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "config_text.h"
#include "overload_scenario.h"

#define SHADOW "breaker = { mode = \"shadow\"; };\n"

/* Priorities */

Test(cascade_simulation, browse_sheds_to_its_floor_before_checkout_sheds_at_all_and_checkout_recovers_first)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct simulation *simulation = scenario_warm(SCENARIO_TWO, seed, HEAVY_NS);
        scenario_call(simulation, CHECKOUT, 500, HEAVY_NS);
        scenario_call(simulation, BROWSE, 500, HEAVY_NS);
        simulation_run(simulation, 10000);
        scenario_call(simulation, CHECKOUT, 25, HEAVY_NS);
        scenario_call(simulation, BROWSE, 25, HEAVY_NS);
        simulation_run(simulation, 15000);
        cr_assert_eq(simulation->news_count, 4, "each sheds once and closes once, seed %zu", (size_t)seed);
        for (uint32_t t = 1; t < simulation->tick_count; t++) {
            const uint32_t *before_bp = simulation->ticks[t - 1].shares_bp, *now_bp = simulation->ticks[t].shares_bp;
            cr_assert(now_bp[CHECKOUT] == 10000 || now_bp[BROWSE] == 500, "seed %zu", (size_t)seed);
            cr_assert(now_bp[BROWSE] <= before_bp[BROWSE] || before_bp[CHECKOUT] == 10000, "seed %zu", (size_t)seed);
        }
        cr_assert_lt(scenario_first_ms(simulation, BROWSE, BREAKER_SHEDDING, 0),
                     scenario_first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0));
        cr_assert_lt(scenario_first_ms(simulation, CHECKOUT, BREAKER_CLOSED, 0),
                     scenario_first_ms(simulation, BROWSE, BREAKER_CLOSED, 0));
        scenario_end(simulation);
    }
}

Test(cascade_simulation, checkout_keeps_all_its_users_where_browse_alone_is_too_much)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct simulation *simulation = scenario_warm(SCENARIO_TWO, seed, HEAVY_NS);
        scenario_call(simulation, CHECKOUT, 30, HEAVY_NS);
        scenario_call(simulation, BROWSE, 500, HEAVY_NS);
        simulation_run(simulation, 10000);
        cr_assert_eq(scenario_state(simulation, BROWSE), BREAKER_SHEDDING, "seed %zu", (size_t)seed);
        cr_assert_eq(simulation->news_count, 1, "seed %zu", (size_t)seed);
        scenario_end(simulation);
    }
}

Test(cascade_simulation, one_that_nobody_asks_for_is_passed_over)
{
    struct simulation *simulation = scenario_warm(SCENARIO_TWO, 5, HEAVY_NS);
    scenario_call(simulation, BROWSE, 0, HEAVY_NS);
    simulation_run(simulation, 1100);
    int64_t onset_ms = simulation_ms(simulation);
    scenario_call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 5000);
    cr_assert(le(i64, scenario_first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0), onset_ms + 300));
    cr_assert(eq(int, scenario_state(simulation, BROWSE), BREAKER_CLOSED));
    scenario_end(simulation);
}

Test(cascade_simulation, browse_opens_before_checkout_and_both_come_back)
{
    struct simulation *simulation = scenario_warm(SCENARIO_TWO, 6, HEAVY_NS);
    scenario_call(simulation, CHECKOUT, 2000, HEAVY_NS);
    scenario_call(simulation, BROWSE, 2000, HEAVY_NS);
    simulation_run(simulation, 5000);
    cr_assert(lt(i64, scenario_first_ms(simulation, BROWSE, BREAKER_OPEN, 0),
                 scenario_first_ms(simulation, CHECKOUT, BREAKER_OPEN, 0)));
    cr_assert(le(i64, scenario_first_ms(simulation, CHECKOUT, BREAKER_OPEN, 0), 2500));
    scenario_call(simulation, CHECKOUT, 25, HEAVY_NS);
    scenario_call(simulation, BROWSE, 25, HEAVY_NS);
    simulation_run(simulation, 19000); /* a dwell, the ramp of the one, the ramp of the other */
    cr_assert(eq(int, scenario_state(simulation, CHECKOUT), BREAKER_CLOSED));
    cr_assert(eq(int, scenario_state(simulation, BROWSE), BREAKER_CLOSED));
    scenario_end(simulation);
}

/* Operators and modes under overload */

static void order(struct simulation *simulation, const char *mode)
{
    struct switch_entry *entry = switch_document_put(&simulation->switches.admin, SLICE("checkout"));
    cr_assert_not_null(entry);
    memcpy(entry->mode, mode, strlen(mode) + 1);
    entry->until_unix_s = simulation->wall_unix_s + simulation->now_ns / 1000000000 + 3600;
}

Test(cascade_simulation, never_under_overload_sheds_nobody_and_the_line_is_bounded_all_the_same)
{
    struct simulation *simulation = scenario_warm(SCENARIO_ONE, 8, HEAVY_NS);
    order(simulation, "never");
    scenario_call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 10000);
    cr_assert(eq(int, scenario_state(simulation, CHECKOUT), BREAKER_FORCED_CLOSED));
    struct scenario_second last = scenario_second(simulation, simulation->tick_count - 1);
    cr_assert(gt(u64, last.admitted, last.asked - 100), "all but the line's length");
    cr_assert(gt(dbl, (double)last.evaluated, 0.95 * scenario_bearable(&last, HEAVY_NS)));
    cr_assert(le(u32, simulation->load.facts.delay_us, 50000), "queue_max_ms, and a turn");
    cr_assert(eq(u64, simulation->refused, 0));
    scenario_end(simulation);
}

Test(cascade_simulation, on_under_overload_evaluates_nothing_and_switching_back_ramps_into_shedding)
{
    struct simulation *simulation = scenario_warm(SCENARIO_ONE, 9, HEAVY_NS);
    scenario_call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 2000);
    order(simulation, "on");
    simulation_run(simulation, 2000);
    cr_assert(eq(u64, scenario_second(simulation, simulation->tick_count - 1).evaluated, 0));
    int64_t back_ms = simulation_ms(simulation);
    switch_document_remove(&simulation->switches.admin, SLICE("checkout"));
    simulation_run(simulation, 10000);
    cr_assert(eq(u32, scenario_times(simulation, BREAKER_RAMP, back_ms), 1));
    cr_assert(eq(u32, scenario_times(simulation, BREAKER_OPEN, back_ms), 0));
    cr_assert(eq(int, scenario_state(simulation, CHECKOUT), BREAKER_SHEDDING));
    struct scenario_second last = scenario_second(simulation, simulation->tick_count - 1);
    cr_assert(gt(dbl, (double)last.evaluated, 0.9 * scenario_bearable(&last, HEAVY_NS)));
    scenario_end(simulation);
}

Test(cascade_simulation, a_shadow_evaluates_everybody_it_would_have_shed)
{
    struct simulation *simulation = scenario_warm(SCENARIO_ONE SHADOW, 10, LIGHT_NS);
    scenario_call(simulation, CHECKOUT, 110, LIGHT_NS);
    simulation_run(simulation, 3000);
    cr_assert(eq(u32, scenario_times(simulation, BREAKER_SHEDDING, 0), 1));
    scenario_call(simulation, CHECKOUT, 50, LIGHT_NS);
    simulation_run(simulation, 15000);
    const struct gauge_interface *gauge = &simulation->worker->gauge.interfaces[CHECKOUT];
    cr_assert(eq(u64, counter_read(&gauge->evaluated), counter_read(&gauge->asked)));
    cr_assert(eq(u64, counter_read(&gauge->turned_away), 0));
    cr_assert(eq(int, scenario_state(simulation, CHECKOUT), BREAKER_CLOSED));
    scenario_end(simulation);
}

Test(cascade_simulation, memory_that_is_short_opens_at_once_and_ramps_when_it_is_there_again)
{
    struct simulation *simulation = scenario_warm(SCENARIO_TWO, 11, HEAVY_NS);
    simulation->is_memory_short = true;
    simulation_run(simulation, 5000);
    cr_assert(eq(u64, scenario_second(simulation, simulation->tick_count - 1).evaluated, 0));
    simulation->is_memory_short = false;
    simulation_run(simulation, 15000);
    cr_assert(eq(int, scenario_state(simulation, CHECKOUT), BREAKER_CLOSED));
    cr_assert(eq(int, scenario_state(simulation, BROWSE), BREAKER_CLOSED));
    cr_assert(eq(u32, scenario_times(simulation, BREAKER_OPEN, 0), 2), "each once");
    scenario_end(simulation);
}
