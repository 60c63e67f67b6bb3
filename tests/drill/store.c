#include "tests/drill/store.h"

#include <stdbool.h>
#include <sys/time.h>

static bool connect_if_needed(struct store *store)
{
    struct timeval timeout = {.tv_sec = STORE_TIMEOUT_S};

    if (store->connection) {
        return true;
    }
    store->connection = redisConnectWithTimeout("127.0.0.1", store->port, timeout);
    return store->connection && !store->connection->err && redisSetTimeout(store->connection, timeout) == REDIS_OK;
}

redisReply *store_fetch(struct store *store)
{
    redisReply *reply = connect_if_needed(store) ? redisCommand(store->connection, "GET " STORE_KEY) : NULL;

    if (reply && reply->type == REDIS_REPLY_STRING) {
        return reply;
    }
    freeReplyObject(reply);
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    redisFree(store->connection);
    store->connection = NULL;
}
