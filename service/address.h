/*
 * address.h - "host:port" of a listener, as a socket address.
 *
 *     127.0.0.1:8080   [::1]:8080   [::]:8080   localhost:8080 (is 127.0.0.1)
 *
 * Numeric on purpose: a listener must not depend on name resolution. Port 0 is any free one.
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "policy/slice.h"

struct address {
    struct sockaddr_storage storage;
    socklen_t length;
};

bool address_parse(struct slice text, struct address *ret_address);

bool address_is_loopback(const struct sockaddr *address);

enum { ADDRESS_TEXT_BYTES = 64 };

/* As address_parse reads it, with its NUL. */
void address_format(const struct sockaddr *address, char ret_text[static ADDRESS_TEXT_BYTES]);
