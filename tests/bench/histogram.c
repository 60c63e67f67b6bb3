#include "tests/bench/histogram.h"

#include <assert.h>
#include <string.h>

/* How far right a value is shifted until it fits the exact bits: the power of two its bucket belongs to. */
static unsigned shift_of(uint64_t value)
{
    unsigned bits = 64U - (unsigned)__builtin_clzll(value | 1);
    return bits > HISTOGRAM_EXACT_BITS ? bits - HISTOGRAM_EXACT_BITS : 0;
}

static unsigned bucket_of(uint64_t value)
{
    unsigned shift = shift_of(value);
    return shift * HISTOGRAM_HALF + (unsigned)(value >> shift);
}

static uint64_t bucket_end(unsigned bucket)
{
    unsigned shift = bucket < 2 * HISTOGRAM_HALF ? 0 : bucket / HISTOGRAM_HALF - 1;
    uint64_t within = bucket - shift * HISTOGRAM_HALF;
    return ((within + 1) << shift) - 1;
}

void histogram_init(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    unsigned bucket = bucket_of(value > HISTOGRAM_VALUE_MAX ? HISTOGRAM_VALUE_MAX : value);
    assert(bucket < HISTOGRAM_BUCKETS);
    histogram->counts[bucket]++;
    histogram->total++;
    if (value > histogram->largest) {
        histogram->largest = value;
    }
}

uint64_t histogram_percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)((double)histogram->total * share + 0.5);
    uint64_t seen = 0;

    if (wanted == 0) {
        wanted = 1;
    }
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted) {
            return bucket_end(i) < histogram->largest ? bucket_end(i) : histogram->largest;
        }
    }
    return histogram->largest;
}
