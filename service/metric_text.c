#include "service/metric_text.h"

#include <assert.h>
#include <inttypes.h>

static const char *const type_names[] = {
    [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram",
    [METRIC_SUMMARY] = "summary", [METRIC_INFO] = "info",
};

static const char *suffix_of(enum metric_type type)
{
    return type == METRIC_COUNTER ? "_total" : type == METRIC_INFO ? "_info" : "";
}

/* The text format knows no infos: there they are gauges, and every head has its sample's name. */
static void write_head(struct metric_text *out)
{
    bool is_open = out->format == METRIC_FORMAT_OPENMETRICS;
    struct slice name = slice_of(out->name);
    name.length -= is_open ? slice_of(suffix_of(out->type)).length : 0;
    const char *type = type_names[!is_open && out->type == METRIC_INFO ? METRIC_GAUGE : out->type];
    text_append_format(out->text, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)name.length, name.at, out->help,
                       (int)name.length, name.at, type);
    out->name = NULL;
}

void metric_text_head(struct metric_text *out, const char *name, enum metric_type type, const char *help)
{
    out->name = name;
    out->help = help;
    out->type = type;
}

void metric_text_sample(struct metric_text *out, const char *name)
{
    assert(name != NULL);
    if (out->name != NULL) {
        write_head(out);
    }
    text_append(out->text, slice_of(name));
    out->has_labels = false;
}

static void begin_label(struct metric_text *out)
{
    text_append_byte(out->text, out->has_labels ? ',' : '{');
    out->has_labels = true;
}

static void begin_value(struct metric_text *out, const char *name)
{
    begin_label(out);
    text_append(out->text, slice_of(name));
    text_append(out->text, SLICE("=\""));
}

void metric_text_labels(struct metric_text *out, const char *labels)
{
    if (labels[0] != '\0') {
        begin_label(out);
        text_append(out->text, slice_of(labels));
    }
}

void metric_text_label(struct metric_text *out, const char *name, struct slice value)
{
    begin_value(out, name);
    for (uint32_t i = 0; i < value.length; i++) {
        char byte = value.at[i];
        if (byte == '"' || byte == '\\' || byte == '\n') {
            text_append_byte(out->text, '\\');
        }
        text_append_byte(out->text, byte == '\n' ? 'n' : byte);
    }
    text_append_byte(out->text, '"');
}

void metric_text_label_number(struct metric_text *out, const char *name, uint64_t value)
{
    begin_value(out, name);
    text_append_format(out->text, "%" PRIu64 "\"", value);
}

void metric_text_label_escaped(struct metric_text *out, const char *name, struct slice value)
{
    begin_value(out, name);
    text_append(out->text, value);
    text_append_byte(out->text, '"');
}

static void end_labels(struct metric_text *out)
{
    text_append(out->text, out->has_labels ? SLICE("} ") : SLICE(" "));
}

void metric_text_value(struct metric_text *out, double value)
{
    end_labels(out);
    text_append_format(out->text, "%.16g\n", value);
}

void metric_text_count(struct metric_text *out, uint64_t value)
{
    end_labels(out);
    text_append_format(out->text, "%" PRIu64 "\n", value);
}

void metric_text_counted(struct metric_text *out, const char *name, const char *labels, uint64_t value)
{
    metric_text_sample(out, name);
    metric_text_labels(out, labels);
    metric_text_count(out, value);
}

static void append_value(struct metric_text *out, const char *name, enum metric_type type, const char *help,
                         double value)
{
    metric_text_head(out, name, type, help);
    metric_text_sample(out, name);
    metric_text_value(out, value);
}

void metric_text_gauge(struct metric_text *out, const char *name, const char *help, double value)
{
    append_value(out, name, METRIC_GAUGE, help, value);
}

void metric_text_seconds_total(struct metric_text *out, const char *name, const char *help, double seconds)
{
    append_value(out, name, METRIC_COUNTER, help, seconds);
}

/* Exact past 2^53 too. */
void metric_text_total(struct metric_text *out, const char *name, const char *help, uint64_t value)
{
    metric_text_head(out, name, METRIC_COUNTER, help);
    metric_text_counted(out, name, "", value);
}

void metric_text_end(struct metric_text *out)
{
    if (out->format == METRIC_FORMAT_OPENMETRICS) {
        text_append(out->text, SLICE("# EOF\n"));
    }
}
