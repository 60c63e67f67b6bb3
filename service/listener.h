/*
 * listener.h - the sockets on which clients arrive.
 *
 * Workers share an address, not a socket: each listens on its own (SO_REUSEPORT), and the kernel spreads connections.
 * Port 0 is resolved by the first socket and taken by the others. An address that another process has is refused.
 *
 * Errors  false with errno as the system left it; nothing stays open.
 */
#pragma once

#include <stdint.h>

#include "service/address.h"

enum { LISTENER_SOCKETS_MAX = 256 };

struct listener {
    int sockets[LISTENER_SOCKETS_MAX]; /* -1: handed over */
    uint32_t count;
    char text[ADDRESS_TEXT_BYTES]; /* the address that was bound */
};

bool listener_open(struct listener *listener, const struct address *address, uint32_t count);
/* Those that were not handed over. */
void listener_close(struct listener *listener);

/* The caller owns the socket. */
int listener_take(struct listener *listener, uint32_t index);

/* Raises the process's limit of open files to at least so many; says how many are allowed then. */
uint64_t listener_raise_file_limit(uint64_t files);
