#include "policy/bucket.h"

#include <assert.h>

/* MurmurHash3's constants for the 32-bit variant. */
static const uint32_t multiplier_1 = 0xCC9E2D51;
static const uint32_t multiplier_2 = 0x1B873593;

static uint32_t rotate_left(uint32_t value, unsigned bits)
{
    return (value << bits) | (value >> (32 - bits));
}

static uint32_t scramble(uint32_t word)
{
    return rotate_left(word * multiplier_1, 15) * multiplier_2;
}

static uint32_t mix(uint32_t state, uint32_t word)
{
    return rotate_left(state ^ scramble(word), 13) * 5 + 0xE6546B64;
}

static uint32_t finish(uint32_t state, uint32_t tail, uint32_t length)
{
    state ^= scramble(tail); /* of 0 is 0: a key of whole words has no tail */
    state ^= length;
    state = (state ^ (state >> 16)) * 0x85EBCA6B;
    state = (state ^ (state >> 13)) * 0xC2B2AE35;
    return state ^ (state >> 16);
}

static uint32_t load_tail(const char *at, uint32_t length)
{
    uint32_t tail = 0;
    for (uint32_t i = 0; i < length; i++) {
        tail |= (uint32_t)(unsigned char)at[i] << (8 * i);
    }
    return tail;
}

uint32_t bucket_hash(struct slice key, uint32_t seed)
{
    uint32_t state = seed, at = 0;
    for (; key.length - at >= 4; at += 4) {
        state = mix(state, bytes_load_4(key.at + at));
    }
    return finish(state, load_tail(key.at + at, key.length - at), key.length);
}

static void prefix_append(struct bucket_prefix *prefix, struct slice bytes)
{
    for (uint32_t i = 0; i < bytes.length; i++) {
        prefix->carry |= (uint32_t)(unsigned char)bytes.at[i] << (8 * (prefix->length & 3));
        prefix->length++;
        if ((prefix->length & 3) == 0) {
            prefix->state = mix(prefix->state, prefix->carry);
            prefix->carry = 0;
        }
    }
}

struct bucket_prefix bucket_prefix_of(struct slice salt, struct slice purpose)
{
    struct bucket_prefix prefix = {.state = BUCKET_SEED};
    prefix_append(&prefix, salt);
    prefix_append(&prefix, SLICE("\x1F"));
    prefix_append(&prefix, purpose);
    prefix_append(&prefix, SLICE("\x1F"));
    return prefix;
}

uint32_t bucket_prefix_slot(const struct bucket_prefix *prefix, struct slice unit)
{
    uint32_t state = prefix->state;
    unsigned shift = 8 * (prefix->length & 3);
    uint64_t pending = prefix->carry; /* bytes that wait for a whole word, lowest first */
    uint32_t at = 0;
    for (; unit.length - at >= 4; at += 4) {
        pending |= (uint64_t)bytes_load_4(unit.at + at) << shift;
        state = mix(state, (uint32_t)pending);
        pending >>= 32;
    }
    uint32_t rest = unit.length - at;
    pending |= (uint64_t)load_tail(unit.at + at, rest) << shift;
    if (shift / 8 + rest >= 4) {
        state = mix(state, (uint32_t)pending);
        pending >>= 32;
    }
    assert(prefix->length <= UINT32_MAX - unit.length);
    return bucket_scale(finish(state, (uint32_t)pending, prefix->length + unit.length), BUCKET_SLOTS);
}
