#include "service/audit.h"

#include "policy/rfc3339.h"
#include "service/clock.h"
#include "service/line_file.h"

void audit_init(struct audit *audit, int folder)
{
    *audit = (struct audit){.folder = folder, .second_ms = INT64_MIN};
    pthread_mutex_init(&audit->mutex, NULL);
}

void audit_clear(struct audit *audit)
{
    pthread_mutex_destroy(&audit->mutex);
}

/* Flips */

static struct line_file file_of(const struct audit *audit)
{
    return (struct line_file){
        .folder = audit->folder, .name = "audit.jsonl", .bytes_max = AUDIT_FILE_BYTES_MAX, .old_files_max = 1};
}

static bool keep(struct audit *audit, const struct log_field *fields)
{
    struct text line;
    text_init(&line, LOG_LINE_BYTES_MAX);
    log_append_line(&line, clock_wall_ms(), LOG_INFO, "switch_flipped", fields);
    const struct line_file file = file_of(audit);
    pthread_mutex_lock(&audit->mutex);
    bool is_kept = !line.failed && audit->folder >= 0 && line_file_append(&file, text_slice(&line));
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
