/* What callers see of overload, in virtual time: onset, settling, opening, and the way back. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "config_text.h"
#include "overload_simulation.h"

enum { CHECKOUT = 0, BROWSE = 1, HEAVY_NS = 1000000, LIGHT_NS = 40000, SECOND = 1000 / PRESSURE_TICK_MS };

#define ONE CONFIG_REQUIRED
#define TWO                                                                                                            \
    CONFIG_LISTEN CONFIG_SOURCE                                                                                        \
        "interfaces = ( { name = \"checkout\"; degrade = \"auto\"; fallback = \"safe\"; }, { name = \"browse\"; "      \
        "degrade = \"auto\"; fallback = \"safe\"; } );\n" CONFIG_FALLBACKS
#define SHADOW "breaker = { mode = \"shadow\"; };\n"

/* Requests a second that take so many per cent of the worker. */
static uint32_t per_cent(uint32_t of_capacity, int64_t evaluation_ns)
{
    return (uint32_t)(10000000 * (uint64_t)of_capacity / (uint64_t)(evaluation_ns + SIMULATION_HTTP_NS));
}

static void call(struct simulation *simulation, uint32_t interface, uint32_t of_capacity, int64_t evaluation_ns)
{
    simulation_call(simulation, interface, per_cent(of_capacity, evaluation_ns), evaluation_ns);
}

/* A second of half its capacity, by one interface or two; whatever is tested begins after it. */
static struct simulation *warm(const char *text, uint64_t seed, int64_t evaluation_ns)
{
    struct config *config = config_of(text);
    cr_assert_not_null(config);
    struct simulation *simulation = simulation_create(config, seed);
    for (uint32_t i = 0; i < config->interface_count; i++) {
        call(simulation, i, 50 / config->interface_count, evaluation_ns);
    }
    simulation_run(simulation, 1000);
    cr_assert_eq(simulation->news_count, 0);
    return simulation;
}

static void end(struct simulation *simulation)
{
    struct config *config = simulation->config;
    simulation_free(simulation);
    config_free(config);
}

static enum breaker_state state(const struct simulation *simulation, uint32_t interface)
{
    return simulation->breakers.by_gate[interface].state;
}

/* When it first came into that state since then; beyond all time if it did not. */
static int64_t first_ms(const struct simulation *simulation, uint32_t interface, enum breaker_state into,
                        int64_t since_ms)
{
    for (uint32_t i = 0; i < simulation->news_count; i++) {
        const struct simulated_news *news = &simulation->news[i];
        bool is_of_it = slice_equals(slice_of(news->news.interface), simulation->config->interfaces[interface].name);
        if (is_of_it && news->news.transition.to == into && news->at_ms >= since_ms) {
            return news->at_ms;
        }
    }
    return INT64_MAX;
}

static uint32_t times(const struct simulation *simulation, enum breaker_state into, int64_t since_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < simulation->news_count; i++) {
        const struct simulated_news *news = &simulation->news[i];
        count += news->at_ms >= since_ms && news->news.transition.to == into;
    }
    return count;
}

/* Of all interfaces, in a second that ends with that tick */

struct second {
    uint64_t asked, admitted, evaluated;
};

static struct second second_before(const struct simulation *simulation, uint32_t tick)
{
    struct second second = {0};
    for (uint32_t t = tick - SECOND + 1; t <= tick; t++) {
        for (uint32_t i = 0; i < simulation->config->interface_count; i++) {
            const struct simulated_tick *one = &simulation->ticks[t];
            second.asked += one->asked[i];
            second.evaluated += one->evaluated[i];
            second.admitted += one->evaluated[i] + one->turned_away[i];
        }
    }
    return second;
}

/* What could have been evaluated in it beside answering all. */
static double bearable(const struct second *second, int64_t evaluation_ns)
{
    return (1e9 - (double)second->asked * SIMULATION_HTTP_NS) / (double)evaluation_ns;
}

/* Load sets in */

Test(breaker_simulation, ten_times_the_load_sheds_within_300_ms_and_settles_near_capacity)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct simulation *simulation = warm(ONE, seed, HEAVY_NS);
        simulation_run(simulation, (int64_t)seed * 5); /* so that load sets in anywhere in a tick */
        int64_t onset_ms = simulation_ms(simulation);
        call(simulation, CHECKOUT, 1000, HEAVY_NS);
        simulation_run(simulation, 20000);
        int64_t stands_ms = onset_ms + 10; /* from then on everybody waits past the target */
        cr_assert_leq(first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0), stands_ms + 300, "seed %zu", (size_t)seed);
        cr_assert_eq(simulation->news_count, 1, "no further change of state, seed %zu", (size_t)seed);
        for (uint32_t t = (uint32_t)(onset_ms / PRESSURE_TICK_MS) + 2 * SECOND; t < simulation->tick_count; t++) {
            struct second second = second_before(simulation, t);
            double ratio = (double)second.admitted / bearable(&second, HEAVY_NS);
            double goodput = (double)second.evaluated / bearable(&second, HEAVY_NS);
            cr_assert(ratio > 0.9 && ratio < 1.15, "seed %zu: %.3f of capacity admitted", (size_t)seed, ratio);
            cr_assert(goodput > 0.9 && goodput < 1.05, "seed %zu: %.3f evaluated", (size_t)seed, goodput);
        }
        end(simulation);
    }
}

Test(breaker_simulation, goodput_at_ten_times_the_load_is_95_per_cent_of_what_could_be_done)
{
    struct simulation *simulation = warm(ONE, 1, HEAVY_NS);
    call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 1000);
    uint64_t evaluated = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].evaluated);
    uint64_t asked = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].asked);
    simulation_run(simulation, 60000);
    evaluated = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].evaluated) - evaluated;
    asked = counter_read(&simulation->worker->gauge.interfaces[CHECKOUT].asked) - asked;
    cr_assert(gt(dbl, (double)evaluated * HEAVY_NS, 0.95 * (60e9 - (double)asked * SIMULATION_HTTP_NS)));
    cr_assert(eq(u64, simulation->refused, 0), "and everybody got an answer");
    end(simulation);
}

Test(breaker_simulation, light_evaluations_shed_by_their_delay_and_keep_most_of_the_goodput)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct simulation *simulation = warm(ONE, seed, LIGHT_NS);
        int64_t onset_ms = simulation_ms(simulation);
        call(simulation, CHECKOUT, 300, LIGHT_NS);
        simulation_run(simulation, 10000);
        cr_assert_leq(first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0), onset_ms + 300, "seed %zu", (size_t)seed);
        cr_assert_eq(simulation->news_count, 1, "seed %zu", (size_t)seed);
        double evaluated = 0, could_be = 0;
        for (uint32_t t = 3 * SECOND; t < simulation->tick_count; t += SECOND) {
            struct second second = second_before(simulation, t);
            evaluated += (double)second.evaluated;
            could_be += bearable(&second, LIGHT_NS);
        }
        cr_assert_gt(evaluated, 0.85 * could_be, "seed %zu: %.3f", (size_t)seed, evaluated / could_be);
        end(simulation);
    }
}

Test(breaker_simulation, a_burst_of_50_ms_at_20_times_the_load_stays_closed_wherever_in_a_tick_it_falls)
{
    for (int64_t offset_ms = 0; offset_ms < PRESSURE_TICK_MS; offset_ms += 5) {
        struct simulation *simulation = warm(ONE, (uint64_t)offset_ms + 1, HEAVY_NS);
        simulation_run(simulation, offset_ms);
        call(simulation, CHECKOUT, 20 * 50, HEAVY_NS);
        simulation_run(simulation, 50);
        call(simulation, CHECKOUT, 50, HEAVY_NS);
        simulation_run(simulation, 5000);
        cr_assert_eq(simulation->news_count, 0, "a burst %zu ms into a tick", (size_t)offset_ms);
        end(simulation);
    }
}

Test(breaker_simulation, a_load_just_below_capacity_is_no_overload)
{
    struct simulation *simulation = warm(ONE, 7, HEAVY_NS);
    call(simulation, CHECKOUT, 85, HEAVY_NS);
    simulation_run(simulation, 60000);
    cr_assert(eq(u32, simulation->news_count, 0));
    end(simulation);
}

/* Too much, and the way back */

Test(breaker_simulation, a_load_too_heavy_for_the_smallest_share_opens_within_a_second)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct simulation *simulation = warm(ONE, seed, HEAVY_NS);
        simulation_run(simulation, (int64_t)seed * 10);
        int64_t onset_ms = simulation_ms(simulation);
        call(simulation, CHECKOUT, 4000, HEAVY_NS);
        simulation_run(simulation, 1500);
        cr_assert_leq(first_ms(simulation, CHECKOUT, BREAKER_OPEN, 0), onset_ms + 1000, "seed %zu", (size_t)seed);
        end(simulation);
    }
}

/* Each seed's load lasts longer, so that it ends in every state: of an open breaker early and late in its dwell. */
static void assert_closes_again(uint32_t load_of_capacity, uint32_t calm_of_capacity)
{
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct simulation *simulation = warm(ONE, seed, HEAVY_NS);
        call(simulation, CHECKOUT, load_of_capacity, HEAVY_NS);
        simulation_run(simulation, 500 * (int64_t)seed);
        call(simulation, CHECKOUT, calm_of_capacity, HEAVY_NS);
        int64_t ended_ms = simulation_ms(simulation);
        simulation_run(simulation, 30000);
        cr_assert_eq(state(simulation, CHECKOUT), BREAKER_CLOSED, "seed %zu", (size_t)seed);
        cr_assert_leq(simulation->breakers.by_gate[CHECKOUT].since_ms - simulation->begun_ns / 1000000,
                      ended_ms + 15000, "seed %zu", (size_t)seed);
        uint32_t again = times(simulation, BREAKER_SHEDDING, ended_ms + PRESSURE_TICK_MS) +
                         times(simulation, BREAKER_OPEN, ended_ms + PRESSURE_TICK_MS);
        cr_assert_leq(again, 1, "seed %zu swings %u times", (size_t)seed, again);
        end(simulation);
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
    struct simulation *simulation = warm(ONE, 3, HEAVY_NS);
    call(simulation, CHECKOUT, 4000, HEAVY_NS);
    simulation_run(simulation, 30000);
    while (state(simulation, CHECKOUT) != BREAKER_OPEN) {
        simulation_run(simulation, PRESSURE_TICK_MS);
    }
    simulation->breakers.by_gate[CHECKOUT].dwell_ms = 7200; /* 6 s and a fifth: as unlucky as one may be */
    call(simulation, CHECKOUT, 50, HEAVY_NS);
    simulation_run(simulation, 15000);
    cr_assert(eq(int, state(simulation, CHECKOUT), BREAKER_CLOSED));
    end(simulation);
}

/* Priorities */

Test(breaker_simulation, browse_sheds_to_its_floor_before_checkout_sheds_at_all_and_checkout_recovers_first)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct simulation *simulation = warm(TWO, seed, HEAVY_NS);
        call(simulation, CHECKOUT, 500, HEAVY_NS);
        call(simulation, BROWSE, 500, HEAVY_NS);
        simulation_run(simulation, 10000);
        call(simulation, CHECKOUT, 25, HEAVY_NS);
        call(simulation, BROWSE, 25, HEAVY_NS);
        simulation_run(simulation, 15000);
        cr_assert_eq(simulation->news_count, 4, "each sheds once and closes once, seed %zu", (size_t)seed);
        for (uint32_t t = 1; t < simulation->tick_count; t++) {
            const uint32_t *before_bp = simulation->ticks[t - 1].shares_bp, *now_bp = simulation->ticks[t].shares_bp;
            cr_assert(now_bp[CHECKOUT] == 10000 || now_bp[BROWSE] == 500, "seed %zu", (size_t)seed);
            cr_assert(now_bp[BROWSE] <= before_bp[BROWSE] || before_bp[CHECKOUT] == 10000, "seed %zu", (size_t)seed);
        }
        cr_assert_lt(first_ms(simulation, BROWSE, BREAKER_SHEDDING, 0),
                     first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0));
        cr_assert_lt(first_ms(simulation, CHECKOUT, BREAKER_CLOSED, 0),
                     first_ms(simulation, BROWSE, BREAKER_CLOSED, 0));
        end(simulation);
    }
}

Test(breaker_simulation, checkout_keeps_all_its_users_where_browse_alone_is_too_much)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct simulation *simulation = warm(TWO, seed, HEAVY_NS);
        call(simulation, CHECKOUT, 30, HEAVY_NS);
        call(simulation, BROWSE, 500, HEAVY_NS);
        simulation_run(simulation, 10000);
        cr_assert_eq(state(simulation, BROWSE), BREAKER_SHEDDING, "seed %zu", (size_t)seed);
        cr_assert_eq(simulation->news_count, 1, "seed %zu", (size_t)seed);
        end(simulation);
    }
}

Test(breaker_simulation, one_that_nobody_asks_for_is_passed_over)
{
    struct simulation *simulation = warm(TWO, 5, HEAVY_NS);
    call(simulation, BROWSE, 0, HEAVY_NS);
    simulation_run(simulation, 1100);
    int64_t onset_ms = simulation_ms(simulation);
    call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 5000);
    cr_assert(le(i64, first_ms(simulation, CHECKOUT, BREAKER_SHEDDING, 0), onset_ms + 300));
    cr_assert(eq(int, state(simulation, BROWSE), BREAKER_CLOSED));
    end(simulation);
}

Test(breaker_simulation, browse_opens_before_checkout_and_both_come_back)
{
    struct simulation *simulation = warm(TWO, 6, HEAVY_NS);
    call(simulation, CHECKOUT, 2000, HEAVY_NS);
    call(simulation, BROWSE, 2000, HEAVY_NS);
    simulation_run(simulation, 5000);
    cr_assert(lt(i64, first_ms(simulation, BROWSE, BREAKER_OPEN, 0), first_ms(simulation, CHECKOUT, BREAKER_OPEN, 0)));
    cr_assert(le(i64, first_ms(simulation, CHECKOUT, BREAKER_OPEN, 0), 2500));
    call(simulation, CHECKOUT, 25, HEAVY_NS);
    call(simulation, BROWSE, 25, HEAVY_NS);
    simulation_run(simulation, 19000); /* a dwell, the ramp of the one, the ramp of the other */
    cr_assert(eq(int, state(simulation, CHECKOUT), BREAKER_CLOSED));
    cr_assert(eq(int, state(simulation, BROWSE), BREAKER_CLOSED));
    end(simulation);
}

/* Operators and modes under overload */

static void order(struct simulation *simulation, const char *mode)
{
    struct switch_entry *entry = switch_document_put(&simulation->switches.admin, SLICE("checkout"));
    cr_assert_not_null(entry);
    memcpy(entry->mode, mode, strlen(mode) + 1);
    entry->until_unix_s = simulation->wall_unix_s + simulation->now_ns / 1000000000 + 3600;
}

Test(breaker_simulation, never_under_overload_sheds_nobody_and_the_line_is_bounded_all_the_same)
{
    struct simulation *simulation = warm(ONE, 8, HEAVY_NS);
    order(simulation, "never");
    call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 10000);
    cr_assert(eq(int, state(simulation, CHECKOUT), BREAKER_FORCED_CLOSED));
    struct second last = second_before(simulation, simulation->tick_count - 1);
    cr_assert(gt(u64, last.admitted, last.asked - 100), "all but the line's length");
    cr_assert(gt(dbl, (double)last.evaluated, 0.95 * bearable(&last, HEAVY_NS)));
    cr_assert(le(u32, simulation->load.facts.delay_us, 50000), "queue_max_ms, and a turn");
    cr_assert(eq(u64, simulation->refused, 0));
    end(simulation);
}

Test(breaker_simulation, on_under_overload_evaluates_nothing_and_switching_back_ramps_into_shedding)
{
    struct simulation *simulation = warm(ONE, 9, HEAVY_NS);
    call(simulation, CHECKOUT, 1000, HEAVY_NS);
    simulation_run(simulation, 2000);
    order(simulation, "on");
    simulation_run(simulation, 2000);
    cr_assert(eq(u64, second_before(simulation, simulation->tick_count - 1).evaluated, 0));
    int64_t back_ms = simulation_ms(simulation);
    switch_document_remove(&simulation->switches.admin, SLICE("checkout"));
    simulation_run(simulation, 10000);
    cr_assert(eq(u32, times(simulation, BREAKER_RAMP, back_ms), 1));
    cr_assert(eq(u32, times(simulation, BREAKER_OPEN, back_ms), 0));
    cr_assert(eq(int, state(simulation, CHECKOUT), BREAKER_SHEDDING));
    struct second last = second_before(simulation, simulation->tick_count - 1);
    cr_assert(gt(dbl, (double)last.evaluated, 0.9 * bearable(&last, HEAVY_NS)));
    end(simulation);
}

Test(breaker_simulation, a_shadow_evaluates_everybody_it_would_have_shed)
{
    struct simulation *simulation = warm(ONE SHADOW, 10, LIGHT_NS);
    call(simulation, CHECKOUT, 110, LIGHT_NS);
    simulation_run(simulation, 3000);
    cr_assert(eq(u32, times(simulation, BREAKER_SHEDDING, 0), 1));
    call(simulation, CHECKOUT, 50, LIGHT_NS);
    simulation_run(simulation, 15000);
    const struct gauge_interface *gauge = &simulation->worker->gauge.interfaces[CHECKOUT];
    cr_assert(eq(u64, counter_read(&gauge->evaluated), counter_read(&gauge->asked)));
    cr_assert(eq(u64, counter_read(&gauge->turned_away), 0));
    cr_assert(eq(int, state(simulation, CHECKOUT), BREAKER_CLOSED));
    end(simulation);
}

Test(breaker_simulation, memory_that_is_short_opens_at_once_and_ramps_when_it_is_there_again)
{
    struct simulation *simulation = warm(TWO, 11, HEAVY_NS);
    simulation->is_memory_short = true;
    simulation_run(simulation, 5000);
    cr_assert(eq(u64, second_before(simulation, simulation->tick_count - 1).evaluated, 0));
    simulation->is_memory_short = false;
    simulation_run(simulation, 15000);
    cr_assert(eq(int, state(simulation, CHECKOUT), BREAKER_CLOSED));
    cr_assert(eq(int, state(simulation, BROWSE), BREAKER_CLOSED));
    cr_assert(eq(u32, times(simulation, BREAKER_OPEN, 0), 2), "each once");
    end(simulation);
}
