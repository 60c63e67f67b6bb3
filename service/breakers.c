#include "service/breakers.h"

#include <stdio.h>

#include "degrade/cascade.h"

void breakers_init(struct breakers *breakers)
{
    *breakers = (struct breakers){0};
}

void breakers_follow(struct breakers *breakers, const struct config *config, int64_t now_ms)
{
    bool is_named[GATE_TABLE_SLOTS] = {false};
    for (uint32_t i = 0; i < config->interface_count; i++) {
        uint32_t gate = config->interfaces[i].gate;
        is_named[gate] = true;
        if (!breakers->is_in_use[gate]) {
            breaker_init(&breakers->by_gate[gate], now_ms);
            memset(breakers->transitions[gate], 0, sizeof(breakers->transitions[gate]));
        }
    }
    memcpy(breakers->is_in_use, is_named, sizeof(is_named));
}

static void note(struct breakers *breakers, const struct config_interface *interface,
                 const struct breaker_transition *transition)
{
    struct breaker_news *news = &breakers->news[breakers->news_count++];
    snprintf(news->interface, sizeof(news->interface), "%.*s", (int)interface->name.length, interface->name.at);
    news->transition = *transition;
    news->share_bp = breakers->by_gate[interface->gate].share_bp;
    breakers->transitions[interface->gate][transition->from][transition->to]++;
}

void breakers_obey(struct breakers *breakers, const struct config *config, const struct switches *switches,
                   int64_t now_ms, int64_t now_unix_s)
{
    breakers->news_count = 0;
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        enum switch_mode mode = switches_judge(switches, interface, now_unix_s).mode;
        struct breaker_transition transition;
        if (breaker_obey(&breakers->by_gate[interface->gate], mode, now_ms, &transition)) {
            note(breakers, interface, &transition);
        }
    }
}

static struct breaker_limits limits_of(const struct config *config)
{
    return (struct breaker_limits){
        .onset_ticks = config->breaker.onset_ticks,
        .open_ticks = config->breaker.open_ticks,
        .share_min_bp = config->breaker.share_min_bp,
        .open_ms = config->breaker.open_ms,
        .open_max_ms = config->breaker.open_max_ms,
        .ramp_step_ms = config->breaker.ramp_step_ms,
    };
}

static struct pressure_limits pressure_limits_of(const struct config *config)
{
    return (struct pressure_limits){
        .delay_target_us = config->breaker.delay_target_ms * 1000,
        .requests_min = config->breaker.requests_min,
        .evaluation_min_bp = config->breaker.min_evaluation_share,
    };
}

bool breakers_overload_is_elsewhere(const struct config *config, const struct pressure_facts *facts)
{
    const struct pressure_limits limits = pressure_limits_of(config);
    return pressure_is_elsewhere(&limits, facts);
}

enum pressure breakers_pressure(const struct config *config, const struct pressure_facts *facts)
{
    const struct pressure_limits limits = pressure_limits_of(config);
    bool is_off = !config->is_breaker_on && !config->is_breaker_shadow;
    return is_off ? PRESSURE_CALM : pressure_judge(&limits, facts);
}

/*
 * Where heavy evaluations wait in line, what was turned away says exactly what is too much. Elsewhere only the delay
 * tells: halved at most, and less the nearer the target is (Gradient2's bounds).
 */
static uint32_t even_bp(const struct config *config, const struct pressure_facts *facts)
{
    uint32_t target_us = config->breaker.delay_target_ms * 1000;
    if (facts->is_evaluation_heavy || facts->delay_us <= target_us) {
        return 10000;
    }
    uint32_t share_bp = (uint32_t)(UINT64_C(10000) * target_us / facts->delay_us);
    return share_bp < 5000 ? 5000 : share_bp;
}

static uint64_t fill_rows(const struct breakers *breakers, const struct breakers_tick *tick,
                          const struct breaker_limits *limits, struct cascade_row *rows)
{
    const struct config *config = tick->config;
    uint64_t surplus = 0;
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        const struct breaker *breaker = &breakers->by_gate[interface->gate];
        const struct load_interface *load = &tick->load->interfaces[interface->gate];
        rows[i] = (struct cascade_row){.priority = interface->priority,
                                       .has_demand = load->asked_in_second > 0,
                                       .is_forced = breaker_is_forced(breaker),
                                       .is_at_floor = breaker_is_at_floor(breaker, limits),
                                       .is_open = breaker->share_bp == 0,
                                       .is_whole = breaker->share_bp == GATE_SHARE_ALL,
                                       .ramp_bp = breaker->state == BREAKER_RAMP ? breaker->share_bp : 0,
                                       .admitted = load->admitted};
        surplus += load->turned_away;
    }
    return surplus;
}

/* Then its ramp holds whatever the mode: everybody at once is what switching back must not bring. */
static bool is_switched_back(const struct breaker *breaker)
{
    return breaker->state == BREAKER_RAMP && breaker->is_after_switch;
}

/* What the tick says to one of them. A shadow withholds nothing of its own accord, so there the ramp after a switch
   goes by time alone: it must neither wait for load that it does not shed, nor end in a shadow's shedding. */
static void fit(struct breaker_tick *one, const struct breakers_tick *tick, const struct cascade_row *row,
                const struct breaker *breaker)
{
    const struct config *config = tick->config;
    const struct pressure_facts *facts = &tick->load->facts;
    bool goes_by_time = config->is_breaker_shadow && is_switched_back(breaker);
    one->pressure = goes_by_time ? PRESSURE_CALM : breakers_pressure(config, facts);
    uint32_t target_ms = config->breaker.delay_target_ms, hard_ms = config->breaker.delay_hard_ms;
    one->is_past_hard_line = row->may_open && facts->delay_us > (hard_ms > target_ms ? hard_ms : target_ms) * 1000;
    one->may_shed = row->may_shed;
    one->may_grow = row->may_grow || goes_by_time;
    one->bearable_bp = row->bearable_bp;
}

void breakers_tick(struct breakers *breakers, const struct breakers_tick *tick)
{
    struct cascade_row rows[CONFIG_INTERFACES_MAX];
    const struct config *config = tick->config;
    const struct pressure_facts *facts = &tick->load->facts;
    const struct breaker_limits limits = limits_of(config);
    uint64_t surplus = fill_rows(breakers, tick, &limits, rows);
    cascade_judge(rows, config->interface_count, surplus, even_bp(config, facts));
    struct breaker_tick one = {
        .now_ms = tick->now_ms,
        .is_memory_short = tick->is_memory_short && config->is_breaker_on,
        .utilisation_bp = facts->utilisation_bp,
        .other_work_bp = 10000 - facts->evaluation_bp,
        .chance_bp = tick->chance_bp,
    };
    breakers->news_count = 0;
    for (uint32_t i = 0; i < config->interface_count; i++) {
        struct breaker *breaker = &breakers->by_gate[config->interfaces[i].gate];
        struct breaker_transition transition;
        fit(&one, tick, &rows[i], breaker);
        if (breaker_tick(breaker, &limits, &one, &transition)) {
            note(breakers, &config->interfaces[i], &transition);
        }
    }
}

/* A switch is told by its order; the share is the breaker's own. */
static uint32_t gate_share_bp(const struct breaker *breaker, const struct config *config)
{
    bool is_judged = config->is_breaker_on || config->is_breaker_shadow || is_switched_back(breaker);
    return is_judged && !breaker_is_forced(breaker) ? breaker->share_bp : GATE_SHARE_ALL;
}

void breakers_publish(const struct breakers *breakers, const struct config *config, const struct switches *switches,
                      int64_t now_unix_s, struct gate_table *gates)
{
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        const struct breaker *breaker = &breakers->by_gate[interface->gate];
        struct switch_verdict verdict = switches_judge(switches, interface, now_unix_s);
        gate_table_write(gates, interface->gate,
                         (struct gate){.share_bp = gate_share_bp(breaker, config),
                                       .order = verdict.mode,
                                       .is_shadow = config->is_breaker_shadow && !is_switched_back(breaker),
                                       .is_drill = verdict.is_drill});
    }
}
