#pragma once
/*
 * One keep-alive connection of the load: it has at most one request on the way.
 *
 *     IDLE ──connection_ask──▶ ASKING ──all sent──▶ WAITING ──whole answer──▶ IDLE
 *                                 └───────────── any error ──────────────▶ BROKEN
 *
 * `due_ns` is when the request was meant to leave. A closed loop sets it to the time of sending; an open loop sets the
 * time of its schedule, so that a stalled server is charged for the requests it kept from being sent.
 *
 * Ownership: the caller's struct; open and close pair. Threads: one at a time.
 */

#include "tests/bench/requests.h"
#include "tests/bench/response.h"
#include <netinet/in.h>
#include <stdint.h>

enum connection_state { CONNECTION_IDLE, CONNECTION_ASKING, CONNECTION_WAITING, CONNECTION_BROKEN };

struct connection {
    int socket;
    enum connection_state state;
    uint64_t due_ns;
    const char *unsent;
    size_t unsent_bytes;
    struct response response;
};

/* Connects to `address` and registers with the epoll, edge-triggered, with the connection as its data. On failure the
   connection is BROKEN and false is returned. */
bool connection_open(struct connection *connection, const struct sockaddr_in *address, int epoll);

/* Sends the next request, of an idle connection. */
void connection_ask(struct connection *connection, const struct requests_row *request, uint64_t due_ns);

/* Goes on with what the epoll reported. IDLE means that the answer is complete, in `response`. */
enum connection_state connection_advance(struct connection *connection);

void connection_close(struct connection *connection);
