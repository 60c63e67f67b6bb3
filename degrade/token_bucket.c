#include "degrade/token_bucket.h"

#include <assert.h>
#include <stdbool.h>

#define GRAINS INT64_C(1000000000)

static void set(struct token_bucket *bucket, uint32_t per_second, uint32_t capacity)
{
    assert(per_second > 0 && per_second <= TOKEN_BUCKET_PER_SECOND_MAX);
    assert(capacity > 0 && capacity <= TOKEN_BUCKET_CAPACITY_MAX);
    bucket->per_second = per_second;
    bucket->capacity = capacity * GRAINS;
}

void token_bucket_init(struct token_bucket *bucket, uint32_t per_second, uint32_t capacity, int64_t now_ns)
{
    set(bucket, per_second, capacity);
    bucket->grains = bucket->capacity;
    bucket->refilled_ns = now_ns;
}

void token_bucket_set_rate(struct token_bucket *bucket, uint32_t per_second, uint32_t capacity, int64_t now_ns)
{
    token_bucket_refill(bucket, now_ns);
    set(bucket, per_second, capacity);
    if (bucket->grains > bucket->capacity) {
        bucket->grains = bucket->capacity;
    } else if (bucket->grains < -bucket->capacity) {
        bucket->grains = -bucket->capacity;
    }
}

void token_bucket_refill(struct token_bucket *bucket, int64_t now_ns)
{
    if (now_ns <= bucket->refilled_ns) {
        return;
    }
    int64_t missing = bucket->capacity - bucket->grains;
    int64_t fills_ns = missing / bucket->per_second + 1; /* a product past this could overflow */
    int64_t passed_ns = now_ns - bucket->refilled_ns;
    bucket->grains = passed_ns >= fills_ns ? bucket->capacity : bucket->grains + passed_ns * bucket->per_second;
    bucket->refilled_ns = now_ns;
}

int64_t token_bucket_tokens(const struct token_bucket *bucket)
{
    int64_t grains = bucket->grains;
    return grains >= 0 ? grains / GRAINS : -((GRAINS - 1 - grains) / GRAINS);
}

void token_bucket_spend(struct token_bucket *bucket, uint64_t tokens)
{
    int64_t least = -bucket->capacity;
    bool is_absurd = tokens > (uint64_t)((bucket->grains - least) / GRAINS);
    bucket->grains = is_absurd ? least : bucket->grains - (int64_t)tokens * GRAINS;
}

int64_t token_bucket_wait_ns(const struct token_bucket *bucket)
{
    int64_t missing = GRAINS - bucket->grains;
    return missing <= 0 ? 0 : (missing + bucket->per_second - 1) / bucket->per_second;
}
