/*
 * breakers.h - one breaker an interface (degrade/breaker.h), ticked together, and the gates that follow from them.
 *
 *     load, switches ─▶ breakers_obey, breakers_tick ─▶ breakers_publish ─▶ gates
 *                                  └─▶ news: which changed their state, for the log
 *
 * A breaker stands at its interface's gate, so it outlives configurations as the gate does.
 *
 * Threads  control.h's lock guards it.
 */
#pragma once

#include "degrade/breaker.h"
#include "service/load.h"
#include "service/switches.h"

struct breaker_news {
    char interface[CONFIG_NAME_BYTES + 1];
    struct breaker_transition transition;
    uint32_t share_bp;
};

struct breakers {
    struct breaker by_gate[GATE_TABLE_SLOTS];
    uint32_t transitions[GATE_TABLE_SLOTS][BREAKER_STATE_COUNT][BREAKER_STATE_COUNT]; /* so far */
    bool is_in_use[GATE_TABLE_SLOTS];
    struct breaker_news news[CONFIG_INTERFACES_MAX]; /* of the last call */
    uint32_t news_count;
};

void breakers_init(struct breakers *breakers);

/* Interfaces that are new get a breaker that is closed; those that are gone lose theirs. */
void breakers_follow(struct breakers *breakers, const struct config *config, int64_t now_ms);

/* What a tick of PRESSURE_TICK_MS needs to know. */
struct breakers_tick {
    const struct config *config;
    const struct load *load;
    bool is_memory_short;
    int64_t now_ms;
    uint32_t chance_bp;
};

/* Both make news. */
void breakers_obey(struct breakers *breakers, const struct config *config, const struct switches *switches,
                   int64_t now_ms, int64_t now_unix_s);
void breakers_tick(struct breakers *breakers, const struct breakers_tick *tick);

void breakers_publish(const struct breakers *breakers, const struct config *config, const struct switches *switches,
                      int64_t now_unix_s, struct gate_table *gates);

bool breakers_overload_is_elsewhere(const struct config *config, const struct pressure_facts *facts);
enum pressure breakers_pressure(const struct config *config, const struct pressure_facts *facts);
