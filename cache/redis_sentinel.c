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

static void describe(const struct redis_reply *reply, const char *master, struct redis_link_failure *ret_failure)
{
    char words[REDIS_FAULT_TEXT_BYTES];
    if (redis_reply_kind(reply) != REDIS_REPLY_FAULT) {
        ret_failure->fault = REDIS_FAULT_OTHER;
        snprintf(ret_failure->reason, sizeof(ret_failure->reason), "knows no master %.64s", master);
        return;
    }
    redis_fault_quote(redis_reply_text(reply), words);
    ret_failure->fault = redis_fault_of(redis_reply_text(reply));
    bool is_denied = ret_failure->fault == REDIS_FAULT_DENIED;
    snprintf(ret_failure->reason, sizeof(ret_failure->reason), "refuses SENTINEL get-master-addr-by-name: %s%s", words,
             is_denied ? " (Sentinels are asked without a password)" : "");
}

static bool ask(struct redis_link *link, const char *master, int64_t deadline_ms, struct redis_endpoint *ret_master,
                struct redis_link_failure *ret_failure)
{
    const struct slice arguments[] = {SLICE("SENTINEL"), SLICE("get-master-addr-by-name"), slice_of(master)};
    struct redis_reply *reply = NULL;
    if (!redis_link_send(link, arguments, 3) || !redis_link_receive(link, deadline_ms, &reply)) {
        ret_failure->fault = REDIS_FAULT_DOWN;
        snprintf(ret_failure->reason, sizeof(ret_failure->reason), "%s", redis_link_reason(link));
        return false;
    }
    bool is_known = take_address(reply, ret_master);
    if (!is_known) {
        describe(reply, master, ret_failure);
    }
    redis_reply_free(reply);
    return is_known;
}

bool redis_sentinel_find(const struct redis_url *url, const struct redis_link_options *login, uint32_t first,
                         int64_t deadline_ms, struct redis_endpoint *ret_master, struct redis_link_failure *ret_failure)
{
    for (uint32_t i = 0; i < url->endpoint_count; i++) {
        struct redis_link_failure failure = {0};
        struct redis_link_options options = *login;
        options.endpoint = &url->endpoints[(first + i) % url->endpoint_count];
        options.database = 0;
        /* One that is silent must leave time for the others. */
        int64_t now_ms = redis_link_now_ms();
        int64_t until_ms = now_ms + (deadline_ms - now_ms) / (int64_t)(url->endpoint_count - i);
        struct redis_link *link = redis_link_open(&options, until_ms, &failure);
        bool is_found = link != NULL && ask(link, url->master, until_ms, ret_master, &failure);
        redis_link_close(link);
        if (is_found) {
            return true;
        }
        char asked[REDIS_ENDPOINT_TEXT_BYTES];
        redis_endpoint_describe(options.endpoint, asked);
        ret_failure->fault = failure.fault;
        snprintf(ret_failure->reason, sizeof(ret_failure->reason), "Sentinel %.90s %.200s", asked, failure.reason);
    }
    return false;
}
