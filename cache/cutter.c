#include "cache/cutter.h"

#include <assert.h>

#include "policy/bytes.h"

enum {
    SHIFT = 2,           /* bits a byte */
    WINDOW = 64 / SHIFT, /* bytes that a hash sees: two AOI codes and their quotes */
};

static_assert((int)CUTTER_DATA_BYTES_MAX >= 2 * (int)CUTTER_DATA_REACH, "a forced cut has a choice");
static_assert((int)CUTTER_CHILDREN_MAX >= 2 * (int)CUTTER_CHILDREN_REACH, "a forced cut has a choice");
static_assert((int)CUTTER_CHILDREN_REACH >= 2, "trees get fewer from level to level");

/* Output number `byte` of SplitMix64 seeded with 0 (Steele, Lea, Flood, OOPSLA 2014): 64 even bits for each byte. */
static uint64_t gear(uint8_t byte)
{
    uint64_t z = (byte + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A gear hash (Xia et al., "Ddelta", 2014): what fell out of the window was shifted out at the top. */
static uint64_t roll(uint64_t hash, uint8_t byte)
{
    return (hash << SHIFT) + gear(byte);
}

/* Is it lower than all within `reach` before it, and not higher than all behind? Most places fail at the first look. */
static bool is_lowest(const uint64_t *hash, size_t reach)
{
    for (size_t i = 1; i <= reach; i++) {
        if (hash[-(ptrdiff_t)i] <= *hash || hash[i] < *hash) {
            return false;
        }
    }
    return true;
}

/* The last of the lowest: where everything repeats itself, pieces are as long as they may. */
static size_t lowest(const uint64_t *hashes, size_t from, size_t to)
{
    size_t at = from;
    for (size_t i = from; i < to; i++) {
        at = hashes[i] <= hashes[at] ? i : at;
    }
    return at;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t cutter_cut_data(const uint8_t *bytes, size_t length)
{
    enum { REACH = CUTTER_DATA_REACH, MAX = CUTTER_DATA_BYTES_MAX };
    assert(length > 0);
    uint64_t hashes[MAX + REACH + 1]; /* of the WINDOW bytes behind each place */
    uint64_t hash = 0;
    size_t places = 0;
    for (size_t i = 0; i < length && places <= MAX + REACH; i++) {
        hash = roll(hash, bytes[i]);
        if (i + 1 < WINDOW) {
            continue;
        }
        hashes[places++] = hash;
        if (places > (size_t)2 * REACH && is_lowest(&hashes[places - 1 - REACH], REACH)) {
            return places - 1 - REACH;
        }
    }
    return length <= MAX ? length : lowest(hashes, REACH, least(places, MAX + 1));
}

size_t cutter_cut_children(const struct blob *children, size_t count)
{
    enum { REACH = CUTTER_CHILDREN_REACH, MAX = CUTTER_CHILDREN_MAX };
    assert(count >= 2);
    uint64_t hashes[MAX + REACH + 1];
    size_t places = least(count, MAX + REACH + 1);
    for (size_t i = 0; i < places; i++) {
        hashes[i] = bytes_load_8((const char *)children[i].digest.bytes);
    }
    for (size_t i = REACH; i + REACH < places; i++) {
        if (is_lowest(&hashes[i], REACH)) {
            return i;
        }
    }
    size_t cut = count <= MAX ? count : lowest(hashes, REACH, MAX + 1);
    return count - cut == 1 ? count : cut;
}
