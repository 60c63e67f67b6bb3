#include "service/metrics.h"

#include <stdio.h>
#include <string.h>

#include "service/metric_text.h"

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

const char *metrics_route_name(enum metric_route route)
{
    return route_labels[route];
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

static void append_counters(struct metric_text *out, const struct metrics *sum)
{
    const char *last = "";
    for (unsigned i = 0; i < COUNTER_ROWS; i++) {
        const struct counter_row *row = &counter_rows[i];
        if (strcmp(last, row->metric) != 0) {
            metric_text_head(out, row->metric, METRIC_COUNTER, row->help);
            last = row->metric;
        }
        metric_text_counted(out, row->metric, row->labels, counter_read(word_at(sum, row->offset)));
    }
}

static void append_requests(struct metric_text *out, const struct metrics *sum)
{
    static const char *const classes[METRIC_CODE_CLASSES] = {"0", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const char *name = "promogate_http_requests_total";
    metric_text_head(out, name, METRIC_COUNTER, "Requests answered, by route and class of status.");
    for (unsigned route = 0; route < METRIC_ROUTE_COUNT; route++) {
        for (unsigned class = 2; class < METRIC_CODE_CLASSES; class ++) {
            metric_text_sample(out, name);
            metric_text_label(out, "route", slice_of(route_labels[route]));
            metric_text_label(out, "code", slice_of(classes[class]));
            metric_text_count(out, counter_read(&sum->requests[route][class]));
        }
    }
}

static void append_refusals(struct metric_text *out, const struct metrics *sum)
{
    const char *name = "promogate_http_refusals_total";
    metric_text_head(out, name, METRIC_COUNTER, "Requests answered with an error, by status.");
    for (unsigned i = 0; i < METRIC_STATUS_COUNT; i++) {
        metric_text_sample(out, name);
        metric_text_label_number(out, "status", statuses[i]);
        metric_text_count(out, counter_read(&sum->refusals[i]));
    }
}

static void append_durations(struct metric_text *out, const struct metrics *sum)
{
    const struct histogram_names names = HISTOGRAM_NAMES("promogate_http_request_duration_seconds");
    metric_text_head(out, names.metric, METRIC_HISTOGRAM,
                     "From the loop's wake-up that saw the request to the end of the turn that answered it.");
    for (unsigned route = 0; route < METRIC_ROUTE_COUNT; route++) {
        char labels[64];
        snprintf(labels, sizeof(labels), "route=\"%s\"", route_labels[route]);
        histogram_append(out, &names, labels, &sum->duration[route]);
    }
}

void metrics_append(struct metric_text *out, const struct metrics *sum)
{
    append_requests(out, sum);
    append_refusals(out, sum);
    append_durations(out, sum);
    append_counters(out, sum);
    const struct histogram_names slices = HISTOGRAM_NAMES("promogate_batch_slice_seconds");
    metric_text_head(out, slices.metric, METRIC_HISTOGRAM, "How long batches held a worker's loop at a time.");
    histogram_append(out, &slices, "", &sum->batch_slice);
    metric_text_gauge(out, "promogate_batch_slice_max_seconds", "The longest of them.",
                      (double)counter_read(&sum->batch_slice.max_ns) / 1e9);
}
