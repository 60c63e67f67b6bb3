#include "cache/redis_link.h"

/* hiredis' macros carry the same names: ours are caught before they come. */
enum {
    KIND_NIL = REDIS_REPLY_NIL,
    KIND_INTEGER = REDIS_REPLY_INTEGER,
    KIND_STRING = REDIS_REPLY_STRING,
    KIND_FAULT = REDIS_REPLY_FAULT,
    KIND_LIST = REDIS_REPLY_LIST,
};

#include <hiredis/hiredis.h>

/* A struct redis_reply is hiredis' redisReply. */
static const redisReply *of(const struct redis_reply *reply)
{
    return (const redisReply *)(const void *)reply;
}

void redis_reply_free(struct redis_reply *reply)
{
    if (reply != NULL) {
        freeReplyObject(reply);
    }
}

enum redis_reply_kind redis_reply_kind(const struct redis_reply *reply)
{
    switch (of(reply)->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return (enum redis_reply_kind)KIND_STRING;
    case REDIS_REPLY_INTEGER:
        return (enum redis_reply_kind)KIND_INTEGER;
    case REDIS_REPLY_ARRAY:
        return (enum redis_reply_kind)KIND_LIST;
    case REDIS_REPLY_ERROR:
        return (enum redis_reply_kind)KIND_FAULT;
    default:
        return (enum redis_reply_kind)KIND_NIL; /* types of RESP3 too: we never ask for them */
    }
}

struct slice redis_reply_text(const struct redis_reply *reply)
{
    enum redis_reply_kind kind = redis_reply_kind(reply);
    bool is_text = kind == (enum redis_reply_kind)KIND_STRING || kind == (enum redis_reply_kind)KIND_FAULT;
    return is_text ? (struct slice){.at = of(reply)->str, .length = (uint32_t)of(reply)->len}
                   : (struct slice){.at = ""};
}

int64_t redis_reply_integer(const struct redis_reply *reply)
{
    return of(reply)->type == REDIS_REPLY_INTEGER ? of(reply)->integer : 0;
}

uint32_t redis_reply_count(const struct redis_reply *reply)
{
    return of(reply)->type == REDIS_REPLY_ARRAY ? (uint32_t)of(reply)->elements : 0;
}

const struct redis_reply *redis_reply_item(const struct redis_reply *reply, uint32_t i)
{
    return (const struct redis_reply *)(const void *)of(reply)->element[i];
}
