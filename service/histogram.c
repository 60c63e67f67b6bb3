#include "service/histogram.h"

#include "policy/text.h"
#include "service/counter.h"

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

void histogram_append(struct text *text, const char *name, const char *labels, const struct histogram *histogram)
{
    const char *comma = labels[0] == '\0' ? "" : ",";
    uint64_t total = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        total += counter_read(&histogram->counts[i]);
        text_append_format(text, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma, bound_texts[i],
                           (unsigned long long)total);
    }
    const char *open = labels[0] == '\0' ? "" : "{", *close = labels[0] == '\0' ? "" : "}";
    text_append_format(text, "%s_sum%s%s%s %.9f\n", name, open, labels, close,
                       (double)counter_read(&histogram->sum_ns) / 1e9);
    text_append_format(text, "%s_count%s%s%s %llu\n", name, open, labels, close, (unsigned long long)total);
}
