/*
 * byte_budget.h - so many bytes a second, whatever a publisher does: the outage was 1.8 GB/s from one key.
 *
 *     wait_ms = byte_budget_wait_ms(&budget, now_ms)     0: go on
 *     byte_budget_spend(&budget, bytes)                  what it really was, may go into debt
 *
 * A token bucket that holds one second's worth. What is to be spent is known only afterwards, so the last spender may
 * overdraw it by one exchange; the next one waits until the debt is paid.
 *
 * Time  monotonic milliseconds, as argument; a clock that steps back earns nothing.
 */
#pragma once

#include <stdint.h>

struct byte_budget {
    int64_t per_second, tokens, earned_ms; /* private */
};

/* Full at first. */
void byte_budget_init(struct byte_budget *budget, uint32_t per_second, int64_t now_ms);

/* A changed rate; what was saved or owed stays, up to the new ceiling. */
void byte_budget_set_rate(struct byte_budget *budget, uint32_t per_second);

int64_t byte_budget_wait_ms(struct byte_budget *budget, int64_t now_ms);
void byte_budget_spend(struct byte_budget *budget, uint64_t bytes);
