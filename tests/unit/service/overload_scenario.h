/*
 * overload_scenario.h - what tests of the overload simulation do with one: load in per cent of what the worker can do,
 * and questions about what happened.
 *
 *     struct simulation *simulation = scenario_warm(SCENARIO_ONE, seed, HEAVY_NS);
 *     scenario_call(simulation, CHECKOUT, 1000, HEAVY_NS);      ten times its capacity, from now on
 *     simulation_run(simulation, 20000);
 */
#pragma once

#include "overload_simulation.h"

enum { CHECKOUT = 0, BROWSE = 1, HEAVY_NS = 1000000, LIGHT_NS = 40000 };

#define SCENARIO_ONE CONFIG_REQUIRED
#define SCENARIO_TWO                                                                                                   \
    CONFIG_LISTEN CONFIG_SOURCE                                                                                        \
        "interfaces = ( { name = \"checkout\"; degrade = \"auto\"; fallback = \"safe\"; }, { name = \"browse\"; "      \
        "degrade = \"auto\"; fallback = \"safe\"; } );\n" CONFIG_FALLBACKS

/* A second of half its capacity, by one interface or two; whatever is tested begins after it. */
struct simulation *scenario_warm(const char *text, uint64_t seed, int64_t evaluation_ns);
void scenario_end(struct simulation *simulation);

/* From now on the interface gets requests that take so many per cent of the worker. */
void scenario_call(struct simulation *simulation, uint32_t interface, uint32_t of_capacity, int64_t evaluation_ns);

enum breaker_state scenario_state(const struct simulation *simulation, uint32_t interface);

/* When it first came into that state since then; beyond all time if it did not. */
int64_t scenario_first_ms(const struct simulation *simulation, uint32_t interface, enum breaker_state into,
                          int64_t since_ms);

/* How often any of them came into that state since then. */
uint32_t scenario_times(const struct simulation *simulation, enum breaker_state into, int64_t since_ms);

/* Of all interfaces, in the second that ends with that tick. */
struct scenario_second {
    uint64_t asked, admitted, evaluated;
};

struct scenario_second scenario_second(const struct simulation *simulation, uint32_t tick);

/* What could have been evaluated in it beside answering all. */
double scenario_bearable(const struct scenario_second *second, int64_t evaluation_ns);
