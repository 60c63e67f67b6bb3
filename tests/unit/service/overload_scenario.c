#include "overload_scenario.h"

#include <criterion/criterion.h>

#include "config_text.h"

enum { SECOND = 1000 / PRESSURE_TICK_MS };

/* Requests a second that take so many per cent of the worker. */
static uint32_t per_cent(uint32_t of_capacity, int64_t evaluation_ns)
{
    return (uint32_t)(10000000 * (uint64_t)of_capacity / (uint64_t)(evaluation_ns + SIMULATION_HTTP_NS));
}

void scenario_call(struct simulation *simulation, uint32_t interface, uint32_t of_capacity, int64_t evaluation_ns)
{
    simulation_call(simulation, interface, per_cent(of_capacity, evaluation_ns), evaluation_ns);
}

struct simulation *scenario_warm(const char *text, uint64_t seed, int64_t evaluation_ns)
{
    struct config *config = config_of(text);
    cr_assert_not_null(config);
    struct simulation *simulation = simulation_create(config, seed);
    for (uint32_t i = 0; i < config->interface_count; i++) {
        scenario_call(simulation, i, 50 / config->interface_count, evaluation_ns);
    }
    simulation_run(simulation, 1000);
    cr_assert_eq(simulation->news_count, 0);
    return simulation;
}

void scenario_end(struct simulation *simulation)
{
    struct config *config = simulation->config;
    simulation_free(simulation);
    config_free(config);
}

enum breaker_state scenario_state(const struct simulation *simulation, uint32_t interface)
{
    return simulation->breakers.by_gate[interface].state;
}

int64_t scenario_first_ms(const struct simulation *simulation, uint32_t interface, enum breaker_state into,
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

uint32_t scenario_times(const struct simulation *simulation, enum breaker_state into, int64_t since_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < simulation->news_count; i++) {
        const struct simulated_news *news = &simulation->news[i];
        count += news->at_ms >= since_ms && news->news.transition.to == into;
    }
    return count;
}

struct scenario_second scenario_second(const struct simulation *simulation, uint32_t tick)
{
    struct scenario_second second = {0};
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

double scenario_bearable(const struct scenario_second *second, int64_t evaluation_ns)
{
    return (1e9 - (double)second->asked * SIMULATION_HTTP_NS) / (double)evaluation_ns;
}
