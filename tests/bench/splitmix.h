#pragma once
/*
 * Chance that can be repeated: the same seed gives the same load.
 *
 * Source: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014), with the
 * constants of its reference implementation. It passes BigCrush, needs one word and takes any seed, 0 included.
 * Threads: one at a time.
 */

#include <stdint.h>

struct splitmix {
    uint64_t state;
};

static inline uint64_t splitmix_next(struct splitmix *splitmix)
{
    uint64_t mixed = splitmix->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* In [0, 1): the 53 upper bits, as many as a double has. */
static inline double splitmix_unit(struct splitmix *splitmix)
{
    return (double)(splitmix_next(splitmix) >> 11) * 0x1p-53;
}

/* In [0, bound), 0 < bound < 2^53. */
static inline uint64_t splitmix_below(struct splitmix *splitmix, uint64_t bound)
{
    return (uint64_t)(splitmix_unit(splitmix) * (double)bound);
}
