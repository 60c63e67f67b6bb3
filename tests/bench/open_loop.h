#pragma once
/*
 * An open loop: requests leave on a schedule that was fixed before, as those of many independent callers do.
 *
 *     schedule ──due──▶ waiting ──a connection is idle──▶ on the way ──▶ answered        latency = answered - due
 *                          └──more than waiting_max wait: the longest waiting one gives up──▶ unsent
 *
 * A closed loop slows down with the server and hides what its callers would have waited ("coordinated omission"); here
 * every latency counts from the time the request was due, whether or not a connection was free for it. Who asks is
 * drawn when a request is sent. It looks every OPEN_LOOP_TICK_NS what is due and what has come; how late the loop
 * itself saw what was due is in `lag_ns`: a run is only as good as that.
 *
 * Source: Gil Tene's account of coordinated omission (wrk2); the drop of the longest waiting one is what a caller with
 * a timeout does. Connections that fail are opened anew, at most every OPEN_LOOP_REOPEN_NS.
 *
 * Ownership  the caller's struct; open and close pair. No allocation while it runs.
 * Threads    one at a time; `is_stopped` may be set by a signal handler.
 */

#include "tests/bench/connection.h"
#include "tests/bench/schedule.h"
#include "tests/bench/tally.h"
#include <signal.h>

#define OPEN_LOOP_REQUEST_MAX 4096
#define OPEN_LOOP_DRAIN_NS    UINT64_C(2000000000) /* after the schedule's end, for answers on the way */
#define OPEN_LOOP_TICK_NS     100000               /* how often it looks: what latencies may read too long */
#define OPEN_LOOP_REOPEN_NS   UINT64_C(50000000)

/* Where requests come from: number `sequence` of the schedule, written into `room` or ready elsewhere. */
struct open_loop_source {
    struct requests_row (*next)(void *state, uint64_t sequence, char *room, unsigned *ret_interface);
    void *state;
};

struct open_loop_lane {
    struct connection connection; /* first: the epoll knows lanes by it */
    struct tally_request request;
    bool is_listed; /* among the idle */
    char room[OPEN_LOOP_REQUEST_MAX];
};

struct open_loop_options {
    const struct sockaddr_in *address;
    const struct schedule *schedule;
    struct open_loop_source source;
    const volatile sig_atomic_t *is_stopped; /* ends the schedule early */
    uint64_t connections_count;
    uint64_t waiting_max;
};

struct open_loop {
    struct open_loop_options options;
    struct open_loop_lane *lanes;
    struct open_loop_lane **idle; /* a ring, so that all connections take turns */
    uint64_t idle_first, idle_count;
    uint64_t broken_count;
    uint64_t reopen_at_ns; /* since the run's begin */
    int epoll;
};

struct open_loop_result {
    uint64_t start_ns; /* of CLOCK_MONOTONIC, to lay other records beside this one */
    uint64_t elapsed_ns;
    uint64_t reopened;
    struct histogram lag_ns;
};

/* Opens all connections; false when one fails. To be closed either way. */
bool open_loop_open(struct open_loop *loop, struct open_loop_options options);

/* Runs the schedule; afterwards every request is noted in the tally, with the outcome it had. */
void open_loop_run(struct open_loop *loop, struct tally *tally, struct open_loop_result *ret_result);

void open_loop_close(struct open_loop *loop);
