/*
 * bucket.h - which of N slots does a unit (a user, a place) fall into?
 *
 *     slot = ((uint64_t)murmur3_x86_32(key, seed) * N) >> 32
 *
 * Integers only, the same on every node and machine. With N = 10000 and seed = 1 this is Optimizely's published
 * bucketing, with N = the sum of the weights and seed = 0 it is flagd's: their vectors are in the test.
 *
 * promogate's own slots use N = 10000, seed = 1 and the key
 *
 *     salt 0x1F purpose 0x1F unit
 *
 * in which neither part can hold the separator, so that no two triples share a key. The purposes (`ramp`, `layer`,
 * `variant`) keep a gate from biasing a split that uses the same salt.
 *
 * A bucket_prefix is the hash's state behind "salt 0x1F purpose 0x1F", computed once per policy: MurmurHash3 goes over
 * its key in words of four bytes, so only the unit is left to hash per request.
 *
 * Source   A. Appleby, MurmurHash3, MurmurHash3_x86_32 (public domain), from its description.
 */
#pragma once

#include "policy/slice.h"

enum { BUCKET_SLOTS = 10000, BUCKET_SEED = 1 };

uint32_t bucket_hash(struct slice key, uint32_t seed);

/* hash scaled to 0 .. slots - 1. */
static inline uint32_t bucket_scale(uint32_t hash, uint32_t slots)
{
    return (uint32_t)(((uint64_t)hash * slots) >> 32);
}

static inline uint32_t bucket_slot(struct slice key, uint32_t slots, uint32_t seed)
{
    return bucket_scale(bucket_hash(key, seed), slots);
}

struct bucket_prefix {
    uint32_t state;  /* over the whole words of the prefix */
    uint32_t carry;  /* the 0..3 bytes behind them, little-endian */
    uint32_t length; /* of the prefix, in bytes */
};

struct bucket_prefix bucket_prefix_of(struct slice salt, struct slice purpose);

/* The slot of a unit, 0 .. BUCKET_SLOTS - 1. */
uint32_t bucket_prefix_slot(const struct bucket_prefix *prefix, struct slice unit);
