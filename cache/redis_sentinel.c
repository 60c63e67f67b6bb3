#include "cache/redis_sentinel.h"

#include <stdio.h>

static bool take_address(const struct redis_reply *reply, struct redis_endpoint *ret_master)
{
    if (redis_reply_kind(reply) != REDIS_REPLY_LIST || redis_reply_count(reply) != 2) {
        return false;
    }
    struct slice host = redis_reply_text(redis_reply_item(reply, 0)),
                 port = redis_reply_text(redis_reply_item(reply, 1));
    char text[REDIS_URL_HOST_BYTES + 16];
    bool is_v6 = host.length > 0 && memchr(host.at, ':', host.length) != NULL;
    int length = snprintf(text, sizeof(text), "%s%.*s%s:%.*s", is_v6 ? "[" : "", (int)host.length, host.at,
                          is_v6 ? "]" : "", (int)port.length, port.at);
    return length > 0 && (size_t)length < sizeof(text) && redis_endpoint_parse(slice_of(text), 0, ret_master);
}

static bool ask(struct redis_link *link, const char *master, int64_t deadline_ms, struct redis_endpoint *ret_master,
                char *ret_reason)
{
    const struct slice arguments[] = {SLICE("SENTINEL"), SLICE("get-master-addr-by-name"), slice_of(master)};
    struct redis_reply *reply = NULL;
    if (!redis_link_send(link, arguments, 3) || !redis_link_receive(link, deadline_ms, &reply)) {
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "%s", redis_link_reason(link));
        return false;
    }
    bool is_known = take_address(reply, ret_master);
    if (!is_known && redis_reply_kind(reply) == REDIS_REPLY_FAULT) {
        struct slice text = redis_reply_text(reply);
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "refuses SENTINEL: %.*s",
                 text.length < 160 ? (int)text.length : 160, text.at);
    } else if (!is_known) {
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "knows no master %.64s", master);
    }
    redis_reply_free(reply);
    return is_known;
}

bool redis_sentinel_find(const struct redis_url *url, const struct redis_link_options *login, uint32_t first,
                         int64_t deadline_ms, struct redis_endpoint *ret_master,
                         char ret_reason[REDIS_LINK_REASON_BYTES])
{
    for (uint32_t i = 0; i < url->endpoint_count; i++) {
        char reason[REDIS_LINK_REASON_BYTES] = "";
        struct redis_link_options options = *login;
        options.endpoint = &url->endpoints[(first + i) % url->endpoint_count];
        options.database = 0;
        /* One that is silent must leave time for the others. */
        int64_t now_ms = redis_link_now_ms();
        int64_t until_ms = now_ms + (deadline_ms - now_ms) / (int64_t)(url->endpoint_count - i);
        struct redis_link *link = redis_link_open(&options, until_ms, reason);
        bool is_found = link != NULL && ask(link, url->master, until_ms, ret_master, reason);
        redis_link_close(link);
        if (is_found) {
            return true;
        }
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "Sentinel %.80s:%u: %.140s", options.endpoint->host,
                 options.endpoint->port, reason);
    }
    return false;
}
