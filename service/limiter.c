#include "service/limiter.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "service/limiter_words.h"

static_assert(offsetof(struct limiter, limits) == 0, "limiter_is_on reads the first word");
static_assert(sizeof(struct limiter_row) == 32, "no row lies across two cache lines");

static void *aligned_zeroed(size_t bytes)
{
    void *memory = NULL;
    if (posix_memalign(&memory, 64, bytes) != 0) {
        return NULL;
    }
    return memset(memory, 0, bytes);
}

/* One allocation for the expectations of all buckets, and the scratch of a tick. */
static bool make_room(struct limiter *limiter)
{
    size_t workers = limiter->workers;
    struct limiter_expectation *expectations = calloc(LIMITER_BUCKETS * workers, sizeof(*expectations));
    limiter->rows = aligned_zeroed(workers * sizeof(*limiter->rows));
    limiter->demands = calloc(3 * workers, sizeof(*limiter->demands));
    if (limiter->demands != NULL) {
        limiter->leases = limiter->demands + workers;
        limiter->used = limiter->leases + workers;
    }
    for (uint32_t i = 0; expectations != NULL && i < LIMITER_BUCKETS; i++) {
        limiter->buckets[i].expectations = expectations + i * workers;
    }
    return expectations != NULL && limiter->rows != NULL && limiter->demands != NULL;
}

void limiter_end_limit(struct limiter *limiter, const struct limiter_bucket *bucket)
{
    for (uint32_t worker = 0; worker < limiter->workers; worker++) {
        counter_set(&limiter->rows[worker].rows[bucket - limiter->buckets].granted, LIMITER_ENDLESS);
    }
}

struct limiter *limiter_create(uint32_t workers)
{
    assert(workers > 0);
    struct limiter *limiter = aligned_zeroed((sizeof(*limiter) + 63) / 64 * 64);
    if (limiter == NULL) {
        return NULL;
    }
    limiter->workers = workers;
    if (!make_room(limiter)) {
        limiter_free(limiter);
        return NULL;
    }
    for (uint32_t i = 0; i < LIMITER_BUCKETS; i++) {
        limiter_end_limit(limiter, &limiter->buckets[i]);
    }
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    if (limiter != NULL) {
        free(limiter->buckets[0].expectations);
        free(limiter->rows);
        free(limiter->demands);
        free(limiter);
    }
}

static bool has_token(const struct limiter_row *row)
{
    return (int64_t)(counter_read(&row->granted) - counter_read(&row->used)) > 0;
}

/* The caller's place, or CALLER_TABLE_NOWHERE where it has no limit. */
static uint32_t place_of(struct limiter *limiter, uint32_t limits, struct slice caller)
{
    if ((limits & LIMITER_LIMITS_CALLERS) == 0) {
        return CALLER_TABLE_NOWHERE;
    }
    uint64_t key = caller_table_key(caller.at != NULL ? caller : SLICE(""));
    return caller_table_find(&limiter->table, key, (limits & LIMITER_LIMITS_GUESTS) != 0);
}

enum limiter_verdict limiter_take(struct limiter *limiter, uint32_t worker, struct slice caller)
{
    assert(worker < limiter->workers);
    uint32_t limits = atomic_load_explicit(&limiter->limits, memory_order_acquire); /* the grants come before it */
    if (limits == 0) {
        return LIMITER_ADMITS;
    }
    struct limiter_row *rows = limiter->rows[worker].rows, *total = &rows[LIMITER_BUCKET_TOTAL], *own = NULL;
    uint32_t place = place_of(limiter, limits, caller);
    if (place != CALLER_TABLE_NOWHERE) {
        own = &rows[LIMITER_BUCKET_OF_PLACE + place];
        if (!has_token(own)) {
            counter_add(&own->refused, 1);
            return LIMITER_CALLER;
        }
    }
    if (!has_token(total)) {
        counter_add(&total->refused, 1);
        return LIMITER_TOTAL;
    }
    counter_add(&total->used, 1);
    if (own != NULL) {
        counter_add(&own->used, 1);
    }
    return LIMITER_ADMITS;
}

uint32_t limiter_retry_after_s(struct limiter *limiter, enum limiter_verdict verdict, struct slice caller)
{
    uint32_t bucket = LIMITER_BUCKET_TOTAL;
    switch (verdict) {
    case LIMITER_ADMITS:
        return 0;
    case LIMITER_TOTAL:
        break;
    case LIMITER_CALLER: {
        uint32_t place = place_of(limiter, atomic_load_explicit(&limiter->limits, memory_order_relaxed), caller);
        bucket = place == CALLER_TABLE_NOWHERE ? LIMITER_BUCKET_TOTAL : LIMITER_BUCKET_OF_PLACE + place;
        break;
    }
    }
    uint32_t wait_s = atomic_load_explicit(&limiter->buckets[bucket].wait_s, memory_order_relaxed);
    return wait_s > 0 ? wait_s : 1; /* a token that another worker has may be ours next tick */
}

struct limiter_facts limiter_facts(const struct limiter *limiter)
{
    struct limiter_facts facts = {.callers = (uint32_t)counter_read(&limiter->callers),
                                  .total_tokens = (int64_t)counter_read(&limiter->total_tokens)};
    for (uint32_t worker = 0; worker < limiter->workers; worker++) {
        const struct limiter_row *rows = limiter->rows[worker].rows;
        const struct limiter_row *other = &rows[LIMITER_BUCKET_OF_PLACE + CALLER_TABLE_OTHER];
        facts.admitted += counter_read(&rows[LIMITER_BUCKET_TOTAL].used);
        facts.refused_total += counter_read(&rows[LIMITER_BUCKET_TOTAL].refused);
        facts.other_requests += counter_read(&other->used) + counter_read(&other->refused);
        for (uint32_t bucket = LIMITER_BUCKET_OF_PLACE; bucket < LIMITER_BUCKETS; bucket++) {
            facts.refused_caller += counter_read(&rows[bucket].refused);
        }
    }
    return facts;
}
