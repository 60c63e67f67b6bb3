#include "cache/switch_key.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * KEYS degrade   ARGV what was read ("" nothing), what shall be ("" nothing)
 *
 * EXPIRE with 0 deletes, and needs no right that a publisher lacks: none of ours may DEL.
 */
static const char swap_script[] = "if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end\n"
                                  "if ARGV[2] == '' then redis.call('EXPIRE', KEYS[1], 0)\n"
                                  "else redis.call('SET', KEYS[1], ARGV[2]) end\n"
                                  "return 1\n";

static bool fail(char ret_reason[SWITCH_KEY_REASON_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(char ret_reason[SWITCH_KEY_REASON_BYTES], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ret_reason, SWITCH_KEY_REASON_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

static bool take(const struct redis_reply *reply, const char *key, struct text *value,
                 char ret_reason[SWITCH_KEY_REASON_BYTES])
{
    struct slice bytes = redis_reply_text(reply); /* of a nil: none */
    if (redis_reply_kind(reply) != REDIS_REPLY_STRING && redis_reply_kind(reply) != REDIS_REPLY_NIL) {
        return fail(ret_reason, "%s is no text", key);
    }
    if (bytes.length > SWITCH_DOCUMENT_BYTES_MAX) {
        return fail(ret_reason, "%s is larger than 64 KiB", key);
    }
    text_append(value, bytes);
    return !value->failed || fail(ret_reason, "out of memory");
}

bool switch_key_read(struct redis_client *client, const char *key, struct text *value,
                     char ret_reason[SWITCH_KEY_REASON_BYTES])
{
    struct redis_reply *reply;
    const struct slice arguments[] = {SLICE("GET"), slice_of(key)};
    text_reset(value);
    if (!redis_client_call(client, arguments, 2, &reply)) {
        return fail(ret_reason, "%s", redis_client_reason(client));
    }
    bool is_well = take(reply, key, value, ret_reason);
    redis_reply_free(reply);
    return is_well;
}

enum swap_outcome {
    SWAP_DONE,
    SWAP_LOST,    /* somebody else was first */
    SWAP_REFUSED, /* Redis said no */
    SWAP_UNKNOWN, /* the connection broke, or the answer cannot be read */
};

static enum swap_outcome swap(struct redis_client *client, const char *key, struct slice before, struct slice after,
                              char ret_reason[SWITCH_KEY_REASON_BYTES])
{
    struct redis_reply *reply;
    const struct slice arguments[] = {SLICE("EVAL"), slice_of(swap_script), SLICE("1"), slice_of(key), before, after};
    if (!redis_client_call(client, arguments, 6, &reply)) {
        fail(ret_reason, "%s", redis_client_reason(client));
        return redis_client_fault(client) == REDIS_FAULT_DOWN ? SWAP_UNKNOWN : SWAP_REFUSED;
    }
    bool is_answer = redis_reply_kind(reply) == REDIS_REPLY_INTEGER;
    bool is_done = redis_reply_integer(reply) == 1;
    redis_reply_free(reply);
    if (!is_answer) {
        fail(ret_reason, "the script's answer cannot be read");
        return SWAP_UNKNOWN;
    }
    return is_done ? SWAP_DONE : SWAP_LOST;
}

struct edit {
    struct redis_client *client;
    const char *key;
    struct slice name;
    const struct switch_entry *entry;
    struct text before, after;
};

/* DONE, too, when there is nothing to change. */
static enum swap_outcome attempt(struct edit *edit, char ret_reason[SWITCH_KEY_REASON_BYTES])
{
    const char *fault;
    if (!switch_key_read(edit->client, edit->key, &edit->before, ret_reason)) {
        return SWAP_REFUSED;
    }
    if (!switch_document_edit(text_slice(&edit->before), edit->name, edit->entry, &edit->after, &fault)) {
        fail(ret_reason, "%s %s", edit->key, fault);
        return SWAP_REFUSED;
    }
    if (slice_equals(text_slice(&edit->before), text_slice(&edit->after))) {
        return SWAP_DONE;
    }
    return swap(edit->client, edit->key, text_slice(&edit->before), text_slice(&edit->after), ret_reason);
}

static bool run(struct edit *edit, char ret_reason[SWITCH_KEY_REASON_BYTES])
{
    char reason[SWITCH_KEY_REASON_BYTES];
    bool was_unknown = false;
    for (int i = 0; i < SWITCH_KEY_ATTEMPTS_MAX; i++) {
        switch (attempt(edit, reason)) {
        case SWAP_DONE:
            return true;
        case SWAP_LOST:
            break;
        case SWAP_REFUSED:
            return fail(ret_reason, "%.*s%s", SWITCH_KEY_REASON_BYTES - 64, reason,
                        was_unknown ? "; whether it was done before cannot be said" : "");
        case SWAP_UNKNOWN:
            if (was_unknown) {
                return fail(ret_reason, "%.*s; whether it was done cannot be said", SWITCH_KEY_REASON_BYTES - 64,
                            reason);
            }
            was_unknown = true;
            break;
        }
    }
    return fail(ret_reason, "%s was changed by others %d times meanwhile", edit->key, SWITCH_KEY_ATTEMPTS_MAX);
}

bool switch_key_edit(struct redis_client *client, const char *key, struct slice name, const struct switch_entry *entry,
                     char ret_reason[SWITCH_KEY_REASON_BYTES])
{
    struct edit edit = {.client = client, .key = key, .name = name, .entry = entry};
    text_init(&edit.before, SWITCH_DOCUMENT_BYTES_MAX);
    text_init(&edit.after, 2 * (size_t)SWITCH_DOCUMENT_BYTES_MAX); /* what is too large is judged, not cut off */
    bool is_done = run(&edit, ret_reason);
    text_clear(&edit.before);
    text_clear(&edit.after);
    return is_done;
}
