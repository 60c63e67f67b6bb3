/*
 * http_linger.h - a refused client can read why.
 *
 *     answered, and the library closes ─▶ dup, FIN ─▶ what still arrives is dropped ─▶ end, ceiling or deadline: closed
 *
 * A socket that is closed while the client still sends is reset, and a reset may overtake the answer. So the connection
 * of a refused request gets its end of our side at once, but lives on until the client is through: at most for
 * limits.drain_max_bytes and limits.body_timeout_ms.
 *
 * The library closes without a word when a request line makes no sense to it. Where nothing was ever sent, we say 400
 * in its place.
 *
 * Memory   at most HTTP_LINGER_MAX sockets a loop; past it they are closed as the library does.
 * Threads  of the loop only.
 */
#pragma once

#include <stdint.h>

#include "service/http_guard.h"

struct http_loop;

enum { HTTP_LINGER_MAX = 64 };

struct http_lingering {
    int socket;
    int64_t until_ms;
    uint64_t rest_bytes;
};

struct http_linger {
    int epoll; /* -1: none lingered yet */
    uint32_t count;
    struct http_lingering sockets[HTTP_LINGER_MAX];
};

void http_linger_init(struct http_linger *linger);
/* Closes all. */
void http_linger_clear(struct http_linger *linger);

/* The library is about to close this socket: keep the connection. */
void http_linger_begin(struct http_loop *loop, int socket);

/* Says so without the library: where it would not, or has no room for an answer's head. */
void http_linger_say(int socket, struct http_fault fault);

/* Drops what arrived. */
void http_linger_run(struct http_loop *loop);
