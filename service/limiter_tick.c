/* The control thread's side of a limiter: refills, leases, the configuration's changes, idle callers. */
#include <assert.h>
#include <string.h>

#include "degrade/lease.h"
#include "service/config.h"
#include "service/limiter_words.h"

static_assert((int)CONFIG_CALLERS_MAX == (int)CALLER_TABLE_NAMES_MAX, "each entry has a place");
static_assert((int)TOKEN_BUCKET_CAPACITY_MAX <= (int)LEASE_TOKENS_MAX, "a full bucket can be lent out");

static struct limiter_row *row_of(struct limiter *limiter, uint32_t worker, const struct limiter_bucket *bucket)
{
    return &limiter->rows[worker].rows[bucket - limiter->buckets];
}

/* Reads the workers' words. False: nothing was asked for since the last time, and nothing is expected. */
static bool look(struct limiter *limiter, struct limiter_bucket *bucket, int64_t now_ns)
{
    uint64_t used = 0, demand = 0;
    bool is_asked = false;
    for (uint32_t worker = 0; worker < limiter->workers; worker++) {
        const struct limiter_row *row = row_of(limiter, worker, bucket);
        struct limiter_expectation *expectation = &bucket->expectations[worker];
        limiter->used[worker] = counter_read(&row->used);
        uint64_t asked = limiter->used[worker] + counter_read(&row->refused);
        expectation->demand = lease_demand(expectation->demand, asked - expectation->asked_seen);
        is_asked |= asked != expectation->asked_seen;
        expectation->asked_seen = asked;
        limiter->demands[worker] = expectation->demand;
        used += limiter->used[worker];
        demand += expectation->demand;
    }
    bucket->asked_ns = is_asked || now_ns < bucket->asked_ns ? now_ns : bucket->asked_ns;
    token_bucket_spend(&bucket->tokens, used - bucket->used_seen);
    bucket->used_seen = used;
    return is_asked || demand > 0;
}

static void tell_wait(struct limiter_bucket *bucket)
{
    int64_t wait_s = (token_bucket_wait_ns(&bucket->tokens) + 999999999) / 1000000000;
    atomic_store_explicit(&bucket->wait_s, (uint32_t)wait_s, memory_order_relaxed);
}

static void lend(struct limiter *limiter, struct limiter_bucket *bucket)
{
    lease_divide(token_bucket_tokens(&bucket->tokens), limiter->demands, limiter->workers, limiter->turn,
                 limiter->leases);
    for (uint32_t worker = 0; worker < limiter->workers; worker++) {
        counter_set(&row_of(limiter, worker, bucket)->granted, limiter->used[worker] + limiter->leases[worker]);
    }
}

static bool is_full(const struct limiter_bucket *bucket)
{
    return token_bucket_tokens(&bucket->tokens) >= bucket->capacity;
}

/* Spent before earned: a full bucket that is used loses nothing. */
static void tick_bucket(struct limiter *limiter, struct limiter_bucket *bucket, int64_t now_ns)
{
    if (bucket->per_second == 0) {
        return;
    }
    bool is_busy = look(limiter, bucket, now_ns);
    token_bucket_refill(&bucket->tokens, now_ns);
    if (is_busy || !bucket->is_settled) {
        lend(limiter, bucket);
        tell_wait(bucket);
    }
    bucket->is_settled = !is_busy && is_full(bucket);
}

/* What was asked for without a limit is neither held against the new one nor taken for demand. */
static void start_limit(struct limiter *limiter, struct limiter_bucket *bucket, int64_t now_ns)
{
    look(limiter, bucket, now_ns);
    for (uint32_t worker = 0; worker < limiter->workers; worker++) {
        limiter->demands[worker] = bucket->expectations[worker].demand = 0;
    }
    token_bucket_init(&bucket->tokens, bucket->per_second, bucket->capacity, now_ns);
    lend(limiter, bucket);
    tell_wait(bucket);
}

/* A rate's burst, but a token a worker (limiter.h). */
static uint32_t capacity_of(const struct limiter *limiter, uint32_t per_second, uint32_t burst_ms)
{
    uint64_t tokens = (uint64_t)per_second * burst_ms / 1000;
    tokens = tokens > limiter->workers ? tokens : limiter->workers;
    return tokens < TOKEN_BUCKET_CAPACITY_MAX ? (uint32_t)tokens : TOKEN_BUCKET_CAPACITY_MAX;
}

/* What the configuration says of a bucket. */
struct limit {
    uint32_t per_second, burst_ms;
    bool is_free; /* nobody owns the bucket: it is to be full */
};

static void set_limit(struct limiter *limiter, struct limiter_bucket *bucket, struct limit limit, int64_t now_ns)
{
    uint32_t capacity = limit.per_second == 0 ? 0 : capacity_of(limiter, limit.per_second, limit.burst_ms);
    bool had_limit = bucket->per_second > 0;
    if (bucket->per_second == limit.per_second && bucket->capacity == capacity) {
        return;
    }
    bucket->per_second = limit.per_second;
    bucket->capacity = capacity;
    bucket->is_settled = false;
    if (limit.per_second == 0) {
        limiter_end_limit(limiter, bucket);
    } else if (!had_limit || limit.is_free) {
        start_limit(limiter, bucket, now_ns);
    } else {
        token_bucket_set_rate(&bucket->tokens, limit.per_second, capacity, now_ns);
    }
}

static struct limiter_bucket *bucket_of(struct limiter *limiter, uint32_t place)
{
    return &limiter->buckets[LIMITER_BUCKET_OF_PLACE + place];
}

static bool is_named(const struct limiter *limiter, uint64_t key)
{
    for (uint32_t i = 0; i < limiter->name_count; i++) {
        if (limiter->names[i] == key) {
            return true;
        }
    }
    return false;
}

/* A place that gets another holder starts anew, so that the limit of the new one begins with a full bucket. */
static void take_names(struct limiter *limiter, const uint64_t *keys, uint32_t count)
{
    caller_table_name(&limiter->table, keys, count, limiter->name_places);
    for (uint32_t i = 0; i < count; i++) {
        struct limiter_bucket *bucket = bucket_of(limiter, limiter->name_places[i]);
        if (!is_named(limiter, keys[i])) {
            bucket->per_second = bucket->capacity = 0;
            limiter_end_limit(limiter, bucket);
        }
    }
    memcpy(limiter->names, keys, count * sizeof(*keys));
    limiter->name_count = count;
}

static void follow_names(struct limiter *limiter, const struct config *config, int64_t now_ns)
{
    uint64_t keys[CALLER_TABLE_NAMES_MAX] = {0};
    for (uint32_t i = 0; i < config->caller_count; i++) {
        keys[i] = caller_table_key(config->callers[i].name);
    }
    if (config->caller_count != limiter->name_count ||
        memcmp(keys, limiter->names, config->caller_count * sizeof(*keys)) != 0) {
        take_names(limiter, keys, config->caller_count);
    }
    for (uint32_t i = 0; i < config->caller_count; i++) {
        struct limit limit = {.per_second = config->callers[i].per_second, .burst_ms = config->rate.burst_ms};
        set_limit(limiter, bucket_of(limiter, limiter->name_places[i]), limit, now_ns);
    }
}

static uint32_t limits_of(const struct config *config)
{
    bool knows_callers = config->rate.caller_header[0] != '\0';
    bool limits_guests = knows_callers && config->rate.caller_per_second > 0;
    bool limits_names = knows_callers && config->caller_count > 0;
    return (config->rate.total_per_second > 0 ? LIMITER_LIMITS_TOTAL : 0u) |
           (limits_guests || limits_names ? LIMITER_LIMITS_CALLERS : 0u) | (limits_guests ? LIMITER_LIMITS_GUESTS : 0u);
}

static void follow(struct limiter *limiter, const struct config *config, int64_t now_ns)
{
    struct limit total = {.per_second = config->rate.total_per_second, .burst_ms = config->rate.burst_ms};
    struct limit guest = {.per_second = config->rate.caller_per_second, .burst_ms = config->rate.burst_ms};
    set_limit(limiter, &limiter->buckets[LIMITER_BUCKET_TOTAL], total, now_ns);
    set_limit(limiter, bucket_of(limiter, CALLER_TABLE_OTHER), guest, now_ns);
    follow_names(limiter, config, now_ns);
    for (uint32_t place = CALLER_TABLE_FIRST_GUEST; place < CALLER_TABLE_PLACES; place++) {
        guest.is_free = !caller_table_has_guest(&limiter->table, place);
        set_limit(limiter, bucket_of(limiter, place), guest, now_ns);
    }
    atomic_store_explicit(&limiter->limits, limits_of(config), memory_order_release);
}

/* True while the guest stays. One that only the total refuses asks its bucket nothing: it counts as new each minute. */
static bool tick_guest(struct limiter *limiter, uint32_t place, int64_t now_ns)
{
    struct limiter_bucket *bucket = bucket_of(limiter, place);
    if (!bucket->has_guest) {
        bucket->has_guest = true;
        bucket->asked_ns = now_ns;
    }
    tick_bucket(limiter, bucket, now_ns);
    bool is_idle = now_ns - bucket->asked_ns >= LIMITER_IDLE_S * INT64_C(1000000000);
    if (bucket->per_second == 0 || (is_idle && bucket->is_settled)) {
        caller_table_let_go(&limiter->table, place);
        bucket->has_guest = false;
    }
    return bucket->has_guest;
}

void limiter_tick(struct limiter *limiter, const struct config *config, int64_t now_ns)
{
    limiter->turn++;
    follow(limiter, config, now_ns);
    tick_bucket(limiter, &limiter->buckets[LIMITER_BUCKET_TOTAL], now_ns);
    tick_bucket(limiter, bucket_of(limiter, CALLER_TABLE_OTHER), now_ns);
    for (uint32_t i = 0; i < limiter->name_count; i++) {
        tick_bucket(limiter, bucket_of(limiter, limiter->name_places[i]), now_ns);
    }
    uint32_t callers = limiter->name_count;
    for (uint32_t place = CALLER_TABLE_FIRST_GUEST; place < CALLER_TABLE_PLACES; place++) {
        callers += caller_table_has_guest(&limiter->table, place) && tick_guest(limiter, place, now_ns);
    }
    const struct limiter_bucket *total = &limiter->buckets[LIMITER_BUCKET_TOTAL];
    counter_set(&limiter->callers, callers);
    counter_set(&limiter->total_tokens, total->per_second > 0 ? (uint64_t)token_bucket_tokens(&total->tokens) : 0);
}
