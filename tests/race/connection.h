/*
 * connection.h - a caller's keep-alive connection: bytes out, one answer in.
 *
 * Blocking, with CONNECTION_TIMEOUT_S for each read: an answer that does not come is an error, not a hang.
 *
 * Errors   false; the connection is then fit only to be closed.
 */
#pragma once

#include <netinet/in.h>

#include "policy/text.h"

enum { CONNECTION_TIMEOUT_S = 60, CONNECTION_BYTES_MAX = 1 << 20 };

struct connection {
    int socket;
    struct text received;
};

struct connection_answer {
    unsigned status;
    bool is_degraded;  /* X-Promo-Degraded: switch */
    struct slice body; /* valid until the next */
};

bool connection_open(struct connection *connection, const struct sockaddr_in *address);
void connection_close(struct connection *connection);

bool connection_send(struct connection *connection, const struct text *request);
bool connection_receive(struct connection *connection, struct connection_answer *ret_answer);
