#include "publish/release_list.h"

#include "policy/text.h"

static void read_record(struct release_list *list, const struct redis_reply *reply)
{
    const char *reason = "is no text";
    bool is_text = redis_reply_kind(reply) == REDIS_REPLY_STRING;
    if (is_text && release_record_decode(redis_reply_text(reply), &list->records[list->count], &reason)) {
        list->count++;
        return;
    }
    list->unreadable_reason = list->unreadable_count++ == 0 ? reason : list->unreadable_reason;
}

/* Lengths keep neighbours apart. False when memory ends. */
static bool digest_content(const struct redis_reply *reply, struct digest *ret_digest)
{
    struct text text;
    text_init(&text, (size_t)REDIS_LINK_REPLY_BYTES_MAX * 2);
    for (uint32_t i = 0; i < redis_reply_count(reply); i++) {
        struct slice record = redis_reply_text(redis_reply_item(reply, i));
        text_append_integer(&text, record.length);
        text_append_byte(&text, ' ');
        text_append(&text, record);
    }
    bool is_complete = !text.failed;
    *ret_digest = digest_of(text.bytes, text.length);
    text_clear(&text);
    return is_complete;
}

bool release_list_read(struct connection *connection, struct release_list *ret_list)
{
    struct redis_reply *reply;
    const struct slice arguments[] = {SLICE("LRANGE"), slice_of(connection->keys.releases), SLICE("0"), SLICE("49")};
    _Static_assert(REDIS_KEYS_RELEASES_MAX == 50, "the range above ends at 49");
    if (!connection_call(connection, arguments, 4, &reply)) {
        return false;
    }
    *ret_list = (struct release_list){0};
    uint32_t count = redis_reply_count(reply);
    for (uint32_t i = 0; i < count && i < REDIS_KEYS_RELEASES_MAX; i++) {
        read_record(ret_list, redis_reply_item(reply, i));
    }
    bool is_list = redis_reply_kind(reply) == REDIS_REPLY_LIST;
    bool is_well = is_list && digest_content(reply, &ret_list->content);
    redis_reply_free(reply);
    if (!is_well) {
        return is_list ? connection_fail_memory(connection)
                       : connection_fail(connection, "%s is no list", connection->keys.releases);
    }
    return true;
}

const struct release_record *release_list_find(const struct release_list *list, uint64_t release)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->records[i].root.release == release) {
            return &list->records[i];
        }
    }
    return NULL;
}
