/*
 * piece_pipeline.h - one command on each of many pieces, in few exchanges.
 *
 *     piece_pipeline_init(&pipeline, connection, answer, context);
 *     for each piece: if (!piece_pipeline_ttl(&pipeline, i, &digest)) return false;
 *     return piece_pipeline_end(&pipeline);
 *
 * An exchange goes out when the next command would make it larger than PIECE_PIPELINE_BYTES_MAX, either way, or longer
 * than REDIS_CLIENT_COMMANDS_MAX. Then `answer` gets every reply with its tag, in order.
 *
 * Ownership  digests are copied; the value of a SET must live until the next exchange.
 * Errors     false: the connection has the reason; what went out before may have been done.
 */
#pragma once

#include "cache/digest.h"
#include "publish/connection.h"

enum { PIECE_PIPELINE_BYTES_MAX = 64 * 1024, PIECE_PIPELINE_ARGUMENTS_MAX = 3 };

/* False: the connection has the reason. */
typedef bool piece_answer(void *context, uint32_t tag, const struct redis_reply *reply);

struct piece_pipeline {
    struct connection *connection;
    piece_answer *answer;
    void *context;
    size_t bytes; /* the larger of both ways, roughly */
    uint32_t count;
    struct redis_command commands[REDIS_CLIENT_COMMANDS_MAX];
    struct slice arguments[REDIS_CLIENT_COMMANDS_MAX][PIECE_PIPELINE_ARGUMENTS_MAX];
    char keys[REDIS_CLIENT_COMMANDS_MAX][REDIS_KEY_BYTES];
    uint32_t tags[REDIS_CLIENT_COMMANDS_MAX];
};

void piece_pipeline_init(struct piece_pipeline *pipeline, struct connection *connection, piece_answer *answer,
                         void *context);

bool piece_pipeline_ttl(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest);
bool piece_pipeline_persist(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest);
bool piece_pipeline_expire(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest,
                           struct slice seconds);
bool piece_pipeline_get(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest,
                        uint32_t value_bytes_max);
bool piece_pipeline_set(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest, struct slice value);

/* Sends what is left. */
bool piece_pipeline_end(struct piece_pipeline *pipeline);

/* What TTL answers. */
enum { PIECE_TTL_MISSING = -2, PIECE_TTL_NONE = -1 };
