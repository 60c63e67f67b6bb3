/*
 * http_knock.h - makes the library accept again, once files that had ended are there again.
 *
 * Where accept finds no file or no memory, libmicrohttpd stops listening until one of that loop's own connections ends.
 * Callers keep theirs for days; whom the kernel sends to this loop's socket meanwhile waits in vain, long after the
 * files are back. A loop without connections does not stop, and spins instead.
 *
 *     the library has just run, twice, somebody waits at the door, and nobody was let in between
 *        with connections    once in HTTP_KNOCK_LOOK_MS: a connection of our own, that has ended already, is handed to
 *                            the library, and its end makes it listen. No file for that: none for callers either
 *        without             sleeps HTTP_KNOCK_PAUSE_MS
 *
 * To knock for nothing is harmless.
 *
 * Threads  of the loop only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct http_loop;

enum {
    HTTP_KNOCK_LOOK_MS = 500, /* a system call; against a client's patience of some seconds */
    HTTP_KNOCK_PAUSE_MS = 10, /* of nothing to do; a hundred fruitless tries a second cost nothing */
};

struct http_knock {
    bool is_ours;    /* the connection that begins right now */
    bool has_waited; /* somebody, at the last look */
    uint64_t let_in; /* connections, until then */
    int64_t looked_ms;
};

/* At a turn's end. */
void http_knock_run(struct http_loop *loop);
