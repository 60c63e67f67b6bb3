#include "service/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/rfc3339.h"

static const char file_name[] = "audit.jsonl", file_before[] = "audit.jsonl.1";

void audit_init(struct audit *audit, int folder)
{
    *audit = (struct audit){.folder = folder, .second_ms = INT64_MIN};
    pthread_mutex_init(&audit->mutex, NULL);
}

void audit_clear(struct audit *audit)
{
    pthread_mutex_destroy(&audit->mutex);
}

/* The file */

/* -1: it cannot be, or is something else than a file. */
static int open_file(const struct audit *audit, off_t *ret_bytes)
{
    const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    struct stat status;
    int descriptor = openat(audit->folder, file_name, flags, 0600);
    if (descriptor >= 0 && (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(descriptor);
        return -1;
    }
    *ret_bytes = descriptor >= 0 ? status.st_size : 0;
    return descriptor;
}

/* With room for so many bytes more. */
static int open_with_room(const struct audit *audit, size_t more, off_t *ret_bytes)
{
    int descriptor = open_file(audit, ret_bytes);
    if (descriptor < 0 || *ret_bytes + (off_t)more <= AUDIT_FILE_BYTES_MAX) {
        return descriptor;
    }
    close(descriptor);
    return renameat(audit->folder, file_name, audit->folder, file_before) == 0 ? open_file(audit, ret_bytes) : -1;
}

/* Does a part of a line stand last? */
static bool is_torn(int descriptor, off_t bytes)
{
    char last = '\n';
    return bytes > 0 && pread(descriptor, &last, 1, bytes - 1) == 1 && last != '\n';
}

/* The lock is held. */
static bool append_to_file(const struct audit *audit, const struct text *line)
{
    char bytes[LOG_LINE_BYTES_MAX + 1] = "\n";
    off_t file_bytes;
    int descriptor = audit->folder >= 0 ? open_with_room(audit, line->length + 1, &file_bytes) : -1;
    if (descriptor < 0) {
        return false;
    }
    size_t before = is_torn(descriptor, file_bytes) ? 1 : 0;
    memcpy(bytes + before, line->bytes, line->length);
    ssize_t written = write(descriptor, bytes, before + line->length);
    close(descriptor);
    return written == (ssize_t)(before + line->length);
}

/* Flips */

static bool keep(struct audit *audit, const struct log_field *fields)
{
    struct text line;
    text_init(&line, LOG_LINE_BYTES_MAX);
    log_append_line(&line, LOG_INFO, "switch_flipped", fields);
    pthread_mutex_lock(&audit->mutex);
    bool is_kept = !line.failed && append_to_file(audit, &line);
    counter_add(&audit->lines, is_kept);
    counter_add(&audit->failures, !is_kept && audit->folder >= 0);
    pthread_mutex_unlock(&audit->mutex);
    text_clear(&line);
    return is_kept;
}

bool audit_flip(struct audit *audit, const struct audit_flip *flip)
{
    char until[RFC3339_TIME_BYTES] = "";
    bool has_end = flip->until_unix_s != 0;
    if (has_end) {
        rfc3339_write_time(flip->until_unix_s, until);
    }
    const struct log_field fields[] = {
        LOG_STRING("interface", flip->interface),
        LOG_STRING("source", flip->source),
        LOG_STRING("from", flip->from),
        LOG_STRING("to", flip->to),
        LOG_STRING("actor", flip->actor),
        LOG_STRING("reason", flip->reason),
        LOG_STRING("peer", flip->peer),
        LOG_BOOLEAN("drill", flip->is_drill),
        has_end ? LOG_STRING("until", until) : LOG_END,
        LOG_END,
    };
    log_event_fields(LOG_INFO, "switch_flipped", fields);
    return keep(audit, fields);
}

/* Refusals */

/* The lock is held. True: to be told, with how many were not since the last. */
static bool admit(struct audit *audit, int64_t now_ms, uint64_t *ret_suppressed)
{
    counter_add(&audit->refusals, 1);
    if (audit->second_ms == INT64_MIN || now_ms - audit->second_ms >= 1000) {
        audit->second_ms = now_ms;
        audit->told = 0;
    }
    if (audit->told == AUDIT_REFUSALS_PER_S) {
        audit->suppressed++;
        return false;
    }
    audit->told++;
    *ret_suppressed = audit->suppressed;
    audit->suppressed = 0;
    return true;
}

void audit_refuse(struct audit *audit, const struct audit_refusal *refusal, int64_t now_ms)
{
    uint64_t suppressed;
    pthread_mutex_lock(&audit->mutex);
    bool is_told = admit(audit, now_ms, &suppressed);
    pthread_mutex_unlock(&audit->mutex);
    if (is_told) {
        log_event(LOG_WARNING, "admin_refused", LOG_STRING("peer", refusal->peer),
                  LOG_STRING("method", refusal->method), LOG_STRING("path", refusal->path),
                  LOG_STRING("reason", refusal->reason), LOG_INTEGER("suppressed", suppressed), LOG_END);
    }
}

void audit_append_metrics(struct metric_text *out, const struct audit *audit)
{
    metric_text_total(out, "promogate_audit_lines_total", "Flips of switches that were kept in audit.jsonl.",
                      counter_read(&audit->lines));
    metric_text_total(out, "promogate_audit_failures_total",
                      "Flips that could not be written to audit.jsonl; the log has them.",
                      counter_read(&audit->failures));
    metric_text_total(out, "promogate_admin_refused_total", "Attempts on /admin/ without the right.",
                      counter_read(&audit->refusals));
}
