/*
 * log.h - one JSON object a line on stdout.
 *
 *     log_event(LOG_INFO, "listening", LOG_STRING("listen", text), LOG_INTEGER("release", 42), LOG_END);
 *     {"ts":"2026-02-12T12:00:00.123Z","level":"info","event":"listening","listen":"127.0.0.1:8080","release":42}
 *
 * Values are escaped: they may hold anything, and bytes that are no UTF-8 stand as U+FFFD. Event and field names are
 * literals of ours. Fields that do not fit into the line any more are left out, and `"cut":true` says so.
 *
 * Threads  any. A line is one write(2), so lines never mix. Never on a request's path.
 * Errors   a line that cannot be written at once (stdout is full, closed or a pipe without a reader) is dropped and
 *          counted: logging never blocks for long, and never ends the process.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/text.h"

enum log_level {
    LOG_INFO,
    LOG_WARNING,
    LOG_ERROR,
};

enum log_kind {
    LOG_FIELD_END,
    LOG_FIELD_STRING,
    LOG_FIELD_INTEGER,
    LOG_FIELD_BOOLEAN,
};

struct log_field {
    enum log_kind kind;
    const char *name;
    struct slice string;
    int64_t integer;
};

enum {
    LOG_LINE_BYTES_MAX = 4096,  /* PIPE_BUF: a pipe takes all of a line or nothing */
    LOG_VALUE_BYTES_MAX = 2048, /* longer values are cut */
};

#define LOG_SLICE(field_name, value)                                                                                   \
    ((struct log_field){.kind = LOG_FIELD_STRING, .name = (field_name), .string = (value)})
#define LOG_STRING(field_name, value) LOG_SLICE(field_name, slice_of(value))
#define LOG_INTEGER(field_name, value)                                                                                 \
    ((struct log_field){.kind = LOG_FIELD_INTEGER, .name = (field_name), .integer = (int64_t)(value)})
#define LOG_BOOLEAN(field_name, value)                                                                                 \
    ((struct log_field){.kind = LOG_FIELD_BOOLEAN, .name = (field_name), .integer = (value)})
#define LOG_END ((struct log_field){.kind = LOG_FIELD_END})

/* Once, before threads start: ignores SIGPIPE. */
void log_open(void);

#define log_event(level, event, ...) log_event_fields(level, event, (const struct log_field[]){__VA_ARGS__})
void log_event_fields(enum log_level level, const char *event, const struct log_field *fields);

/* Of something that happened at that time; false: the line was dropped. */
bool log_event_at(int64_t wall_ms, enum log_level level, const char *event, const struct log_field *fields);

/*
 * Has the reader so much still to take that lines which come in floods should give way? Past `full_percent` of what the
 * pipe or socket holds: the rest is for lines that come once, a breaker's or a worker's.
 */
bool log_is_behind(int full_percent);

/* The line that log_event_fields would write, its end included; a failed text says that memory ended. */
void log_append_line(struct text *text, int64_t wall_ms, enum log_level level, const char *event,
                     const struct log_field *fields);

/* Lines that were lost, since the start. */
uint64_t log_dropped_count(void);
