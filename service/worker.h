/*
 * worker.h - a thread that answers callers: its own loop, its own counters, its own buffers.
 *
 *     ┌▶ offline ─ poll ─ online ─▶ read clocks, configuration, snapshot once ─▶ HTTP turn ─▶ a slice of a batch ─┐
 *     └───────────────────────── tell the gauge ◀─ let a slice of deferred evaluations go ◀──────────────────────────┘
 *
 * Between two turns the worker holds nothing it read, so what was swapped out can be freed: unless a batch is under
 * way. A batch is answered from one snapshot over several turns. While one is, the worker stays online and reports no
 * quiescence, which delays a swap's end - but not without bound: batches that arrive once another snapshot or
 * configuration is current wait until those begun before have ended (http_batch.h).
 *
 * Threads  worker_start and worker_join from the main thread; `busy_since_ns`, the gauge and the metrics are read by
 * any.
 */
#pragma once

#include <pthread.h>

#include "service/access_log.h"
#include "service/decider.h"
#include "service/decision_log.h"
#include "service/gateway.h"
#include "service/gauge.h"
#include "service/http_batch.h"
#include "service/http_deferral.h"
#include "service/http_loop.h"

struct worker {
    struct http_loop loop;
    struct gateway *gateway;
    uint32_t number; /* 0 to gateway->worker_count - 1 */
    pthread_t thread;
    _Atomic pid_t thread_id; /* as gettid says; 0 until it runs */
    struct decider decider;
    struct access_log access_log;
    struct decision_log decision_log;
    struct decision_view view; /* of this turn */
    struct context context;
    struct context_error error;
    struct http_batches batches;
    struct http_deferrals deferrals;
    struct text request_copy; /* of the request at hand, while evaluations are heavy: http_evaluate.c */
    bool may_defer;           /* the request at hand may wait: it can be parsed again */
    struct gauge gauge;
    bool has_rested;               /* before this turn: nobody waited */
    int64_t turn_length_ns;        /* of the turn before */
    int64_t waited_ns;             /* before this turn began, whoever came first, at most */
    uint64_t evaluation_begun_ns;  /* gauge.evaluation_ns as this turn began */
    _Atomic int64_t busy_since_ns; /* 0 while it waits for work */
    _Atomic bool has_ended;
};

/* NULL when memory ends or the library refuses. Takes the socket. */
struct worker *worker_create(struct gateway *gateway, int listen_socket);
bool worker_start(struct worker *worker, uint32_t number);

/* For how long it has made no progress though it has work; 0: it does. Before a process that was stopped went on, by
   SIGSTOP or with its machine, nobody could make any: that time does not count. */
int64_t worker_stuck_ns(const struct worker *worker, int64_t now_ns);

/* After the phase is GATEWAY_CLOSING or GATEWAY_STOPPED. */
void worker_join(struct worker *worker);
void worker_free(struct worker *worker);
