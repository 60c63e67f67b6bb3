/*
 * access_log.h - one line for a request: all that were degraded or refused, and a share of the rest.
 *
 *     worker    access_log_wants ─▶ access_log_note ─▶ its ring         some 100 ns, for those that are logged
 *     journal   its ring ─▶ access_log_tell ─▶ the log, at most lines_per_second_max a second (journal.h)
 *
 *     {"ts":"2026-02-12T12:00:00.123Z","level":"info","event":"access","route":"evaluate_get","status":200,
 *      "duration_us":35,"interface":"checkout","user":"5f0c...","release":42,"decision_id":"01M8...","offers":1,
 *      "discount":744}                                                 degraded ones: "degraded":true,"cause":"switch"
 *
 * `user` is a keyed hash (pseudonym.h): lines of one user can be joined, and nobody can tell whose they are without the
 * key. Neither targets nor bodies are logged: they hold users' ids. What finds no room in the ring is dropped and
 * counted: a flood of fallbacks costs workers a copy until it is full, and then a comparison.
 *
 * Threads  a struct access_log is its worker's, but for the ring's reading end.
 */
#pragma once

#include "degrade/admission.h"
#include "service/config.h"
#include "service/metrics.h"
#include "service/record_ring.h"

enum {
    ACCESS_LOG_RING_BYTES = 128 * 1024, /* some 500 lines between two rounds of the journal */
    ACCESS_LOG_NAME_BYTES = 64,         /* of a caller's name; the rest is cut */
    ACCESS_LOG_ID_BYTES = 26,
    ACCESS_LOG_TRACE_BYTES = 32,
};

struct access_log {
    struct record_ring ring;
    uint32_t credit_bp; /* of the share: a line each 10000 */
};

/* What is logged; slices at NULL are absent. */
struct access_facts {
    int64_t wall_ms, duration_ns;
    enum metric_route route;
    unsigned status;
    enum admission admission; /* of a decision; ADMISSION_EVALUATE of all others */
    uint32_t items;           /* of a batch; 0: no batch */
    struct slice caller, trace_id, request_id;
    struct slice interface, user_id, decision_id; /* of a decision */
    uint64_t release;
    bool is_evaluated; /* what follows is known */
    uint32_t offers;
    int64_t discount_fen;
};

/* Is this one logged? `always`: it is degraded or refused. */
static inline bool access_log_wants(struct access_log *log, const struct config *config, bool always)
{
    if (config->access_log.lines_per_second_max == 0) {
        return false;
    }
    if (always) {
        return true;
    }
    log->credit_bp += config->access_log.sample_bp;
    bool is_due = log->credit_bp >= 10000;
    log->credit_bp -= is_due ? 10000 : 0;
    return is_due;
}

bool access_log_init(struct access_log *log);
void access_log_clear(struct access_log *log);

void access_log_note(struct access_log *log, const struct access_facts *facts);

struct digest;

/* A record of the ring becomes a line of the log; false: it was dropped there. `key` is that of users' hashes. */
bool access_log_tell(struct slice record, const struct digest *key);
