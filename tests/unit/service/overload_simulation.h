/*
 * overload_simulation.h - a worker under load in virtual time, steered by the gateway's own breakers.
 *
 *     callers ─▶ ready ─▶ a turn: share? place in line? evaluate ─▶ gauge ─▶ load_take ─▶ breakers_tick ─▶ gates
 *        per_second          └────────────── a model of worker.c, decider.c, http_deferral.c ┘     the gateway's code ┘
 *
 * The worker is a server with one queue: a turn takes what was ready when it began, a heavy evaluation waits in a
 * bounded line or is turned away, and each turn lets a slice of the line go. Time passes only by what a request costs,
 * so ticks fall into the middle of turns as they do in the gateway, and ten seconds of overload are a few milliseconds.
 *
 * Callers do not wait for one another (an open loop): their gaps are even between nothing and twice the mean. One that
 * finds SIMULATION_CONNECTIONS waiting is refused.
 *
 * Units  nanoseconds, from SIMULATION_BEGIN_NS on; an interface is named by its place in the configuration.
 */
#pragma once

#include "cache/jitter.h"
#include "service/breakers.h"
#include "service/worker.h"

enum {
    SIMULATION_INTERFACES_MAX = 3,
    SIMULATION_CONNECTIONS = 4096,
    SIMULATION_TICKS_MAX = 1200, /* remembered: two minutes */
    SIMULATION_NEWS_MAX = 256,
    SIMULATION_HTTP_NS = 4000, /* of a request, beside its evaluation */
};

struct simulated_request {
    uint32_t interface;
    uint64_t user_hash;
    int64_t deferred_ns;
};

struct simulated_queue {
    struct simulated_request requests[SIMULATION_CONNECTIONS];
    uint32_t first, count;
};

struct simulated_callers {
    uint32_t per_second;
    int64_t evaluation_ns;
    int64_t next_ns;
};

/* What a tick ended with. */
struct simulated_tick {
    enum pressure pressure;
    struct pressure_facts facts;
    enum breaker_state states[SIMULATION_INTERFACES_MAX];
    uint32_t shares_bp[SIMULATION_INTERFACES_MAX]; /* from now on */
    uint32_t evaluated[SIMULATION_INTERFACES_MAX]; /* in the tick, as what follows */
    uint32_t turned_away[SIMULATION_INTERFACES_MAX];
    uint32_t asked[SIMULATION_INTERFACES_MAX];
};

struct simulated_news {
    int64_t at_ms;
    struct breaker_news news;
};

struct simulation {
    struct config *config; /* the caller's */
    struct worker *worker; /* its gauge; nothing else of it is used */
    struct load load;
    struct breakers breakers;
    struct switches switches;
    struct gate_table gates;
    struct jitter chance;
    int64_t now_ns, begun_ns, tick_due_ns, wall_unix_s;
    bool is_memory_short;

    struct simulated_callers callers[SIMULATION_INTERFACES_MAX];
    struct simulated_queue ready, line, due;
    uint64_t refused;
    uint32_t until_sample, answered;
    int64_t turn_length_ns, waited_ns;

    uint32_t tick_count, news_count;
    struct simulated_tick told; /* counters as they stood at the tick before */
    struct simulated_tick ticks[SIMULATION_TICKS_MAX];
    struct simulated_news news[SIMULATION_NEWS_MAX];
};

/* Breakers closed, nobody calls. */
struct simulation *simulation_create(struct config *config, uint64_t seed);
void simulation_free(struct simulation *simulation);

/* From now on so many requests a second come, and each evaluation takes so long. */
void simulation_call(struct simulation *simulation, uint32_t interface, uint32_t per_second, int64_t evaluation_ns);

void simulation_run(struct simulation *simulation, int64_t ms);

/* Milliseconds since it was created. */
int64_t simulation_ms(const struct simulation *simulation);
