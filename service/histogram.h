/*
 * histogram.h - how long things took, counted into fixed buckets.
 *
 * Units    seconds in the exposition, nanoseconds at the call.
 * Threads  one writes; any reads, and may see a count a moment before its sum: words, not a snapshot.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* Upper bounds in microseconds, and as Prometheus reads them. */
#define HISTOGRAM_BOUNDS(ROW)                                                                                          \
    ROW(50, "5e-05")                                                                                                   \
    ROW(100, "0.0001")                                                                                                 \
    ROW(250, "0.00025")                                                                                                \
    ROW(500, "0.0005")                                                                                                 \
    ROW(1000, "0.001")                                                                                                 \
    ROW(2000, "0.002")                                                                                                 \
    ROW(5000, "0.005")                                                                                                 \
    ROW(10000, "0.01")                                                                                                 \
    ROW(25000, "0.025")                                                                                                \
    ROW(50000, "0.05")                                                                                                 \
    ROW(100000, "0.1")                                                                                                 \
    ROW(250000, "0.25")                                                                                                \
    ROW(500000, "0.5")                                                                                                 \
    ROW(1000000, "1.0")                                                                                                \
    ROW(5000000, "5.0")

enum {
#define ROW(bound_us, text) +1
    HISTOGRAM_BUCKETS = 1 HISTOGRAM_BOUNDS(ROW) /* and one for what is past the last bound */
#undef ROW
};

struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_BUCKETS]; /* of each bucket alone */
    _Atomic uint64_t sum_ns, max_ns;
};

/* `times` things took that long each. */
void histogram_add(struct histogram *histogram, int64_t duration_ns, uint32_t times);

/* Adds what `from` holds; `into` is the caller's own. */
void histogram_merge(struct histogram *into, const struct histogram *from);

struct metric_text;

/* A histogram's names: the metric's, and those of its samples. */
struct histogram_names {
    const char *metric, *bucket, *sum, *count;
};

#define HISTOGRAM_NAMES(metric)                                                                                        \
    ((const struct histogram_names){metric, metric "_bucket", metric "_sum", metric "_count"})

/* Its samples, behind the metric's head; `labels` may be "". */
void histogram_append(struct metric_text *out, const struct histogram_names *names, const char *labels,
                      const struct histogram *histogram);
