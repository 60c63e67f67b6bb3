#include "cache/byte_budget.h"

#include <assert.h>

void byte_budget_init(struct byte_budget *budget, uint32_t per_second, int64_t now_ms)
{
    assert(per_second > 0);
    *budget = (struct byte_budget){.per_second = per_second, .tokens = per_second, .earned_ms = now_ms};
}

void byte_budget_set_rate(struct byte_budget *budget, uint32_t per_second)
{
    assert(per_second > 0);
    budget->per_second = per_second;
    if (budget->tokens > per_second) {
        budget->tokens = per_second;
    }
}

static void earn(struct byte_budget *budget, int64_t now_ms)
{
    int64_t passed_ms = now_ms - budget->earned_ms;
    if (passed_ms <= 0) {
        return;
    }
    /* More than fills the bucket is lost; a day's worth must not overflow. */
    int64_t missing = budget->per_second - budget->tokens;
    int64_t fills_ms = missing * 1000 / budget->per_second + 1;
    int64_t earned = passed_ms >= fills_ms ? missing : budget->per_second * passed_ms / 1000;
    if (earned > 0 || passed_ms >= fills_ms) { /* else let the milliseconds add up to a byte */
        budget->tokens += earned;
        budget->earned_ms = now_ms;
    }
}

int64_t byte_budget_wait_ms(struct byte_budget *budget, int64_t now_ms)
{
    earn(budget, now_ms);
    return budget->tokens > 0 ? 0 : (1 - budget->tokens) * 1000 / budget->per_second + 1;
}

void byte_budget_spend(struct byte_budget *budget, uint64_t bytes)
{
    budget->tokens -= (int64_t)bytes;
}
