#include "redis_claims.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

enum { LASTING_MAX = 64, LASTING_BYTES = 128 };

void ignore_pipes(void)
{
    signal(SIGPIPE, SIG_IGN);
}

struct redis_link_options link_options_to(const struct redis_endpoint *endpoint)
{
    return (struct redis_link_options){
        .endpoint = endpoint,
        .user = "",
        .password = "",
        .client_name = "",
        .tls = {.ca_file = "", .cert_file = "", .key_file = ""},
    };
}

struct redis_link *link_to(const struct scripted_server *server)
{
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_link_options options = link_options_to(&endpoint);
    struct redis_link_failure failure = {0};
    struct redis_link *link = redis_link_open(&options, redis_link_now_ms() + CLAIM_TIMEOUT_MS, &failure);
    cr_assert(link != NULL, "%s", failure.reason);
    return link;
}

struct redis_link_failure link_is_refused(const struct redis_link_options *options, int64_t timeout_ms)
{
    struct redis_link_failure failure = {0};
    int64_t begin_ms = redis_link_now_ms();
    cr_assert_null(redis_link_open(options, begin_ms + timeout_ms, &failure));
    cr_expect_leq(redis_link_now_ms() - begin_ms, timeout_ms + CLAIM_TOLERANCE_MS);
    return failure;
}

struct redis_client_options *client_options_to(const struct redis_endpoint *endpoint)
{
    static struct redis_client_options options; /* it is large */
    options = (struct redis_client_options){
        .url = {.endpoints = {*endpoint}, .endpoint_count = 1, .namespace = "main"},
        .connect_timeout_ms = CLAIM_TIMEOUT_MS,
        .command_timeout_ms = CLAIM_TIMEOUT_MS,
    };
    return &options;
}

struct redis_client *client_of(const struct scripted_server *server)
{
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    return redis_client_create(client_options_to(&endpoint));
}

bool get(struct redis_client *client, struct redis_reply **ret_reply)
{
    const struct slice arguments[] = {SLICE("GET"), SLICE("key")};
    return redis_client_call(client, arguments, 2, ret_reply);
}

void assert_gets(struct redis_client *client, const char *text)
{
    struct redis_reply *reply = NULL;
    cr_assert(get(client, &reply), "%s", redis_client_reason(client));
    struct slice found = redis_reply_text(reply);
    cr_expect(slice_equals(found, slice_of(text)), "%.*s, not %s", (int)found.length, found.at, text);
    cr_expect_eq(redis_client_fault(client), REDIS_FAULT_NONE);
    redis_reply_free(reply);
}

void assert_fails(struct redis_client *client, enum redis_fault fault, const char *words)
{
    struct redis_reply *reply = NULL;
    cr_assert_not(get(client, &reply));
    cr_expect_null(reply);
    cr_expect_eq(redis_client_fault(client), fault, "%d", redis_client_fault(client));
    cr_expect(strstr(redis_client_reason(client), words) != NULL, "%s", redis_client_reason(client));
}

const char *lasting(const char *format, ...)
{
    static char texts[LASTING_MAX][LASTING_BYTES];
    static int count;
    cr_assert_lt(count, LASTING_MAX);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(texts[count], LASTING_BYTES, format, arguments);
    va_end(arguments);
    return texts[count++];
}

struct scripted_server *open_answering(const char *command, const char *reply)
{
    static struct scripted_rule rules[LASTING_MAX];
    static int count;
    cr_assert_lt(count, LASTING_MAX);
    rules[count] = (struct scripted_rule){.on = command, .say = reply};
    return scripted_server_open(&rules[count++], 1);
}
