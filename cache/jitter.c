#include "cache/jitter.h"

#include <assert.h>

void jitter_init(struct jitter *jitter, uint64_t seed)
{
    jitter->state = seed != 0 ? seed : UINT64_C(0x9E3779B97F4A7C15);
}

/* xorshift64* (Vigna, 2016): its high bits are good enough for spreading. */
static uint64_t next(struct jitter *jitter)
{
    jitter->state ^= jitter->state >> 12;
    jitter->state ^= jitter->state << 25;
    jitter->state ^= jitter->state >> 27;
    return jitter->state * UINT64_C(2685821657736338717);
}

int64_t jitter_below(struct jitter *jitter, int64_t below)
{
    assert(below >= 0);
    return below == 0 ? 0 : (int64_t)((next(jitter) >> 32) * (uint64_t)below >> 32);
}

int64_t jitter_period_ms(struct jitter *jitter, int64_t period_ms)
{
    return jitter_spread_ms(jitter, period_ms, period_ms / 5);
}

int64_t jitter_spread_ms(struct jitter *jitter, int64_t period_ms, int64_t spread_ms)
{
    assert(spread_ms <= period_ms);
    return period_ms - spread_ms + jitter_below(jitter, 2 * spread_ms + 1);
}

int64_t jitter_backoff_ms(struct jitter *jitter, uint32_t failures, int64_t max_ms)
{
    assert(failures > 0);
    int64_t ceiling_ms = JITTER_BACKOFF_BASE_MS;
    for (uint32_t i = 1; i < failures && ceiling_ms < max_ms; i++) {
        ceiling_ms *= 2;
    }
    return 1 + jitter_below(jitter, ceiling_ms < max_ms ? ceiling_ms : max_ms);
}
