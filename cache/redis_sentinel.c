#include "cache/redis_sentinel.h"

#include <stdio.h>

#include "cache/redis_dial.h"

static bool take_address(const struct redis_reply *reply, struct redis_endpoint *ret_master)
{
    if (redis_reply_kind(reply) != REDIS_REPLY_LIST || redis_reply_count(reply) != 2) {
        return false;
    }
    struct slice host = redis_reply_text(redis_reply_item(reply, 0)),
                 port = redis_reply_text(redis_reply_item(reply, 1));
    return redis_endpoint_join(host, port, ret_master);
}

static void describe(const struct redis_reply *reply, const char *master, struct redis_link_failure *ret_failure)
{
    const struct slice command = SLICE("SENTINEL get-master-addr-by-name");
    if (redis_reply_kind(reply) != REDIS_REPLY_FAULT) {
        ret_failure->fault = REDIS_FAULT_OTHER;
        snprintf(ret_failure->reason, sizeof(ret_failure->reason), "knows no master %.64s", master);
        return;
    }
    ret_failure->fault = redis_fault_of(redis_reply_text(reply));
    redis_fault_describe(command, redis_reply_text(reply), ret_failure->reason, sizeof(ret_failure->reason));
    if (ret_failure->fault == REDIS_FAULT_DENIED) {
        size_t length = strlen(ret_failure->reason);
        snprintf(ret_failure->reason + length, sizeof(ret_failure->reason) - length,
                 " (Sentinels are asked without a password)");
    }
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
        int64_t until_ms = redis_dial_attempt_end_ms(deadline_ms, url->endpoint_count - i);
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
