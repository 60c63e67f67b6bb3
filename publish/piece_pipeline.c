#include "publish/piece_pipeline.h"

#include <assert.h>

enum { FRAMING_BYTES = 64 }; /* of one command or reply, beside key and value */

void piece_pipeline_init(struct piece_pipeline *pipeline, struct connection *connection, piece_answer *answer,
                         void *context)
{
    pipeline->connection = connection;
    pipeline->answer = answer;
    pipeline->context = context;
    pipeline->bytes = 0;
    pipeline->count = 0;
}

bool piece_pipeline_end(struct piece_pipeline *pipeline)
{
    struct redis_reply *replies[REDIS_CLIENT_COMMANDS_MAX];
    struct connection *connection = pipeline->connection;
    uint32_t count = pipeline->count;
    pipeline->count = 0;
    pipeline->bytes = 0;
    if (count == 0) {
        return true;
    }
    if (!redis_client_exchange(connection->client, pipeline->commands, count, replies)) {
        return connection_fail(connection, "%s", redis_client_reason(connection->client));
    }
    bool is_well = true;
    for (uint32_t i = 0; i < count; i++) {
        is_well = is_well && pipeline->answer(pipeline->context, pipeline->tags[i], replies[i]);
        redis_reply_free(replies[i]);
    }
    return is_well;
}

/* `value` may be empty: then the command has only its key. */
static bool add(struct piece_pipeline *pipeline, struct slice verb, const struct digest *digest, struct slice value,
                uint32_t tag)
{
    size_t bytes = FRAMING_BYTES + REDIS_KEY_BYTES + value.length;
    bool is_full = pipeline->count == REDIS_CLIENT_COMMANDS_MAX || pipeline->bytes + bytes > PIECE_PIPELINE_BYTES_MAX;
    if (is_full && !piece_pipeline_end(pipeline)) {
        return false;
    }
    uint32_t i = pipeline->count++;
    struct slice *arguments = pipeline->arguments[i];
    char *key = pipeline->keys[i];
    arguments[0] = verb;
    arguments[1] = (struct slice){.at = key, .length = redis_keys_piece(&pipeline->connection->keys, digest, key)};
    arguments[2] = value;
    pipeline->commands[i] = (struct redis_command){.arguments = arguments, .count = value.length > 0 ? 3 : 2};
    pipeline->tags[i] = tag;
    pipeline->bytes += bytes;
    return true;
}

bool piece_pipeline_ttl(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest)
{
    return add(pipeline, SLICE("TTL"), digest, (struct slice){.at = ""}, tag);
}

bool piece_pipeline_persist(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest)
{
    return add(pipeline, SLICE("PERSIST"), digest, (struct slice){.at = ""}, tag);
}

bool piece_pipeline_expire(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest,
                           struct slice seconds)
{
    return add(pipeline, SLICE("EXPIRE"), digest, seconds, tag);
}

bool piece_pipeline_get(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest,
                        uint32_t value_bytes_max)
{
    bool is_full = pipeline->bytes + FRAMING_BYTES + REDIS_KEY_BYTES + value_bytes_max > PIECE_PIPELINE_BYTES_MAX;
    if ((is_full && !piece_pipeline_end(pipeline)) ||
        !add(pipeline, SLICE("GET"), digest, (struct slice){.at = ""}, tag)) {
        return false;
    }
    pipeline->bytes += value_bytes_max; /* of the reply */
    return true;
}

bool piece_pipeline_set(struct piece_pipeline *pipeline, uint32_t tag, const struct digest *digest, struct slice value)
{
    assert(value.length > 0); /* a piece has its format byte */
    return add(pipeline, SLICE("SET"), digest, value, tag);
}
