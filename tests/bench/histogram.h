#pragma once
/*
 * A histogram of counts by size, log-linear like HdrHistogram.
 *
 * Values below 2^HISTOGRAM_EXACT_BITS have a bucket each and are kept exactly. Above, every power of two is cut into
 * 2^(HISTOGRAM_EXACT_BITS - 1) buckets of equal width, so a value is known to 1 part in 1024:
 *
 *     0 1 2 ... 2047 | 2048 2050 ... 4094 | 4096 4100 ... 8188 | ...
 *     width 1        | width 2            | width 4            |
 *
 * Values past HISTOGRAM_VALUE_MAX count in the last bucket: nothing is dropped, a percentile never looks too good.
 *
 * Units: the caller's (nanoseconds, bytes). Ownership: the struct is the caller's and holds no pointer.
 * Threads: one at a time.
 */

#include <stdint.h>

#define HISTOGRAM_EXACT_BITS 11
#define HISTOGRAM_VALUE_BITS 40
#define HISTOGRAM_VALUE_MAX  ((UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1)
#define HISTOGRAM_HALF       (1 << (HISTOGRAM_EXACT_BITS - 1))
#define HISTOGRAM_BUCKETS    ((HISTOGRAM_VALUE_BITS - HISTOGRAM_EXACT_BITS + 2) * HISTOGRAM_HALF)

struct histogram {
    uint64_t total;
    uint64_t largest;
    uint64_t counts[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);

/* The smallest recorded value that at least `share` (0..1) of all values do not exceed; its bucket's upper end, and
   never more than the largest value seen. 0 while nothing was added. */
uint64_t histogram_percentile(const struct histogram *histogram, double share);
