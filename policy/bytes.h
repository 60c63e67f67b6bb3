/*
 * bytes.h - eight bytes at a time: the requests' strings are short, and a byte loop over each is what costs.
 *
 * A mask has the top bit set in each byte that is found. Only its lowest bit is exact: the tests borrow from byte to
 * byte, so those above a find may be false. That is enough to ask "any?" and "where is the first?".
 *
 * Source   "Determine if a word has a byte less than n", "... equal to n", S. E. Anderson, Bit Twiddling Hacks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BYTES_ONES UINT64_C(0x0101010101010101)
#define BYTES_TOPS UINT64_C(0x8080808080808080)

static inline uint64_t bytes_load_8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint32_t bytes_load_4(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

/* The 1 to 7 bytes at `at`, some of them twice, in no order that matters, filled up with '@'. */
static inline uint64_t bytes_load_short(const char *at, uint32_t length)
{
    if (length >= 4) {
        return bytes_load_4(at) | (uint64_t)bytes_load_4(at + length - 4) << 32;
    }
    uint64_t first = (unsigned char)at[0], middle = (unsigned char)at[length / 2], last = (unsigned char)at[length - 1];
    return first | middle << 8 | last << 16 | (BYTES_ONES * '@') << 24;
}

/* below is 1 .. 0x80 */
static inline uint64_t bytes_mask_below(uint64_t word, unsigned char below)
{
    return (word - BYTES_ONES * below) & ~word & BYTES_TOPS;
}

static inline uint64_t bytes_mask_equal(uint64_t word, unsigned char byte)
{
    uint64_t difference = word ^ (BYTES_ONES * byte);
    return (difference - BYTES_ONES) & ~difference & BYTES_TOPS;
}

static inline uint64_t bytes_mask_not_ascii(uint64_t word)
{
    return word & BYTES_TOPS;
}

typedef uint64_t (*bytes_mask)(uint64_t word);

/* Does the mask find any of the bytes? Always inlined, so that the mask is too. */
static inline __attribute__((always_inline)) bool bytes_have(const char *at, uint32_t length, bytes_mask mask)
{
    if (length < 8) {
        return length > 0 && mask(bytes_load_short(at, length)) != 0;
    }
    uint64_t found = mask(bytes_load_8(at + length - 8));
    for (uint32_t i = 0; i + 8 < length; i += 8) {
        found |= mask(bytes_load_8(at + i));
    }
    return found != 0;
}

/* The first byte in [at, end) that the mask finds, or `end`. */
static inline __attribute__((always_inline)) const char *bytes_find(const char *at, const char *end, bytes_mask mask)
{
    for (; end - at >= 8; at += 8) {
        uint64_t found = mask(bytes_load_8(at));
        if (found != 0) {
            return at + __builtin_ctzll(found) / 8;
        }
    }
    for (; at < end; at++) {
        if ((mask((BYTES_ONES * '@') << 8 | (unsigned char)*at) & 0x80) != 0) {
            return at;
        }
    }
    return end;
}

/* Are the `length` bytes at both places the same? */
static inline bool bytes_equal(const char *a, const char *b, uint32_t length)
{
    if (length < 4) {
        for (uint32_t i = 0; i < length; i++) {
            if (a[i] != b[i]) {
                return false;
            }
        }
        return true;
    }
    if (length < 8) {
        uint32_t last = length - 4;
        return ((bytes_load_4(a) ^ bytes_load_4(b)) | (bytes_load_4(a + last) ^ bytes_load_4(b + last))) == 0;
    }
    for (uint32_t i = 0; i + 8 < length; i += 8) {
        if (bytes_load_8(a + i) != bytes_load_8(b + i)) {
            return false;
        }
    }
    return bytes_load_8(a + length - 8) == bytes_load_8(b + length - 8);
}
