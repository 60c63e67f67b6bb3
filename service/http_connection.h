/*
 * http_connection.h - a client's connection: the request at hand, and how long each part of it may take.
 *
 *            ┌────────────── answered, kept alive ──────────────┐
 *            ▼                                                   │
 *     IDLE ──▶ HEAD ──▶ BODY ──▶ ANSWER ───────────────────────┘
 *      idle     head     body     answer     _timeout_ms, absolute: a client that drips gains nothing
 *                          └──▶ WORK ──▶ ANSWER      a batch; ours to end, so no deadline
 *
 * The library tells when a head is complete, not when it begins. So a scan asks the kernel how many bytes a waiting
 * connection ever sent: more than its requests took so far means that a head has begun. A scan passes every 100 ms, a
 * few connections a turn. Past its deadline the socket is shut down, which the library sees as the client's end.
 *
 * Ownership  made and unmade by the library's notice of a connection; kept in a free list of the loop.
 * Threads    of its loop only.
 */
#pragma once

#include <sys/queue.h>

#include "service/http_loop.h"

struct MHD_Connection;

enum http_phase {
    HTTP_PHASE_IDLE,
    HTTP_PHASE_HEAD,
    HTTP_PHASE_BODY,
    HTTP_PHASE_WORK,
    HTTP_PHASE_ANSWER,
};

/* Where the request at hand stands between two calls of the library. */
enum http_stage {
    HTTP_STAGE_LINE,  /* its line was read */
    HTTP_STAGE_BODY,  /* its body is kept */
    HTTP_STAGE_DRAIN, /* its body is read and dropped */
    HTTP_STAGE_SERVE, /* nothing more to read */
    HTTP_STAGE_DONE,  /* answered */
};

struct http_connection {
    struct http_connection *next, *previous;
    struct http_loop *loop;
    struct MHD_Connection *library;
    int socket;
    bool is_cut;  /* shut down by us */
    bool lingers; /* the request at hand was refused before it was read */
    enum http_phase phase;
    int64_t phase_since_ms;
    uint64_t taken_bytes; /* by requests so far */

    /* the request at hand */
    enum http_stage stage;
    int64_t begun_ns;
    struct text target; /* as received: path, '?', query */
    struct slice path;
    struct slice query; /* its bytes may be written to */
    struct http_head head;
    struct http_fault fault; /* why it is refused; status 0: it is not */
    const struct http_route *route;
    const char *allow;
    struct text body;
    uint32_t body_bytes_held; /* counted in loop->bodies_bytes */
    struct http_stocked *stocked;

    /* of a row that answers later: its state, ended with the request */
    const void *work;
    void (*work_end)(struct http_connection *connection);
    TAILQ_ENTRY(http_connection) deferred; /* its place in the line of http_deferral.h, and */
    int64_t deferred_ns;                   /* since when */
};

/* The library's notices. */
struct http_connection *http_connection_open(struct http_loop *loop, struct MHD_Connection *library);
void http_connection_close(struct http_connection *connection);

void http_connection_enter(struct http_connection *connection, enum http_phase phase);

/* Room for the body, counted against the process's ceiling; false when that, or memory, ends. */
bool http_connection_hold_body(struct http_connection *connection, uint32_t body_bytes);

/* The request is over, answered or not. */
void http_connection_end_request(struct http_connection *connection);

/* A pending request goes on. */
void http_connection_wake(struct http_connection *connection);

/* Looks at some connections and cuts those past their deadline. */
void http_connection_scan(struct http_loop *loop);

/* The other end. */
const struct sockaddr *http_connection_peer(const struct http_connection *connection);
