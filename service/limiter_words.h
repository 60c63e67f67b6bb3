/*
 * limiter_words.h - what a limiter is made of: for limiter.c, the workers' side, and limiter_tick.c, the control's.
 *
 * Bucket 0 is the total; the bucket of a caller's place (caller_table.h) is that place plus 1.
 */
#pragma once

#include "degrade/token_bucket.h"
#include "service/caller_table.h"
#include "service/counter.h"
#include "service/limiter.h"

enum {
    LIMITER_BUCKET_TOTAL = 0,
    LIMITER_BUCKET_OF_PLACE = 1,
    LIMITER_BUCKETS = LIMITER_BUCKET_OF_PLACE + CALLER_TABLE_PLACES,
};

/* What is limited. */
enum {
    LIMITER_LIMITS_TOTAL = 1,
    LIMITER_LIMITS_CALLERS = 2, /* requests are told apart by caller */
    LIMITER_LIMITS_GUESTS = 4,  /* those that the configuration does not name, too */
};

/* Granted where there is no limit. */
#define LIMITER_ENDLESS ((uint64_t)INT64_MAX)

/* Two in a cache line, both of one worker. */
struct limiter_row {
    counter used, refused; /* the worker writes */
    counter granted;       /* the control thread writes */
    uint64_t padding;
};

struct limiter_worker {
    _Alignas(64) struct limiter_row rows[LIMITER_BUCKETS];
};

/* What the control thread remembers of a bucket on a worker. */
struct limiter_expectation {
    uint64_t asked_seen, demand;
};

struct limiter_bucket {
    struct token_bucket tokens;
    uint32_t per_second, capacity; /* 0: no limit */
    uint64_t used_seen;            /* by all workers */
    int64_t asked_ns;              /* when it was last asked */
    bool is_settled;               /* full, lent out evenly, and nothing expected */
    bool has_guest;                /* the control thread has seen it */
    _Atomic uint32_t wait_s;       /* until there is a token */
    struct limiter_expectation *expectations;
};

struct limiter {
    _Atomic uint32_t limits; /* first: limiter_is_on reads it */
    uint32_t workers;
    struct caller_table table;
    struct limiter_worker *rows; /* by worker */

    /* the control thread's */
    struct limiter_bucket buckets[LIMITER_BUCKETS];
    uint64_t turn;
    uint32_t name_count;
    uint64_t names[CALLER_TABLE_NAMES_MAX];
    uint32_t name_places[CALLER_TABLE_NAMES_MAX];
    uint64_t *demands, *leases, *used; /* of the bucket at hand, by worker */

    counter callers, total_tokens; /* told by it */
};

/* No limit from now on: of limiter_create and of the control thread. */
void limiter_end_limit(struct limiter *limiter, const struct limiter_bucket *bucket);
