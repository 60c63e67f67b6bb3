/*
 * breakers_bench.h - two interfaces' breakers on the bench: checkout, and browse that sheds first.
 *
 *     ticks(2, 8000);                                     everybody waited 8 ms, for two ticks
 *     cr_assert(eq(int, state(BROWSE), BREAKER_SHEDDING));
 *
 * Loads, switches and time are the test's to set; ticks and orders are published to the gates as control.c does.
 */
#pragma once

#include "service/breakers.h"

enum { CHECKOUT = 0, BROWSE = 1 }; /* interfaces, and their gates */

extern struct config *in_force;
extern struct breakers breakers;
extern struct switches switches;
extern struct load load; /* of the next tick, but for delay, utilisation and requests */
extern int64_t now_ms, now_unix_s;
extern bool is_memory_short;

/* Closed, and on. */
void breakers_bench_begin(void);
void breakers_bench_end(void);

/* The configuration with that mode comes into force. */
void enter_mode(const char *mode);

/* PRESSURE_TICK_MS later; a thousand requests a second to each. */
void tick(uint32_t delay_us);
void ticks(uint32_t count, uint32_t delay_us);

/* An admin call's order for an hour; in force with obey. */
void order(const char *name, const char *mode);
void obey(void);
void switch_on_and_back(void);

enum breaker_state state(uint32_t gate);
uint32_t share_bp(uint32_t gate);
struct gate gate(uint32_t slot);
