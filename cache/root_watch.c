#include "cache/root_watch.h"

#include <assert.h>
#include <stdio.h>

#include "cache/root.h"

static_assert((int)EDITION_ROOT_BYTES >= (int)ROOT_BYTES_MAX, "an edition holds any root");

void root_watch_init(struct root_watch *watch, struct redis_client *client, const struct redis_keys *keys,
                     struct jitter *jitter)
{
    *watch = (struct root_watch){.client = client, .keys = keys, .jitter = jitter};
    hints_init(&watch->hints, keys);
}

void root_watch_clear(struct root_watch *watch)
{
    hints_close(&watch->hints);
}

static void become_away(struct root_watch *watch, const char *reason, const struct root_watch_pace *pace,
                        int64_t now_ms)
{
    snprintf(watch->reason, sizeof(watch->reason), "%s", reason);
    watch->is_away = true;
    watch->due_ms = now_ms + jitter_backoff_ms(watch->jitter, ++watch->failures, pace->backoff_max_ms);
}

static void subscribe(struct root_watch *watch, int64_t now_ms)
{
    if (watch->has_hints && now_ms >= watch->subscribe_due_ms &&
        !hints_subscribe(&watch->hints, watch->client, redis_link_now_ms() + watch->command_timeout_ms)) {
        watch->subscribe_due_ms = now_ms + jitter_period_ms(watch->jitter, ROOT_WATCH_SUBSCRIBE_MS);
    }
}

static enum root_news hear(struct root_watch *watch, struct slice root, const struct root_watch_pace *pace,
                           int64_t now_ms)
{
    watch->is_away = false;
    watch->failures = 0;
    watch->due_ms = now_ms + jitter_period_ms(watch->jitter, pace->poll_ms);
    subscribe(watch, now_ms);
    if (slice_equals(root, (struct slice){watch->said.root, watch->said.root_length})) {
        return ROOT_SAME;
    }
    memcpy(watch->said.root, root.at, root.length);
    watch->said.root_length = root.length;
    return ROOT_OTHER;
}

static enum root_news read_reply(struct root_watch *watch, const struct redis_reply *reply,
                                 const struct root_watch_pace *pace, int64_t now_ms)
{
    char reason[ROOT_WATCH_REASON_BYTES];
    bool is_text = redis_reply_kind(reply) == REDIS_REPLY_STRING;
    if (is_text && redis_reply_text(reply).length <= EDITION_ROOT_BYTES) {
        return hear(watch, redis_reply_text(reply), pace, now_ms);
    }
    if (redis_reply_kind(reply) == REDIS_REPLY_NIL) {
        snprintf(reason, sizeof(reason), "%s does not exist: nothing has been published", watch->keys->root);
    } else {
        snprintf(reason, sizeof(reason), "%s is no text of at most %d bytes", watch->keys->root, EDITION_ROOT_BYTES);
    }
    become_away(watch, reason, pace, now_ms);
    return ROOT_SAME;
}

static enum root_news ask(struct root_watch *watch, const struct root_watch_pace *pace, int64_t now_ms)
{
    const struct slice arguments[] = {SLICE("GET"), slice_of(watch->keys->root)};
    struct redis_reply *reply;
    if (!redis_client_call(watch->client, arguments, 2, &reply)) {
        become_away(watch, redis_client_reason(watch->client), pace, now_ms);
        return ROOT_SAME;
    }
    enum root_news news = read_reply(watch, reply, pace, now_ms);
    redis_reply_free(reply);
    return news;
}

enum root_news root_watch_check(struct root_watch *watch, const struct root_watch_pace *pace, int64_t now_ms)
{
    bool is_hinted = hints_drain(&watch->hints, redis_link_now_ms() + watch->command_timeout_ms);
    if (is_hinted && !watch->is_hinted) { /* more of them before we have asked change nothing */
        watch->is_hinted = true;
        watch->due_ms = now_ms + jitter_below(watch->jitter, pace->spread_ms);
    }
    if (now_ms < watch->due_ms) {
        return ROOT_SAME;
    }
    watch->is_hinted = false;
    return ask(watch, pace, now_ms);
}
