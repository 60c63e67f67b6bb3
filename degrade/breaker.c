#include "degrade/breaker.h"

#include <assert.h>

enum {
    DECREASE_MIN_BP = 1000, /* a tick keeps at least a tenth: one strange tick must not end everything */
    DECREASE_MAX_BP = 9800, /* and gives up at least 2 %, where a queue stands that nobody was turned away from */
    INCREASE_COST_BP = 200, /* of the workers' time: what a calm tick may always try */
    INCREASE_MAX_BP = 12500,
    UTILISATION_AIM_BP = 9800,
    DWELL_JITTER_BP = 2000, /* a fifth, both ways */
};

static const uint32_t ramp_bp[] = {500, 1000, 2500, 5000, 7500, GATE_SHARE_ALL};

enum { RAMP_STEPS = sizeof(ramp_bp) / sizeof(ramp_bp[0]) };

void breaker_init(struct breaker *breaker, int64_t now_ms)
{
    *breaker = (struct breaker){.state = BREAKER_CLOSED, .share_bp = GATE_SHARE_ALL, .since_ms = now_ms};
    breaker->opened_ms = now_ms - BREAKER_RELAPSE_MS - 1; /* long ago */
}

bool breaker_is_forced(const struct breaker *breaker)
{
    return breaker->state == BREAKER_FORCED_OPEN || breaker->state == BREAKER_FORCED_CLOSED;
}

bool breaker_is_at_floor(const struct breaker *breaker, const struct breaker_limits *limits)
{
    return breaker->share_bp <= limits->share_min_bp;
}

bool breaker_is_sane(const struct breaker *breaker)
{
    bool is_share_right = true;
    switch (breaker->state) {
    case BREAKER_CLOSED:
    case BREAKER_FORCED_CLOSED:
        is_share_right = breaker->share_bp == GATE_SHARE_ALL;
        break;
    case BREAKER_OPEN:
    case BREAKER_FORCED_OPEN:
        is_share_right = breaker->share_bp == 0;
        break;
    case BREAKER_SHEDDING:
        is_share_right = breaker->share_bp > 0 && breaker->share_bp <= GATE_SHARE_ALL;
        break;
    case BREAKER_RAMP:
        is_share_right = breaker->step < RAMP_STEPS && breaker->share_bp == ramp_bp[breaker->step];
        break;
    }
    return is_share_right;
}

static uint32_t clamp(uint64_t value, uint32_t least, uint32_t most)
{
    return value < least ? least : value > most ? most : (uint32_t)value;
}

/* Entering states: each gives the cause, an enum breaker_cause; STAYS where nothing changed */

enum { STAYS = -1 };

static void enter(struct breaker *breaker, enum breaker_state state, uint32_t share_bp, int64_t now_ms)
{
    breaker->state = state;
    breaker->share_bp = share_bp;
    breaker->since_ms = now_ms;
    breaker->overloaded_ticks = breaker->hard_ticks = breaker->settled_ticks = 0;
}

static void enter_ramp_step(struct breaker *breaker, uint32_t step, int64_t now_ms)
{
    breaker->step = step;
    breaker->step_since_ms = now_ms;
    breaker->share_bp = ramp_bp[step];
}

static int enter_ramp(struct breaker *breaker, int64_t now_ms, enum breaker_cause cause)
{
    enter(breaker, BREAKER_RAMP, ramp_bp[0], now_ms);
    enter_ramp_step(breaker, 0, now_ms);
    breaker->is_after_switch = cause == BREAKER_BY_SWITCH;
    return (int)cause;
}

/* What the workers could serve of what is admitted now. */
static uint32_t bearable_share_bp(const struct breaker *breaker, const struct breaker_limits *limits,
                                  const struct breaker_tick *tick)
{
    uint64_t keep_bp = clamp(tick->bearable_bp, DECREASE_MIN_BP, DECREASE_MAX_BP);
    bool is_below = breaker->share_bp < limits->share_min_bp; /* a ramp begins there, or the limit was raised */
    return is_below ? breaker->share_bp
                    : clamp(breaker->share_bp * keep_bp / 10000, limits->share_min_bp, GATE_SHARE_ALL);
}

static int enter_shedding(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick)
{
    enter(breaker, BREAKER_SHEDDING, bearable_share_bp(breaker, limits, tick), tick->now_ms);
    return BREAKER_BY_DELAY;
}

static int64_t dwell_ms(const struct breaker *breaker, const struct breaker_limits *limits,
                        const struct breaker_tick *tick)
{
    int64_t dwell = limits->open_ms;
    for (uint32_t i = 0; i < breaker->relapses && dwell < limits->open_max_ms; i++) {
        dwell *= 2;
    }
    dwell = dwell * (10000 - DWELL_JITTER_BP + (int64_t)2 * DWELL_JITTER_BP * tick->chance_bp / 10000) / 10000;
    return dwell < limits->open_max_ms ? dwell : limits->open_max_ms;
}

static int enter_open(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick,
                      enum breaker_cause cause)
{
    bool is_relapse = tick->now_ms - breaker->opened_ms <= BREAKER_RELAPSE_MS;
    breaker->relapses = is_relapse ? breaker->relapses + 1 : 0;
    breaker->opened_ms = tick->now_ms;
    enter(breaker, BREAKER_OPEN, 0, tick->now_ms);
    breaker->dwell_since_ms = tick->now_ms;
    breaker->dwell_ms = dwell_ms(breaker, limits, tick);
    return (int)cause;
}

/* A tick in each state */

static void count_overload(struct breaker *breaker, const struct breaker_tick *tick)
{
    breaker->overloaded_ticks = tick->pressure == PRESSURE_OVERLOADED ? breaker->overloaded_ticks + 1 : 0;
}

static int tick_closed(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick)
{
    bool is_time = breaker->overloaded_ticks >= limits->onset_ticks && tick->may_shed;
    return is_time ? enter_shedding(breaker, limits, tick) : STAYS;
}

static int shed_more(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick)
{
    breaker->settled_ticks = 0;
    if (!tick->may_shed) {
        breaker->hard_ticks = 0;
        return STAYS;
    }
    bool was_at_floor = breaker_is_at_floor(breaker, limits);
    breaker->share_bp = bearable_share_bp(breaker, limits, tick);
    breaker->hard_ticks = was_at_floor && tick->is_past_hard_line ? breaker->hard_ticks + 1 : 0;
    if (breaker->hard_ticks < limits->open_ticks) {
        return STAYS;
    }
    return enter_open(breaker, limits, tick, BREAKER_BY_HARD_LINE);
}

/* Up to where the workers have room; without traffic there is nothing to measure, and no harm in the largest step. */
static void admit_more(struct breaker *breaker, const struct breaker_tick *tick)
{
    bool is_idle = tick->pressure == PRESSURE_UNJUDGED || tick->utilisation_bp == 0;
    uint64_t room_bp = is_idle ? INCREASE_MAX_BP : UTILISATION_AIM_BP * UINT64_C(10000) / tick->utilisation_bp;
    uint32_t evaluating_bp = tick->other_work_bp < 10000 ? 10000 - tick->other_work_bp : 1;
    uint32_t least_bp = clamp(10000 + INCREASE_COST_BP * UINT64_C(10000) / evaluating_bp, 0, INCREASE_MAX_BP);
    uint64_t factor_bp = clamp(room_bp, least_bp, INCREASE_MAX_BP);
    uint64_t share_bp = (breaker->share_bp * factor_bp + 9999) / 10000; /* rounded up: a small share grows too */
    breaker->share_bp = clamp(share_bp, 1, GATE_SHARE_ALL);
}

static int tick_shedding(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick)
{
    if (tick->pressure == PRESSURE_OVERLOADED) {
        return shed_more(breaker, limits, tick);
    }
    breaker->hard_ticks = 0;
    if (tick->pressure == PRESSURE_STEADY || !tick->may_grow) {
        return STAYS;
    }
    if (breaker->share_bp < GATE_SHARE_ALL) {
        admit_more(breaker, tick);
        breaker->settled_ticks = 0;
        return STAYS;
    }
    breaker->settled_ticks++;
    if (breaker->settled_ticks < BREAKER_SETTLE_TICKS) {
        return STAYS;
    }
    enter(breaker, BREAKER_CLOSED, GATE_SHARE_ALL, tick->now_ms);
    return BREAKER_BY_CALM;
}

static int tick_open(struct breaker *breaker, const struct breaker_tick *tick)
{
    if (tick->is_memory_short) {
        breaker->dwell_since_ms = tick->now_ms; /* counts from when there is memory again */
    }
    bool is_over = tick->now_ms - breaker->dwell_since_ms >= breaker->dwell_ms;
    return is_over && tick->pressure != PRESSURE_OVERLOADED ? enter_ramp(breaker, tick->now_ms, BREAKER_BY_TIME)
                                                            : STAYS;
}

static int tick_ramp(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick)
{
    if (breaker->overloaded_ticks >= limits->onset_ticks && tick->may_shed) {
        return enter_shedding(breaker, limits, tick);
    }
    bool is_time = tick->now_ms - breaker->step_since_ms >= limits->ramp_step_ms;
    bool has_room = tick->pressure == PRESSURE_CALM || tick->pressure == PRESSURE_UNJUDGED;
    if (!is_time || !has_room || !tick->may_grow) {
        return STAYS;
    }
    if (breaker->step + 1 < RAMP_STEPS) {
        enter_ramp_step(breaker, breaker->step + 1, tick->now_ms);
        return STAYS;
    }
    enter(breaker, BREAKER_CLOSED, GATE_SHARE_ALL, tick->now_ms);
    return BREAKER_BY_CALM;
}

static int obey(struct breaker *breaker, enum switch_mode order, int64_t now_ms)
{
    bool is_forced_open = breaker->state == BREAKER_FORCED_OPEN,
         is_forced_closed = breaker->state == BREAKER_FORCED_CLOSED;
    switch (order) {
    case SWITCH_ON:
        if (is_forced_open) {
            return STAYS;
        }
        enter(breaker, BREAKER_FORCED_OPEN, 0, now_ms);
        return BREAKER_BY_SWITCH;
    case SWITCH_NEVER:
        if (is_forced_closed) {
            return STAYS;
        }
        enter(breaker, BREAKER_FORCED_CLOSED, GATE_SHARE_ALL, now_ms);
        return BREAKER_BY_SWITCH;
    case SWITCH_AUTO:
        break;
    }
    if (is_forced_open) {
        return enter_ramp(breaker, now_ms, BREAKER_BY_SWITCH);
    }
    if (is_forced_closed) {
        enter(breaker, BREAKER_CLOSED, GATE_SHARE_ALL, now_ms);
        return BREAKER_BY_SWITCH;
    }
    return STAYS;
}

static int judge(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick)
{
    if (breaker_is_forced(breaker)) {
        return STAYS;
    }
    if (tick->is_memory_short && breaker->state != BREAKER_OPEN) {
        return enter_open(breaker, limits, tick, BREAKER_BY_MEMORY);
    }
    count_overload(breaker, tick);
    switch (breaker->state) {
    case BREAKER_CLOSED:
        return tick_closed(breaker, limits, tick);
    case BREAKER_SHEDDING:
        return tick_shedding(breaker, limits, tick);
    case BREAKER_OPEN:
        return tick_open(breaker, tick);
    case BREAKER_RAMP:
        return tick_ramp(breaker, limits, tick);
    case BREAKER_FORCED_OPEN:
    case BREAKER_FORCED_CLOSED:
        break;
    }
    return STAYS;
}

static bool tell(const struct breaker *breaker, enum breaker_state from, int cause,
                 struct breaker_transition *ret_transition)
{
    assert(breaker_is_sane(breaker));
    if (cause == STAYS) {
        return false;
    }
    *ret_transition = (struct breaker_transition){from, breaker->state, (enum breaker_cause)cause};
    return true;
}

bool breaker_obey(struct breaker *breaker, enum switch_mode order, int64_t now_ms,
                  struct breaker_transition *ret_transition)
{
    enum breaker_state from = breaker->state;
    return tell(breaker, from, obey(breaker, order, now_ms), ret_transition);
}

bool breaker_tick(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick,
                  struct breaker_transition *ret_transition)
{
    enum breaker_state from = breaker->state;
    return tell(breaker, from, judge(breaker, limits, tick), ret_transition);
}

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {
#define ROW(enumerator, name) [enumerator] = (name),
        BREAKER_STATES(ROW)
#undef ROW
    };
    assert((unsigned)state < BREAKER_STATE_COUNT);
    return names[state];
}

const char *breaker_cause_name(enum breaker_cause cause)
{
    static const char *const names[] = {
#define ROW(enumerator, name, sentence) [enumerator] = (name),
        BREAKER_CAUSES(ROW)
#undef ROW
    };
    assert((unsigned)cause < sizeof(names) / sizeof(names[0]));
    return names[cause];
}
