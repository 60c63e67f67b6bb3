#include "breaker_bench.h"

#include <criterion/criterion.h>

struct breaker breaker;
struct breaker_limits limits;
struct breaker_tick now;
struct breaker_transition last;

void breaker_bench_begin(void)
{
    limits = (struct breaker_limits){.onset_ticks = 2,
                                     .open_ticks = 3,
                                     .share_min_bp = 500,
                                     .open_ms = 2000,
                                     .open_max_ms = 6000,
                                     .ramp_step_ms = 1000};
    now = (struct breaker_tick){.now_ms = 1000000,
                                .pressure = PRESSURE_CALM,
                                .may_shed = true,
                                .may_grow = true,
                                .bearable_bp = 10000,
                                .utilisation_bp = 5000,
                                .chance_bp = 5000};
    breaker_init(&breaker, now.now_ms);
}

bool tick(enum pressure pressure)
{
    now.now_ms += PRESSURE_TICK_MS;
    now.pressure = pressure;
    bool has_changed = breaker_tick(&breaker, &limits, &now, &last);
    cr_assert(breaker_is_sane(&breaker));
    return has_changed;
}

void ticks(uint32_t count, enum pressure pressure)
{
    for (uint32_t i = 0; i < count; i++) {
        tick(pressure);
    }
}

void obey(enum switch_mode order)
{
    breaker_obey(&breaker, order, now.now_ms, &last);
    cr_assert(breaker_is_sane(&breaker));
}

void assert_changed(enum breaker_state from, enum breaker_state to, enum breaker_cause cause)
{
    cr_assert_str_eq(breaker_state_name(last.from), breaker_state_name(from));
    cr_assert_str_eq(breaker_state_name(last.to), breaker_state_name(to));
    cr_assert_str_eq(breaker_cause_name(last.cause), breaker_cause_name(cause));
    cr_assert_eq(breaker.state, to);
    cr_assert_eq(breaker.since_ms, now.now_ms);
}

void shed(uint32_t bearable_bp)
{
    now.bearable_bp = bearable_bp;
    ticks(limits.onset_ticks, PRESSURE_OVERLOADED);
    cr_assert_eq(breaker.state, BREAKER_SHEDDING);
}

void open_up(void)
{
    now.bearable_bp = 0;
    now.is_past_hard_line = true;
    for (int i = 0; i < 20 && breaker.state != BREAKER_OPEN; i++) {
        tick(PRESSURE_OVERLOADED);
    }
    now.is_past_hard_line = false;
    cr_assert_eq(breaker.state, BREAKER_OPEN);
}

int64_t dwell_ms(void)
{
    int64_t opened_ms = breaker.since_ms;
    for (int i = 0; i < 100 && breaker.state == BREAKER_OPEN; i++) {
        tick(PRESSURE_UNJUDGED);
    }
    cr_assert_eq(breaker.state, BREAKER_RAMP);
    return now.now_ms - opened_ms;
}
