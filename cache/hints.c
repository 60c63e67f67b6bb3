#include "cache/hints.h"

enum { DRAINED_MAX = 1000 }; /* messages at a time: a flood must not hold us */

void hints_init(struct hints *hints, const struct redis_keys *keys)
{
    *hints = (struct hints){.keys = keys};
}

void hints_close(struct hints *hints)
{
    if (hints->link != NULL) {
        redis_meter_end(&hints->meter, hints->link);
        redis_link_close(hints->link);
        hints->link = NULL;
    }
}

bool hints_subscribe(struct hints *hints, struct redis_client *client, int64_t deadline_ms)
{
    if (hints->link != NULL) {
        return true;
    }
    hints->link = redis_client_open_link(client);
    if (hints->link == NULL) {
        return false;
    }
    const struct slice arguments[] = {SLICE("SUBSCRIBE"), slice_of(hints->keys->published)};
    struct redis_reply *reply = NULL;
    bool is_subscribed = redis_link_send(hints->link, arguments, 2) &&
                         redis_link_receive(hints->link, deadline_ms, &reply) &&
                         redis_reply_kind(reply) == REDIS_REPLY_LIST;
    redis_reply_free(reply);
    if (is_subscribed) {
        redis_meter_note(&hints->meter, hints->link);
    } else {
        hints_close(hints);
    }
    return is_subscribed;
}

static bool has_arrived(const struct redis_link *link)
{
    return !redis_link_is_quiet(link);
}

bool hints_drain(struct hints *hints, int64_t deadline_ms)
{
    bool is_hinted = false;
    for (int i = 0; i < DRAINED_MAX && hints->link != NULL && has_arrived(hints->link); i++) {
        struct redis_reply *reply = NULL;
        is_hinted = true;
        if (redis_link_receive(hints->link, deadline_ms, &reply)) {
            hints->heard++;
        } else {
            hints_close(hints);
        }
        redis_reply_free(reply);
    }
    if (hints->link != NULL) {
        redis_meter_note(&hints->meter, hints->link);
    }
    return is_hinted;
}

int hints_descriptor(const struct hints *hints)
{
    return hints->link == NULL ? -1 : redis_link_descriptor(hints->link);
}
