#include "service/metrics.h"

#include <stdio.h>

#include "policy/text.h"

static const char *const route_labels[METRIC_ROUTE_COUNT] = {
#define ROW(enumerator, label) [enumerator] = (label),
    METRIC_ROUTES(ROW)
#undef ROW
};

static const unsigned statuses[METRIC_STATUS_COUNT] = {
#define ROW(status) status,
    METRIC_STATUSES(ROW)
#undef ROW
        0};

struct counter_row {
    size_t offset;
    const char *metric, *labels, *help;
};

static const struct counter_row counter_rows[] = {
#define ROW(member, metric, labels, help) {offsetof(struct metrics, member), metric, labels, help},
    METRIC_COUNTERS(ROW)
#undef ROW
};

enum { COUNTER_ROWS = sizeof(counter_rows) / sizeof(counter_rows[0]) };

static const counter *word_at(const struct metrics *metrics, size_t offset)
{
    return (const counter *)(const void *)((const char *)metrics + offset);
}

static unsigned status_index(unsigned status)
{
    unsigned i = 0;
    while (i < METRIC_STATUS_COUNT - 1 && statuses[i] != status) {
        i++;
    }
    return i;
}

void metrics_count_answer(struct metrics *metrics, enum metric_route route, unsigned status)
{
    unsigned class = status / 100 < METRIC_CODE_CLASSES ? status / 100 : 0;
    counter_add(&metrics->requests[route][class], 1);
    if (status >= 400) {
        counter_add(&metrics->refusals[status_index(status)], 1);
    }
}

void metrics_merge_requests(struct metrics *into, const struct metrics *from)
{
    for (unsigned route = 0; route < METRIC_ROUTE_COUNT; route++) {
        for (unsigned class = 0; class < METRIC_CODE_CLASSES; class ++) {
            counter_add(&into->requests[route][class], counter_read(&from->requests[route][class]));
        }
        histogram_merge(&into->duration[route], &from->duration[route]);
    }
    for (unsigned i = 0; i < METRIC_STATUS_COUNT; i++) {
        counter_add(&into->refusals[i], counter_read(&from->refusals[i]));
    }
}

void metrics_merge(struct metrics *into, const struct metrics *from)
{
    for (unsigned i = 0; i < COUNTER_ROWS; i++) {
        counter *word = (counter *)(void *)((char *)into + counter_rows[i].offset);
        counter_add(word, counter_read(word_at(from, counter_rows[i].offset)));
    }
    metrics_merge_requests(into, from);
    histogram_merge(&into->batch_slice, &from->batch_slice);
}

static void append_head(struct text *text, const char *name, const char *type, const char *help)
{
    text_append_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void append_counters(struct text *text, const struct metrics *sum)
{
    const char *last = "";
    for (unsigned i = 0; i < COUNTER_ROWS; i++) {
        const struct counter_row *row = &counter_rows[i];
        if (strcmp(last, row->metric) != 0) {
            append_head(text, row->metric, "counter", row->help);
            last = row->metric;
        }
        const char *open = row->labels[0] == '\0' ? "" : "{", *close = row->labels[0] == '\0' ? "" : "}";
        text_append_format(text, "%s%s%s%s %llu\n", row->metric, open, row->labels, close,
                           (unsigned long long)counter_read(word_at(sum, row->offset)));
    }
}

static void append_requests(struct text *text, const struct metrics *sum)
{
    append_head(text, "promogate_http_requests_total", "counter", "Requests answered, by route and class of status.");
    for (unsigned route = 0; route < METRIC_ROUTE_COUNT; route++) {
        for (unsigned class = 2; class < METRIC_CODE_CLASSES; class ++) {
            text_append_format(text, "promogate_http_requests_total{route=\"%s\",code=\"%uxx\"} %llu\n",
                               route_labels[route], class,
                               (unsigned long long)counter_read(&sum->requests[route][class]));
        }
    }
    append_head(text, "promogate_http_refusals_total", "counter", "Requests answered with an error, by status.");
    for (unsigned i = 0; i < METRIC_STATUS_COUNT; i++) {
        text_append_format(text, "promogate_http_refusals_total{status=\"%u\"} %llu\n", statuses[i],
                           (unsigned long long)counter_read(&sum->refusals[i]));
    }
}

void metrics_append(struct text *text, const struct metrics *sum)
{
    append_requests(text, sum);
    append_head(text, "promogate_http_request_duration_seconds", "histogram",
                "From the loop's wake-up that saw the request to the end of the turn that answered it.");
    for (unsigned route = 0; route < METRIC_ROUTE_COUNT; route++) {
        char labels[64];
        snprintf(labels, sizeof(labels), "route=\"%s\"", route_labels[route]);
        histogram_append(text, "promogate_http_request_duration_seconds", labels, &sum->duration[route]);
    }
    append_counters(text, sum);
    append_head(text, "promogate_batch_slice_seconds", "histogram", "How long batches held a worker's loop at a time.");
    histogram_append(text, "promogate_batch_slice_seconds", "", &sum->batch_slice);
    metrics_append_value(text, "promogate_batch_slice_max_seconds", "gauge", "The longest of them.",
                         (double)counter_read(&sum->batch_slice.max_ns) / 1e9);
}

void metrics_append_value(struct text *text, const char *name, const char *type, const char *help, double value)
{
    append_head(text, name, type, help);
    text_append_format(text, "%s %.16g\n", name, value);
}
