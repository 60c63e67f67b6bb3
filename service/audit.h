/*
 * audit.h - who flipped which degrade switch, when and why: a line each, that nobody overwrites.
 *
 *     state_dir/audit.jsonl      a line_file.h of AUDIT_FILE_BYTES_MAX, and the one before
 *
 *     {"ts":"2026-02-12T12:00:00.123Z","level":"info","event":"switch_flipped","interface":"checkout","source":"admin",
 *      "from":"auto","to":"on","actor":"li.wei","reason":"coupons run out","peer":"10.0.0.7:41752","drill":false,
 *      "until":"2026-02-13T09:00:00Z"}
 *
 * The same line goes to the log (service/log.h, whose escapes hold here too). What is refused, an attempt without the
 * right token, is an event `admin_refused` of the log only: whoever may not flip a switch must not push out the lines
 * of those who may. Of these AUDIT_REFUSALS_PER_S are told a second; the next one says how many were not.
 *
 * Time       monotonic milliseconds as argument; the stamp is the wall's.
 * Threads    any; one lock, held for a write.
 * Errors     what cannot be written is counted, is in the log all the same, and stops nothing.
 * Ownership  the folder's descriptor stays the caller's (keeper_folder); -1: the log alone.
 */
#pragma once

#include <pthread.h>

#include "service/counter.h"
#include "service/log.h"
#include "service/metric_text.h"

enum {
    AUDIT_FILE_BYTES_MAX = 16 * 1024 * 1024, /* some 60 000 flips */
    AUDIT_REFUSALS_PER_S = 10,
};

struct audit {
    int folder;
    pthread_mutex_t mutex; /* guards the writing, and what follows */
    counter lines, failures, refusals;
    int64_t second_ms;   /* when the second began in which refusals are counted */
    uint32_t told;       /* of them, in that second */
    uint64_t suppressed; /* since the last one that was told */
};

/* Strings; "" where there is nothing to say. */
struct audit_flip {
    const char *interface, *source; /* "checkout" or "*"; "file", "redis", "admin" */
    const char *from, *to;          /* modes */
    const char *actor, *reason, *peer;
    int64_t until_unix_s; /* 0: no end */
    bool is_drill;
};

struct audit_refusal {
    const char *peer, *method, *path;
    const char *reason;
};

void audit_init(struct audit *audit, int folder);
void audit_clear(struct audit *audit);

/* Was the line kept in the file? */
bool audit_flip(struct audit *audit, const struct audit_flip *flip);

void audit_refuse(struct audit *audit, const struct audit_refusal *refusal, int64_t now_ms);

void audit_append_metrics(struct metric_text *out, const struct audit *audit);
