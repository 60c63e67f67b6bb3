/*
 * breaker_bench.h - a breaker on the bench: the limits of the defaults, a tick to set up, and ways into each state.
 *
 *     now.bearable_bp = 4000;
 *     ticks(2, PRESSURE_OVERLOADED);
 *     assert_changed(BREAKER_CLOSED, BREAKER_SHEDDING, BREAKER_BY_DELAY);
 *
 * Each tick is PRESSURE_TICK_MS later than the one before, and checks that the breaker is sane.
 */
#pragma once

#include "degrade/breaker.h"

extern struct breaker breaker;
extern struct breaker_limits limits;
extern struct breaker_tick now; /* of the next tick, but for its time and pressure */
extern struct breaker_transition last;

/* Closed; calm, half utilised, may shed and grow; dwells without chance. */
void breaker_bench_begin(void);

/* True when the state changed. */
bool tick(enum pressure pressure);
void ticks(uint32_t count, enum pressure pressure);
void obey(enum switch_mode order);

/* The last change, which was just now. */
void assert_changed(enum breaker_state from, enum breaker_state to, enum breaker_cause cause);

void shed(uint32_t bearable_bp);
void open_up(void);

/* How long from its opening to the ramp, without traffic. */
int64_t dwell_ms(void);
