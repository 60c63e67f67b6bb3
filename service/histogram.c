#include "service/histogram.h"

#include "service/counter.h"
#include "service/metric_text.h"

static const int64_t bounds_us[] = {
#define ROW(bound_us, text) bound_us,
    HISTOGRAM_BOUNDS(ROW)
#undef ROW
};

static const char *const bound_texts[] = {
#define ROW(bound_us, text) text,
    HISTOGRAM_BOUNDS(ROW)
#undef ROW
        "+Inf"};

void histogram_add(struct histogram *histogram, int64_t duration_ns, uint32_t times)
{
    uint64_t ns = duration_ns > 0 ? (uint64_t)duration_ns : 0;
    unsigned bucket = 0;
    while (bucket < HISTOGRAM_BUCKETS - 1 && ns > (uint64_t)bounds_us[bucket] * 1000) {
        bucket++;
    }
    counter_add(&histogram->counts[bucket], times);
    counter_add(&histogram->sum_ns, ns * times);
    if (ns > counter_read(&histogram->max_ns)) {
        counter_set(&histogram->max_ns, ns);
    }
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        counter_add(&into->counts[i], counter_read(&from->counts[i]));
    }
    counter_add(&into->sum_ns, counter_read(&from->sum_ns));
    if (counter_read(&from->max_ns) > counter_read(&into->max_ns)) {
        counter_set(&into->max_ns, counter_read(&from->max_ns));
    }
}

void histogram_append(struct metric_text *out, const struct histogram_names *names, const char *labels,
                      const struct histogram *histogram)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        total += counter_read(&histogram->counts[i]);
        metric_text_sample(out, names->bucket);
        metric_text_labels(out, labels);
        metric_text_label(out, "le", slice_of(bound_texts[i]));
        metric_text_count(out, total);
    }
    metric_text_sample(out, names->sum);
    metric_text_labels(out, labels);
    metric_text_value(out, (double)counter_read(&histogram->sum_ns) / 1e9);
    metric_text_counted(out, names->count, labels, total);
}
