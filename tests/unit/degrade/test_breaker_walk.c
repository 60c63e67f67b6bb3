/* Random walks: whatever load, operators and clock do, what must hold holds. A failure names its seed. */
#include <criterion/criterion.h>

#include "degrade/breaker.h"

enum { SEEDS = 200, TICKS = 1000, STEP_UP_BP_MAX = 2500 };

struct walk {
    uint64_t seed, state;
    struct breaker_limits limits;
    struct breaker breaker;
    struct breaker_tick tick;
    enum pressure mood; /* which pressure is likelier for a while */
    uint32_t changes;
};

/* xorshift64* (Vigna, 2016). */
static uint32_t draw(struct walk *walk, uint32_t below)
{
    walk->state ^= walk->state >> 12;
    walk->state ^= walk->state << 25;
    walk->state ^= walk->state >> 27;
    return (uint32_t)((walk->state * UINT64_C(2685821657736338717) >> 32) * below >> 32);
}

static bool comes_once_in(struct walk *walk, uint32_t times)
{
    return draw(walk, times) == 0;
}

/* From a state to a state by a tick: the arrows of breaker.h's picture, with what may be their cause. */
static bool is_arrow(const struct breaker_transition *transition)
{
    static const struct breaker_transition arrows[] = {
        {BREAKER_CLOSED, BREAKER_SHEDDING, BREAKER_BY_DELAY},   {BREAKER_CLOSED, BREAKER_OPEN, BREAKER_BY_MEMORY},
        {BREAKER_SHEDDING, BREAKER_CLOSED, BREAKER_BY_CALM},    {BREAKER_SHEDDING, BREAKER_OPEN, BREAKER_BY_MEMORY},
        {BREAKER_SHEDDING, BREAKER_OPEN, BREAKER_BY_HARD_LINE}, {BREAKER_OPEN, BREAKER_RAMP, BREAKER_BY_TIME},
        {BREAKER_RAMP, BREAKER_CLOSED, BREAKER_BY_CALM},        {BREAKER_RAMP, BREAKER_SHEDDING, BREAKER_BY_DELAY},
        {BREAKER_RAMP, BREAKER_OPEN, BREAKER_BY_MEMORY},
    };
    bool is_one = false;
    for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
        is_one |= transition->from == arrows[i].from && transition->to == arrows[i].to &&
                  transition->cause == arrows[i].cause;
    }
    return is_one;
}

/* Did what the tick says give that cause? */
static bool is_caused(const struct walk *walk, enum breaker_cause cause)
{
    const struct breaker_tick *tick = &walk->tick;
    switch (cause) {
    case BREAKER_BY_DELAY:
        return tick->pressure == PRESSURE_OVERLOADED && tick->may_shed;
    case BREAKER_BY_HARD_LINE:
        return tick->pressure == PRESSURE_OVERLOADED && tick->may_shed && tick->is_past_hard_line;
    case BREAKER_BY_MEMORY:
        return tick->is_memory_short;
    case BREAKER_BY_CALM:
        return (tick->pressure == PRESSURE_CALM || tick->pressure == PRESSURE_UNJUDGED) && tick->may_grow;
    case BREAKER_BY_TIME:
        return tick->pressure != PRESSURE_OVERLOADED && !tick->is_memory_short;
    case BREAKER_BY_SWITCH:
        break;
    }
    return false;
}

static void begin(struct walk *walk, uint64_t seed)
{
    *walk = (struct walk){.seed = seed, .state = seed * UINT64_C(0x9e3779b97f4a7c15)};
    walk->limits = (struct breaker_limits){.onset_ticks = 1 + draw(walk, 5),
                                           .open_ticks = 1 + draw(walk, 5),
                                           .share_min_bp = 1 + draw(walk, 5000),
                                           .open_ms = 100 + draw(walk, 5000),
                                           .open_max_ms = 100 + draw(walk, 20000),
                                           .ramp_step_ms = 100 + draw(walk, 3000)};
    walk->tick.now_ms = draw(walk, 1000000);
    breaker_init(&walk->breaker, walk->tick.now_ms);
}

/* Moods last some thirty ticks, so that the walk comes into every corner. */
static void draw_tick(struct walk *walk)
{
    struct breaker_tick *tick = &walk->tick;
    walk->mood = comes_once_in(walk, 30) ? (enum pressure)draw(walk, 4) : walk->mood;
    tick->now_ms += comes_once_in(walk, 50) ? draw(walk, 100000) : comes_once_in(walk, 20) ? 0 : PRESSURE_TICK_MS;
    tick->pressure = comes_once_in(walk, 4) ? (enum pressure)draw(walk, 4) : walk->mood;
    tick->is_past_hard_line = draw(walk, 3) > 0;
    tick->is_memory_short = comes_once_in(walk, 200);
    tick->may_shed = draw(walk, 5) > 0;
    tick->may_grow = draw(walk, 5) > 0;
    tick->bearable_bp = draw(walk, 10001);
    tick->utilisation_bp = draw(walk, 10001);
    tick->chance_bp = draw(walk, 10001);
}

static void step(struct walk *walk)
{
    struct breaker before = walk->breaker;
    struct breaker *breaker = &walk->breaker;
    struct breaker_transition transition;
    bool has_changed = breaker_tick(breaker, &walk->limits, &walk->tick, &transition);
    cr_assert(breaker_is_sane(breaker), "seed %zu", (size_t)walk->seed);
    cr_assert_eq(has_changed, breaker->state != before.state, "seed %zu", (size_t)walk->seed);
    cr_assert(breaker->share_bp <= before.share_bp + STEP_UP_BP_MAX, "seed %zu", (size_t)walk->seed);
    if (walk->tick.pressure == PRESSURE_OVERLOADED) {
        cr_assert(breaker->share_bp <= before.share_bp, "seed %zu", (size_t)walk->seed);
    }
    if (breaker->state == BREAKER_SHEDDING && breaker->share_bp < before.share_bp) {
        cr_assert(breaker->share_bp >= walk->limits.share_min_bp, "seed %zu", (size_t)walk->seed);
    }
    if (has_changed) {
        cr_assert(is_arrow(&transition) && is_caused(walk, transition.cause), "seed %zu: %s to %s by %s",
                  (size_t)walk->seed, breaker_state_name(transition.from), breaker_state_name(transition.to),
                  breaker_cause_name(transition.cause));
        walk->changes++;
    }
}

static void order(struct walk *walk, enum switch_mode mode)
{
    struct breaker_transition transition;
    bool was_forced = breaker_is_forced(&walk->breaker);
    bool has_changed = breaker_obey(&walk->breaker, mode, walk->tick.now_ms, &transition);
    enum breaker_state state = walk->breaker.state;
    cr_assert(breaker_is_sane(&walk->breaker), "seed %zu", (size_t)walk->seed);
    cr_assert(!has_changed || transition.cause == BREAKER_BY_SWITCH, "seed %zu", (size_t)walk->seed);
    cr_assert_eq(state == BREAKER_FORCED_OPEN, mode == SWITCH_ON, "seed %zu", (size_t)walk->seed);
    cr_assert_eq(state == BREAKER_FORCED_CLOSED, mode == SWITCH_NEVER, "seed %zu", (size_t)walk->seed);
    cr_assert(mode != SWITCH_AUTO || was_forced || !has_changed, "seed %zu", (size_t)walk->seed);
}

/* It has to be closed again after the longest dwell and the whole ramp, or the way up from the smallest share. */
static void calm_down(struct walk *walk)
{
    enum { SHEDDING_TICKS_MAX = 500 }; /* of 2 % each from one user in ten thousand */
    const struct breaker_limits *limits = &walk->limits;
    int64_t dwell_ms = limits->open_ms > limits->open_max_ms ? limits->open_ms : limits->open_max_ms;
    int64_t bound_ms = dwell_ms * 6 / 5 + INT64_C(6) * (limits->ramp_step_ms + PRESSURE_TICK_MS) +
                       SHEDDING_TICKS_MAX * PRESSURE_TICK_MS;
    int64_t begun_ms = walk->tick.now_ms;
    while (walk->breaker.state != BREAKER_CLOSED) {
        draw_tick(walk);
        walk->tick.now_ms = begun_ms += PRESSURE_TICK_MS;
        walk->tick.pressure = comes_once_in(walk, 2) ? PRESSURE_CALM : PRESSURE_UNJUDGED;
        walk->tick.may_grow = true;
        walk->tick.is_memory_short = false;
        bound_ms -= PRESSURE_TICK_MS;
        step(walk);
        cr_assert(bound_ms >= 0, "seed %zu: still %s", (size_t)walk->seed, breaker_state_name(walk->breaker.state));
    }
}

Test(breaker_walk, what_must_hold_holds_whatever_load_and_clock_do)
{
    uint32_t changes = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct walk walk;
        begin(&walk, seed);
        for (uint32_t i = 0; i < TICKS; i++) {
            draw_tick(&walk);
            step(&walk);
        }
        calm_down(&walk);
        changes += walk.changes;
    }
    cr_assert(changes > SEEDS * 10, "the walks went nowhere: %u changes", changes);
}

Test(breaker_walk, operators_are_obeyed_at_once_wherever_it_stands)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct walk walk;
        begin(&walk, seed + SEEDS);
        enum switch_mode mode = SWITCH_AUTO;
        for (uint32_t i = 0; i < TICKS; i++) {
            mode = comes_once_in(&walk, 20) ? (enum switch_mode)draw(&walk, 3) : mode;
            order(&walk, mode);
            draw_tick(&walk);
            step(&walk);
        }
        order(&walk, SWITCH_AUTO);
        calm_down(&walk);
    }
}

Test(breaker_walk, a_limit_that_changes_at_any_moment_breaks_nothing)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct walk walk, other;
        begin(&walk, seed + 2 * SEEDS);
        for (uint32_t i = 0; i < TICKS; i++) {
            if (comes_once_in(&walk, 40)) {
                begin(&other, draw(&walk, UINT32_MAX) + UINT64_C(1));
                walk.limits = other.limits;
            }
            draw_tick(&walk);
            struct breaker before = walk.breaker;
            struct breaker_transition transition;
            breaker_tick(&walk.breaker, &walk.limits, &walk.tick, &transition);
            cr_assert(breaker_is_sane(&walk.breaker), "seed %zu", (size_t)seed);
            cr_assert(walk.breaker.share_bp <= before.share_bp + STEP_UP_BP_MAX, "seed %zu", (size_t)seed);
            cr_assert(walk.tick.pressure != PRESSURE_OVERLOADED || walk.breaker.share_bp <= before.share_bp, "seed %zu",
                      (size_t)seed);
        }
    }
}
