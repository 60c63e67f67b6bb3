/*
 * decider_bench.h - what the suites of the decider share: one decider, and all that it looks at.
 *
 * One interface, whose fallback takes off FALLBACK_FEN; a snapshot of one policy, which takes OFF_FEN off AMOUNT_FEN.
 * No worker runs: tests write gates and gauge.
 */
#pragma once

#include "service/decider.h"

#define SECOND_NS INT64_C(1000000000)

enum { OFF_FEN = 800, FALLBACK_FEN = 300, AMOUNT_FEN = 10000, GATE = 0, ROUNDS = 4 };

extern struct metrics metrics;
extern struct gauge gauge;
extern struct decider decider;
extern struct config *in_force;
extern struct snapshot *snapshot;
extern struct decision_view view;
extern struct decision_terms terms;
extern struct context context;

void decider_bench_begin(void);
void decider_bench_end(void);

/* The configuration of config_text.h with that rate, or "". */
void given(const char *rate);
void look_at(const struct snapshot *current); /* NULL: there is none */
void set_gate(struct gate gate);

/* The request at hand, from now on. */
void ask_as(const char *user_id);
void wait_for(int64_t ns); /* its caller, from now on */

enum admission admit(void);
/* Of so many requests, how many are evaluated; the others are of that admission. */
int admitted_of(int requests, enum admission otherwise);

/* The decision, until the next one. */
const char *append(enum admission admission);
