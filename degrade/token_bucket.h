/*
 * token_bucket.h - so many a second, and what was saved up for a moment.
 *
 *     tokens
 *     capacity ┤‾‾‾‾\          /‾‾‾      full: what would be earned is lost
 *              │     \        /          earned at per_second, whatever is spent
 *            0 ┼──────\──────/─────
 *       a debt │       \____/            spent before it was known: paid back before anything is given
 *
 *     token_bucket_refill(&bucket, now_ns)
 *     if (token_bucket_tokens(&bucket) > 0) { ...; token_bucket_spend(&bucket, 1) }
 *
 * Over any time t no more than capacity + per_second * t is given by one who asks first.
 *
 * Exact. A token is 10^9 grains, so that a nanosecond earns per_second grains: no remainder is ever rounded away, at
 * one token a second asked a million times a second as little as at ten million a second asked once a day. The largest
 * bucket, 10^7 a second saved for a minute, has 6 * 10^17 grains: a fifteenth of what 64 bits hold.
 *
 * Debts. One full bucket is the deepest: who lends tokens out before they are spent (lease.h) can be that far off, not
 * further. What goes deeper was lent under a larger limit, and is not paid under the smaller one.
 *
 * Units    tokens; time in monotonic nanoseconds, as argument. A clock that steps back earns nothing and loses nothing:
 *          earning goes on where the latest time was.
 * Source   curl, lib/ratelimit.c: time as argument, a burst, spending that may go into debt. It earns in steps of whole
 *          tokens and carries the spare time; grains need neither.
 */
#pragma once

#include <stdint.h>

enum {
    TOKEN_BUCKET_PER_SECOND_MAX = 10000000,
    TOKEN_BUCKET_CAPACITY_MAX = 600000000, /* of that rate, a minute's */
};

struct token_bucket { /* private */
    int64_t per_second, capacity, grains;
    int64_t refilled_ns;
};

/* Full. 1 to TOKEN_BUCKET_PER_SECOND_MAX a second, 1 to TOKEN_BUCKET_CAPACITY_MAX tokens at most. */
void token_bucket_init(struct token_bucket *bucket, uint32_t per_second, uint32_t capacity, int64_t now_ns);

/* From now on another rate. What was saved or owed stays, as far as the new capacity holds it. */
void token_bucket_set_rate(struct token_bucket *bucket, uint32_t per_second, uint32_t capacity, int64_t now_ns);

void token_bucket_refill(struct token_bucket *bucket, int64_t now_ns);

/* Whole tokens; rounded down, so a debt is never told too small. */
int64_t token_bucket_tokens(const struct token_bucket *bucket);

void token_bucket_spend(struct token_bucket *bucket, uint64_t tokens);

/* Until there is one token, if nobody spends; rounded up to the nanosecond. 0: there is one. */
int64_t token_bucket_wait_ns(const struct token_bucket *bucket);
