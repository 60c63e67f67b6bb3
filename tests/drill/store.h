#pragma once
/*
 * The one value of a Redis that holds all policies, fetched anew each time: a blocking connection, as most users of
 * hiredis have it.
 *
 *     struct store store = {.port = 6379};
 *     redisReply *value = store_fetch(&store);      connects where needed; the caller frees it
 *
 * Errors: NULL when Redis cannot be reached, keeps us waiting or has no such value; the connection is then closed, and
 * the next fetch opens another. Threads: a store belongs to one.
 */

#include <hiredis/hiredis.h>

#define STORE_KEY       "baseline:policies"
#define STORE_TIMEOUT_S 1 /* of connecting, and of each wait for bytes */

struct store {
    int port; /* on loopback */
    redisContext *connection;
};

redisReply *store_fetch(struct store *store);

void store_close(struct store *store);
