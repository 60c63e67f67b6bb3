#pragma once
/*
 * A closed loop: every connection sends its next request as soon as the last answer is there.
 *
 * It finds out what a request costs, not how the server fares past saturation: a slow server slows its clients down
 * (an open loop, on a fixed schedule, is the tool for that). One epoll, no sleeping, no allocation while it runs.
 *
 * Ownership: the caller's struct; open and close pair. Threads: one at a time.
 */

#include "tests/bench/connection.h"
#include "tests/bench/histogram.h"

struct closed_loop {
    const struct requests *requests;
    struct connection *connections;
    size_t connections_count;
    size_t next_request; /* runs on from run to run, so that a later run is not always the first requests */
    int epoll;
};

struct closed_loop_bounds {
    uint64_t requests;
    uint64_t seconds;
};

struct closed_loop_tally {
    uint64_t sent;
    uint64_t answered; /* whole, whatever the status */
    uint64_t not_200;
    uint64_t degraded;
    uint64_t broken; /* connections that failed, or whose answers had no proper frame */
    uint64_t unanswered;
    uint64_t elapsed_ns;
    struct histogram latency_ns;
    struct histogram body_bytes;
};

/* Opens all connections; false when one fails. To be closed either way. */
bool closed_loop_open(struct closed_loop *loop, const struct requests *requests, const struct sockaddr_in *address,
                      size_t connections_count);

/* Runs until either bound is met and every answer on the way is in (2 s more at most). Returns with the server idle. */
void closed_loop_run(struct closed_loop *loop, struct closed_loop_bounds bounds, struct closed_loop_tally *ret_tally);

void closed_loop_close(struct closed_loop *loop);
