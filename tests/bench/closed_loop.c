#include "tests/bench/closed_loop.h"

#include "tests/bench/monotonic.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define DRAIN_NS   UINT64_C(2000000000)

struct run {
    struct closed_loop *loop;
    struct closed_loop_tally *tally;
    uint64_t requests_max;
    uint64_t stop_ns;
    uint64_t on_the_way;
};

bool closed_loop_open(struct closed_loop *loop, const struct requests *requests, const struct sockaddr_in *address,
                      size_t connections_count)
{
    *loop = (struct closed_loop){.requests = requests, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    loop->connections = calloc(connections_count, sizeof *loop->connections);
    if (loop->epoll < 0 || !loop->connections) {
        return false;
    }
    for (; loop->connections_count < connections_count; loop->connections_count++) {
        if (!connection_open(&loop->connections[loop->connections_count], address, loop->epoll)) {
            return false;
        }
    }
    return true;
}

/* A connection that broke takes its request with it: counted as broken, never sent again. */
static void note_broken(struct run *run, struct connection *connection)
{
    run->tally->broken++;
    run->on_the_way--;
    connection_close(connection);
}

static void ask_next(struct run *run, struct connection *connection, uint64_t now)
{
    struct closed_loop *loop = run->loop;

    if (run->tally->sent == run->requests_max || now >= run->stop_ns) {
        return;
    }
    const struct requests_row *request = &loop->requests->rows[loop->next_request];
    loop->next_request = loop->next_request + 1 == loop->requests->count ? 0 : loop->next_request + 1;
    run->tally->sent++;
    run->on_the_way++;
    connection_ask(connection, request, now);
    if (connection->state == CONNECTION_BROKEN) {
        note_broken(run, connection);
    }
}

static void note_answer(struct run *run, const struct connection *connection, uint64_t now)
{
    struct closed_loop_tally *tally = run->tally;

    run->on_the_way--;
    tally->answered++;
    tally->not_200 += connection->response.status != 200;
    tally->degraded += connection->response.cause != RESPONSE_CAUSE_NONE;
    histogram_add(&tally->latency_ns, now - connection->due_ns);
    histogram_add(&tally->body_bytes, connection->response.body_bytes);
}

static void advance(struct run *run, struct connection *connection)
{
    if (connection->state != CONNECTION_ASKING && connection->state != CONNECTION_WAITING) {
        return;
    }
    switch (connection_advance(connection)) {
    case CONNECTION_ASKING:
    case CONNECTION_WAITING:
        break;
    case CONNECTION_BROKEN:
        note_broken(run, connection);
        break;
    case CONNECTION_IDLE: {
        uint64_t now = monotonic_ns();
        note_answer(run, connection, now);
        ask_next(run, connection, now);
        break;
    }
    }
}

void closed_loop_run(struct closed_loop *loop, struct closed_loop_bounds bounds, struct closed_loop_tally *ret_tally)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t start_ns = monotonic_ns();
    struct run run = {loop, ret_tally, bounds.requests, start_ns + bounds.seconds * MONOTONIC_SECOND_NS, 0};

    *ret_tally = (struct closed_loop_tally){0};
    for (size_t i = 0; i < loop->connections_count; i++) {
        if (loop->connections[i].state == CONNECTION_IDLE) {
            ask_next(&run, &loop->connections[i], monotonic_ns());
        }
    }
    while (run.on_the_way > 0 && monotonic_ns() < run.stop_ns + DRAIN_NS) {
        int count = epoll_wait(loop->epoll, events, EVENTS_MAX, 100);
        for (int i = 0; i < count; i++) {
            advance(&run, events[i].data.ptr);
        }
    }
    ret_tally->unanswered = run.on_the_way;
    ret_tally->elapsed_ns = monotonic_ns() - start_ns;
}

void closed_loop_close(struct closed_loop *loop)
{
    for (size_t i = 0; i < loop->connections_count; i++) {
        connection_close(&loop->connections[i]);
    }
    free(loop->connections);
    if (loop->epoll >= 0) {
        close(loop->epoll);
    }
    *loop = (struct closed_loop){.epoll = -1};
}
