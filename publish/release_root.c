#include "publish/release_root.h"

#include <inttypes.h>
#include <stdio.h>

enum { SWAP_ARGUMENT_COUNT = 10 };

/*
 * KEYS root, releases   ARGV expected root ("" none), next root, record, channel, number
 *
 * A script that fails half-way stays half done, so what may be forbidden is tried in an order that can be undone: the
 * right to trim first, the root last. The announcement is a hint: that it fails changes nothing.
 */
static const char swap_script[] = "local failed\n"
                                  "local function run(name, ...)\n"
                                  "  local reply = redis.pcall(name, ...)\n"
                                  "  if type(reply) == 'table' and reply.err then failed = redis.error_reply('ERR ' .. "
                                  "name .. ': ' .. reply.err) end\n"
                                  "  return reply\n"
                                  "end\n"
                                  "local now = run('GET', KEYS[1])\n"
                                  "if failed then return failed end\n"
                                  "if (now or '') ~= ARGV[1] then return {0, ''} end\n"
                                  "run('LTRIM', KEYS[2], 0, -1)\n"
                                  "if not failed then run('LPUSH', KEYS[2], ARGV[3]) end\n"
                                  "if failed then return failed end\n"
                                  "run('SET', KEYS[1], ARGV[2])\n"
                                  "if failed then redis.pcall('LTRIM', KEYS[2], 1, -1) return failed end\n"
                                  "run('LTRIM', KEYS[2], 0, 49)\n"
                                  "local told = redis.pcall('PUBLISH', ARGV[4], ARGV[5])\n"
                                  "return {1, type(told) == 'table' and told.err or ''}\n";
_Static_assert(REDIS_KEYS_RELEASES_MAX == 50, "the script trims to 50");

static bool read_reply(struct connection *connection, const struct redis_reply *reply, struct release_root *ret_root)
{
    const char *reason;
    struct slice bytes = redis_reply_text(reply);
    *ret_root = (struct release_root){0};
    if (redis_reply_kind(reply) == REDIS_REPLY_NIL) {
        return true;
    }
    if (redis_reply_kind(reply) != REDIS_REPLY_STRING) {
        return connection_fail(connection, "%s is no text", connection->keys.root);
    }
    if (!root_decode(bytes, &ret_root->root, &reason)) {
        return connection_fail(connection, "%s %s", connection->keys.root, reason);
    }
    ret_root->exists = true;
    ret_root->length = bytes.length; /* at most ROOT_BYTES_MAX: it could be decoded */
    memcpy(ret_root->bytes, bytes.at, bytes.length);
    return true;
}

bool release_root_read(struct connection *connection, struct release_root *ret_root)
{
    struct redis_reply *reply;
    const struct slice arguments[] = {SLICE("GET"), slice_of(connection->keys.root)};
    if (!connection_call(connection, arguments, 2, &reply)) {
        return false;
    }
    bool is_well = read_reply(connection, reply, ret_root);
    redis_reply_free(reply);
    return is_well;
}

/* The connection broke under the script: did it happen? */
static enum swap_outcome find_out(struct connection *connection, const struct release_root *expected, struct slice next)
{
    struct release_root now;
    char reason[CONNECTION_REASON_BYTES];
    snprintf(reason, sizeof(reason), "%s", connection->reason);
    if (!release_root_read(connection, &now)) {
        connection_fail(connection, "%s; whether the release is in force cannot be said: ask promoctl releases",
                        reason);
        return SWAP_UNKNOWN;
    }
    struct slice bytes = {.at = now.bytes, .length = now.length};
    if (now.exists && slice_equals(bytes, next)) {
        return SWAP_DONE;
    }
    if (slice_equals(bytes, (struct slice){.at = expected->bytes, .length = expected->length})) {
        connection_fail(connection, "%s", reason);
        return SWAP_REFUSED;
    }
    return SWAP_LOST;
}

static enum swap_outcome swap(struct connection *connection, const struct release_root *expected, struct slice next,
                              const struct slice arguments[SWAP_ARGUMENT_COUNT],
                              char ret_warning[CONNECTION_REASON_BYTES])
{
    struct redis_reply *reply;
    ret_warning[0] = '\0';
    if (!connection_call(connection, arguments, SWAP_ARGUMENT_COUNT, &reply)) {
        bool is_sure = redis_client_fault(connection->client) != REDIS_FAULT_DOWN;
        return is_sure ? SWAP_REFUSED : find_out(connection, expected, next);
    }
    bool is_pair = redis_reply_count(reply) == 2;
    bool is_swapped = is_pair && redis_reply_integer(redis_reply_item(reply, 0)) == 1;
    if (is_swapped) {
        struct slice words = redis_reply_text(redis_reply_item(reply, 1));
        snprintf(ret_warning, CONNECTION_REASON_BYTES, "%.*s", (int)words.length, words.at);
    }
    redis_reply_free(reply);
    if (!is_pair) {
        connection_fail(connection, "the script's answer cannot be read");
        return find_out(connection, expected, next);
    }
    return is_swapped ? SWAP_DONE : SWAP_LOST;
}

enum swap_outcome release_root_swap(struct connection *connection, const struct release_root *expected,
                                    const struct release_record *next, char ret_warning[CONNECTION_REASON_BYTES])
{
    const struct redis_keys *keys = &connection->keys;
    struct text root, record;
    char number[24];
    text_init(&root, ROOT_BYTES_MAX);
    text_init(&record, RELEASE_RECORD_BYTES_MAX);
    root_append(&root, &next->root);
    release_record_append(&record, next);
    snprintf(number, sizeof(number), "%" PRIu64, next->root.release);
    const struct slice arguments[SWAP_ARGUMENT_COUNT] = {
        SLICE("EVAL"),        slice_of(swap_script),    SLICE("2"),
        slice_of(keys->root), slice_of(keys->releases), {.at = expected->bytes, .length = expected->length},
        text_slice(&root),    text_slice(&record),      slice_of(keys->published),
        slice_of(number),
    };
    enum swap_outcome outcome = SWAP_REFUSED;
    if (root.failed || record.failed) {
        connection_fail_memory(connection);
    } else {
        outcome = swap(connection, expected, text_slice(&root), arguments, ret_warning);
    }
    text_clear(&root);
    text_clear(&record);
    return outcome;
}
