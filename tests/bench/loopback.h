#pragma once
/* The server under load: an IPv4 address of this machine's loopback, and no other. A load generator that takes any
   address is a weapon with a typing error in it. */

#include <netinet/in.h>

struct loopback {
    struct sockaddr_in address;
    char host[32]; /* the same as text, for the Host header */
};

/* Reads "127.0.0.1:8080". What is wrong with it, or NULL. */
const char *loopback_parse(const char *text, struct loopback *ret_loopback);
