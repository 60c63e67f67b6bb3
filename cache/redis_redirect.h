/*
 * redis_redirect.h - what an error reply asks for: -MOVED slot host:port, -ASK slot host:port (Redis Cluster), or
 * nothing of the kind.
 */
#pragma once

#include "cache/redis_url.h"

enum redis_redirect {
    REDIS_REDIRECT_NONE,
    REDIS_REDIRECT_MOVED, /* the slot lives there */
    REDIS_REDIRECT_ASK,   /* this key does, while the slot moves: ASKING first */
};

/* `here` is who says so: an empty host in the reply means the same host. */
enum redis_redirect redis_redirect_parse(struct slice fault, const struct redis_endpoint *here,
                                         struct redis_endpoint *ret_there);
