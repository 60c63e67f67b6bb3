/*
 * http_loop.h - one thread's HTTP server: a library daemon without a thread of its own, turned by its owner.
 *
 *     while (...) {
 *         http_loop_wait(loop, at_most_ms)
 *         http_loop_turn(loop, config, clocks)      accepts, reads, serves, writes, cuts what is late
 *     }
 *
 * The library's own epoll thread stalls when exactly 128 k connections become ready together (0.9.75 to 1.0.1); turned
 * from outside it does not, and the turn's length is the honest measure of how late we are.
 *
 * Threads  everything here is of the owner's thread, but for the words in `metrics` and `shared`.
 */
#pragma once

#include "service/config.h"
#include "service/http_answer.h"
#include "service/http_knock.h"
#include "service/http_linger.h"
#include "service/http_route.h"
#include "service/metrics.h"

struct MHD_Daemon;
struct http_connection;

/* What the loops of one listener have in common; touched when a connection comes and goes. */
struct http_shared {
    _Atomic uint32_t connections;
    uint32_t connections_max;
    uint32_t loops; /* each gets its share of limits.bodies_max_bytes */
};

struct http_loop {
    struct MHD_Daemon *daemon;
    const struct http_routes *routes;
    struct http_shared *shared;
    void *owner;
    bool keeps_places; /* the library leaves a head's parts where they were received: http_guard.h */
    struct metrics metrics;

    /* of this turn */
    const struct config *config;
    struct slice caller_header; /* its rate.caller_header */
    int64_t turn_ns, turn_ms, wall_ms;
    uint32_t answered;                             /* requests */
    uint32_t refused;                              /* connections past the ceiling */
    uint32_t answered_at_once[METRIC_ROUTE_COUNT]; /* of these, those that began in this turn */

    bool is_last_request; /* draining: every answer closes its connection */
    bool is_closing;      /* idle connections are cut */
    bool has_woken;       /* a connection was resumed, which the library's descriptor does not tell */

    struct text text; /* answers are written here */
    size_t bodies_bytes;
    struct http_stock stock;
    struct http_linger linger;
    struct http_knock knock;
    struct http_connection *connections, *spare, *scan_next;
    uint32_t connection_count, spare_count;
    int64_t scan_begun_ms;
};

/* Clocks of a turn, read once. */
struct http_turn {
    const struct config *config;
    int64_t now_ns, wall_ms;
};

/* Takes the listening socket. The loop is zeroed memory. */
bool http_loop_open(struct http_loop *loop, int listen_socket, const struct http_routes *routes,
                    struct http_shared *shared, void *owner);

/* Sleeps until a client wants something, at most so long; not at all when something waits already. False: something
   did, as far as is known; `looks_first` spends a system call on knowing it. */
bool http_loop_wait(struct http_loop *loop, int at_most_ms, bool looks_first);
void http_loop_turn(struct http_loop *loop, const struct http_turn *turn);

const char *http_loop_library_version(void);

/* Accepts no more, and closes the listening socket. */
void http_loop_stop_listening(struct http_loop *loop);

/* Ends what is left; nothing may be pending. */
void http_loop_close(struct http_loop *loop);
