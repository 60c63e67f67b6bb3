/* What callers see of overload, in virtual time: onset, settling, opening, and the way back. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "config_text.h"
#include "overload_scenario.h"

enum { SECOND = 1000 / PRESSURE_TICK_MS };

/* Load sets in */

Test(breaker_simulation, ten_times_the_load_sheds_within_300_ms_and_settles_near_capacity)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct simulation *simulation = scenario_warm(SCENARIO_ONE, seed, HEAVY_NS);
        simulation_run(simulation, (int64_t)seed * 5); /* so that load sets in anywhere in a tick */
        int64_t onset_ms = simulation_ms(simulation);
        scenario_call(simulation, CHECKOUT, 1000, HEAVY_NS);
        simulation_run(simulation, 20000);
        int64_t stands_ms = onset_ms + 10; /* from then on everybody waits past the target */
        cr_assert_leq(scenario_first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0), stands_ms + 300, "seed %zu",
                      (size_t)seed);
        cr_assert_eq(simulation->news_count, 1, "no further change of state, seed %zu", (size_t)seed);
        for (uint32_t t = (uint32_t)(onset_ms / PRESSURE_TICK_MS) + 2 * SECOND; t < simulation->tick_count; t++) {
            struct scenario_second second = scenario_second(simulation, t);
            double ratio = (double)second.admitted / scenario_bearable(&second, HEAVY_NS);
            double goodput = (double)second.evaluated / scenario_bearable(&second, HEAVY_NS);
            cr_assert(ratio > 0.9 && ratio < 1.15, "seed %zu: %.3f of capacity admitted", (size_t)seed, ratio);
            cr_assert(goodput > 0.9 && goodput < 1.05, "seed %zu: %.3f evaluated", (size_t)seed, goodput);
        }
        scenario_end(simulation);
    }
}

Test(breaker_simulation, goodput_at_ten_times_the_load_is_95_per_cent_of_what_could_be_done)
{
    struct simulation *simulation = scenario_warm(SCENARIO_ONE, 1, HEAVY_NS);
    scenario_call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 1000);
    uint64_t evaluated = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].evaluated);
    uint64_t asked = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].asked);
    simulation_run(simulation, 60000);
    evaluated = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].evaluated) - evaluated;
    asked = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].asked) - asked;
    cr_assert(gt(dbl, (double)evaluated * HEAVY_NS, 0.95 * (60e9 - (double)asked * SIMULATION_HTTP_NS)));
    cr_assert(eq(u64, simulation->refused, 0), "and everybody got an answer");
    scenario_end(simulation);
}

Test(breaker_simulation, light_evaluations_shed_by_their_delay_and_keep_most_of_the_goodput)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct simulation *simulation = scenario_warm(SCENARIO_ONE, seed, LIGHT_NS);
        int64_t onset_ms = simulation_ms(simulation);
        scenario_call(simulation, CHECKOUT, 300, LIGHT_NS);
        simulation_run(simulation, 10000);
        cr_assert_leq(scenario_first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0), onset_ms + 300, "seed %zu",
                      (size_t)seed);
        cr_assert_eq(simulation->news_count, 1, "seed %zu", (size_t)seed);
        double evaluated = 0, could_be = 0;
        for (uint32_t t = 3 * SECOND; t < simulation->tick_count; t += SECOND) {
            struct scenario_second second = scenario_second(simulation, t);
            evaluated += (double)second.evaluated;
            could_be += scenario_bearable(&second, LIGHT_NS);
        }
        cr_assert_gt(evaluated, 0.85 * could_be, "seed %zu: %.3f", (size_t)seed, evaluated / could_be);
        scenario_end(simulation);
    }
}

Test(breaker_simulation, a_burst_of_50_ms_at_20_times_the_load_stays_closed_wherever_in_a_tick_it_falls)
{
    for (int64_t offset_ms = 0; offset_ms < PRESSURE_TICK_MS; offset_ms += 5) {
        struct simulation *simulation = scenario_warm(SCENARIO_ONE, (uint64_t)offset_ms + 1, HEAVY_NS);
        simulation_run(simulation, offset_ms);
        scenario_call(simulation, CHECKOUT, 20 * 50, HEAVY_NS);
        simulation_run(simulation, 50);
        scenario_call(simulation, CHECKOUT, 50, HEAVY_NS);
        simulation_run(simulation, 5000);
        cr_assert_eq(simulation->news_count, 0, "a burst %zu ms into a tick", (size_t)offset_ms);
        scenario_end(simulation);
    }
}

Test(breaker_simulation, a_load_just_below_capacity_is_no_overload)
{
    struct simulation *simulation = scenario_warm(SCENARIO_ONE, 7, HEAVY_NS);
    scenario_call(simulation, CHECKOUT, 85, HEAVY_NS);
    simulation_run(simulation, 60000);
    cr_assert(eq(u32, simulation->news_count, 0));
    scenario_end(simulation);
}

/* Too much, and the way back */

Test(breaker_simulation, a_load_too_heavy_for_the_smallest_share_opens_within_a_second)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct simulation *simulation = scenario_warm(SCENARIO_ONE, seed, HEAVY_NS);
        simulation_run(simulation, (int64_t)seed * 10);
        int64_t onset_ms = simulation_ms(simulation);
        scenario_call(simulation, CHECKOUT, 4000, HEAVY_NS);
        simulation_run(simulation, 1500);
        cr_assert_leq(scenario_first_ms(simulation, CHECKOUT, BREAKER_OPEN, 0), onset_ms + 1000, "seed %zu",
                      (size_t)seed);
        scenario_end(simulation);
    }
}

/* Each seed's load lasts longer, so that it ends in every state: of an open breaker early and late in its dwell. */
static void assert_closes_again(uint32_t load_of_capacity, uint32_t calm_of_capacity)
{
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct simulation *simulation = scenario_warm(SCENARIO_ONE, seed, HEAVY_NS);
        scenario_call(simulation, CHECKOUT, load_of_capacity, HEAVY_NS);
        simulation_run(simulation, 500 * (int64_t)seed);
        scenario_call(simulation, CHECKOUT, calm_of_capacity, HEAVY_NS);
        int64_t ended_ms = simulation_ms(simulation);
        simulation_run(simulation, 30000);
        cr_assert_eq(scenario_state(simulation, CHECKOUT), BREAKER_CLOSED, "seed %zu", (size_t)seed);
        cr_assert_leq(simulation->breakers.by_gate[CHECKOUT].since_ms - simulation->begun_ns / 1000000,
                      ended_ms + 15000, "seed %zu", (size_t)seed);
        uint32_t again = scenario_times(simulation, BREAKER_SHEDDING, ended_ms + PRESSURE_TICK_MS) +
                         scenario_times(simulation, BREAKER_OPEN, ended_ms + PRESSURE_TICK_MS);
        cr_assert_leq(again, 1, "seed %zu swings %u times", (size_t)seed, again);
        scenario_end(simulation);
    }
}

Test(breaker_simulation, it_is_closed_15_s_after_a_load_too_heavy_with_traffic)
{
    assert_closes_again(4000, 50);
}

Test(breaker_simulation, it_is_closed_15_s_after_a_load_too_heavy_without_traffic)
{
    assert_closes_again(4000, 0);
}

Test(breaker_simulation, it_is_closed_15_s_after_ten_times_the_load_with_traffic)
{
    assert_closes_again(1000, 50);
}

Test(breaker_simulation, it_is_closed_15_s_after_ten_times_the_load_without_traffic)
{
    assert_closes_again(1000, 0);
}

Test(breaker_simulation, the_longest_dwell_and_the_ramp_fit_into_15_s)
{
    struct simulation *simulation = scenario_warm(SCENARIO_ONE, 3, HEAVY_NS);
    scenario_call(simulation, CHECKOUT, 4000, HEAVY_NS);
    simulation_run(simulation, 30000);
    while (scenario_state(simulation, CHECKOUT) != BREAKER_OPEN) {
        simulation_run(simulation, PRESSURE_TICK_MS);
    }
    simulation->breakers.by_gate[CHECKOUT].dwell_ms = 7200; /* 6 s and a fifth: as unlucky as one may be */
    scenario_call(simulation, CHECKOUT, 50, HEAVY_NS);
    simulation_run(simulation, 15000);
    cr_assert(eq(int, scenario_state(simulation, CHECKOUT), BREAKER_CLOSED));
    scenario_end(simulation);
}
