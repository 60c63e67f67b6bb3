/*
 * metric_text.h - metrics as Prometheus reads them: the text format 0.0.4, or OpenMetrics 1.0.
 *
 *     metric_text_head(out, "promogate_switch", METRIC_GAUGE, "1 while operators hold the interface.");
 *     metric_text_sample(out, "promogate_switch");
 *     metric_text_label(out, "interface", name);
 *     metric_text_count(out, 1);
 *
 *     # HELP promogate_switch 1 while operators hold the interface.
 *     # TYPE promogate_switch gauge
 *     promogate_switch{interface="checkout"} 1
 *
 * A head is written with its first sample: one without would be a metric that is none. The formats differ in the names
 * of counters and infos (OpenMetrics leaves their suffixes out of the head) and in the end (`# EOF`).
 *
 * Threads  one at a time.
 * Errors   those of the text: failed when its ceiling or memory ends.
 * Source   Prometheus, "Exposition formats"; OpenMetrics 1.0, sections 4 and 5.
 */
#pragma once

#include "policy/text.h"

enum metric_format {
    METRIC_FORMAT_TEXT,
    METRIC_FORMAT_OPENMETRICS,
};

enum metric_type {
    METRIC_COUNTER, /* its name ends in _total */
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
    METRIC_SUMMARY,
    METRIC_INFO, /* its name ends in _info; its value is 1 */
};

struct metric_text {
    struct text *text;
    enum metric_format format;

    /* private */
    const char *name, *help; /* of the head that is still to be written; NULL: none */
    enum metric_type type;
    bool has_labels; /* of the sample at hand */
};

/* A metric begins. All strings are literals, or live until its samples are written. */
void metric_text_head(struct metric_text *out, const char *name, enum metric_type type, const char *help);

/* A sample: its name, labels in order, one value. */
void metric_text_sample(struct metric_text *out, const char *name);
/* As they stand between braces; "" adds none. */
void metric_text_labels(struct metric_text *out, const char *labels);
void metric_text_label(struct metric_text *out, const char *name, struct slice value);
void metric_text_label_number(struct metric_text *out, const char *name, uint64_t value);
/* A value that stands in JSON's escapes already, without its quotes: for names without controls they are the same. */
void metric_text_label_escaped(struct metric_text *out, const char *name, struct slice value);
void metric_text_value(struct metric_text *out, double value);
void metric_text_count(struct metric_text *out, uint64_t value);

/* A whole sample. */
void metric_text_counted(struct metric_text *out, const char *name, const char *labels, uint64_t value);

/* A metric of one sample without labels. */
void metric_text_gauge(struct metric_text *out, const char *name, const char *help, double value);
void metric_text_total(struct metric_text *out, const char *name, const char *help, uint64_t value);
void metric_text_seconds_total(struct metric_text *out, const char *name, const char *help, double seconds);

/* After the last metric. */
void metric_text_end(struct metric_text *out);
