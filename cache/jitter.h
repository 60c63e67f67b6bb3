/*
 * jitter.h - chance, so that ten thousand gateways do not act in step.
 *
 * A poll comes after its period give or take a fifth; a retry after a random part of a ceiling that doubles (full
 * jitter: Brooker, "Exponential Backoff and Jitter", AWS 2015), so that the load of a fleet that lost its Redis is
 * spread from the first moment on.
 *
 * Threads  one at a time uses a jitter.
 */
#pragma once

#include <stdint.h>

enum { JITTER_BACKOFF_BASE_MS = 100 };

struct jitter {
    uint64_t state; /* private, never 0 */
};

/* Any seed, 0 too; two gateways need different ones. */
void jitter_init(struct jitter *jitter, uint64_t seed);

/* 0 to below, evenly. 0 when `below` is 0. */
int64_t jitter_below(struct jitter *jitter, int64_t below);

/* period_ms give or take a fifth. */
int64_t jitter_period_ms(struct jitter *jitter, int64_t period_ms);

/* period_ms give or take spread_ms, which is not more. */
int64_t jitter_spread_ms(struct jitter *jitter, int64_t period_ms, int64_t spread_ms);

/* Before attempt `failures` + 1, at least 1 ms: `failures` counts from 1. */
int64_t jitter_backoff_ms(struct jitter *jitter, uint32_t failures, int64_t max_ms);
