/* redis_client and a redis-server as it is installed: what it says is what we understand. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "cache/redis_client.h"
#include "real_redis.h"

enum { TIMEOUT_MS = 5000 };

static struct real_redis redis;
static struct redis_client_options options; /* it is large */

static void prepare(void)
{
    signal(SIGPIPE, SIG_IGN);
    if (!real_redis_is_installed()) {
        cr_skip_test("redis-server is not installed");
    }
}

static void start(const char *const *arguments)
{
    real_redis_start(&redis, arguments);
    options = (struct redis_client_options){
        .url = {.endpoints = {{.host = "127.0.0.1", .port = redis.port}}, .endpoint_count = 1, .namespace = "main"},
        .name = "test",
        .connect_timeout_ms = TIMEOUT_MS,
        .command_timeout_ms = TIMEOUT_MS,
    };
}

static void stop(void)
{
    if (redis.process > 0) {
        real_redis_stop(&redis);
    }
}

TestSuite(redis_real, .init = prepare, .fini = stop, .timeout = 120);

static void log_in(const char *user, const char *password)
{
    snprintf(options.url.user, sizeof(options.url.user), "%s", user);
    snprintf(options.url.password, sizeof(options.url.password), "%s", password);
}

/* How a command ends for a new client: NULL, or the reason. */
static const char *run(enum redis_fault *ret_fault, const struct slice *arguments, uint32_t count)
{
    static char reason[REDIS_CLIENT_REASON_BYTES];
    struct redis_client *client = redis_client_create(&options);
    struct redis_reply *reply = NULL;
    bool is_done = redis_client_call(client, arguments, count, &reply);
    redis_reply_free(is_done ? reply : NULL);
    snprintf(reason, sizeof(reason), "%s", redis_client_reason(client));
    *ret_fault = redis_client_fault(client);
    redis_client_free(client);
    return is_done ? NULL : reason;
}

static void assert_refused(const struct slice *arguments, uint32_t count, const char *words)
{
    enum redis_fault fault;
    const char *reason = run(&fault, arguments, count);
    cr_assert(reason != NULL);
    cr_expect_eq(fault, REDIS_FAULT_DENIED, "%d", fault);
    cr_expect(strstr(reason, words) != NULL, "%s", reason);
    cr_expect(strstr(reason, "hush-hush") == NULL, "%s", reason);
}

Test(redis_real, commands_are_answered_in_order_with_any_bytes)
{
    start((const char *const[]){NULL});
    struct redis_client *client = redis_client_create(&options);
    const struct slice ping[] = {SLICE("PING")}, set[] = {SLICE("SET"), SLICE("a"), {"\0\r\n\xFF", 4}},
                       mget[] = {SLICE("MGET"), SLICE("a"), SLICE("b")};
    const struct redis_command commands[] = {{ping, 1}, {set, 3}, {mget, 3}};
    struct redis_reply *replies[3];
    cr_assert(redis_client_exchange(client, commands, 3, replies), "%s", redis_client_reason(client));
    cr_expect(slice_equals(redis_reply_text(replies[0]), SLICE("PONG")));
    cr_assert_eq(redis_reply_count(replies[2]), 2);
    cr_expect(slice_equals(redis_reply_text(redis_reply_item(replies[2], 0)), set[2]));
    cr_expect_eq(redis_reply_kind(redis_reply_item(replies[2], 1)), REDIS_REPLY_NIL);
    for (int i = 0; i < 3; i++) {
        redis_reply_free(replies[i]);
    }
    redis_client_free(client);
}

Test(redis_real, a_password_that_is_right_opens_and_one_that_is_wrong_or_missing_is_told)
{
    const struct slice ping[] = {SLICE("PING")};
    enum redis_fault fault;
    start((const char *const[]){"--requirepass", "hush-hush", NULL});
    log_in("", "hush-hush");
    cr_expect_null(run(&fault, ping, 1));
    log_in("", "hush-hush-not");
    assert_refused(ping, 1, ": refuses the password (WRONGPASS ");
    log_in("nobody", "hush-hush");
    assert_refused(ping, 1, ": refuses the password of user \"nobody\" (WRONGPASS ");
    log_in("", "");
    assert_refused(ping, 1, ": refuses PING: NOAUTH ");
    options.url.database = 1;
    assert_refused(ping, 1, ": refuses SELECT: NOAUTH ");
}

Test(redis_real, a_password_where_none_is_wanted_is_told)
{
    const struct slice ping[] = {SLICE("PING")};
    start((const char *const[]){NULL});
    log_in("", "hush-hush");
    assert_refused(ping, 1, ": refuses the password (ERR AUTH <password> called without any password configured");
}

Test(redis_real, a_right_that_is_missing_is_told_with_its_command)
{
    const struct slice get[] = {SLICE("GET"), SLICE("promogate:{main}:root")}, other[] = {SLICE("GET"), SLICE("else")},
                       set[] = {SLICE("SET"), SLICE("promogate:{main}:root"), SLICE("x")};
    enum redis_fault fault;
    start(
        (const char *const[]){"--user", "reader", "on", ">hush-hush", "~promogate:*", "-@all", "+get", "+auth", NULL});
    log_in("reader", "hush-hush");
    cr_expect_null(run(&fault, get, 2));
    assert_refused(set, 3, ": refuses SET: NOPERM ");
    assert_refused(other, 2, ": refuses GET: NOPERM ");
    options.url.database = 1;
    assert_refused(get, 2, ": refuses SELECT: NOPERM ");
}

Test(redis_real, a_database_that_is_not_there_is_told)
{
    const struct slice ping[] = {SLICE("PING")};
    enum redis_fault fault;
    start((const char *const[]){NULL});
    options.url.database = 9999;
    const char *reason = run(&fault, ping, 1);
    cr_assert(reason != NULL);
    cr_expect(strstr(reason, "refuses SELECT: ERR DB index is out of range") != NULL, "%s", reason);
}

Test(redis_real, more_clients_than_it_takes_is_told)
{
    const struct slice ping[] = {SLICE("PING")};
    enum redis_fault fault;
    start((const char *const[]){"--maxclients", "1", NULL});
    struct redis_client *first = redis_client_create(&options);
    struct redis_reply *reply = NULL;
    for (int i = 0; i < 1000 && !redis_client_call(first, ping, 1, &reply);
         i++) { /* the probe of the start is in the way */
    }
    cr_assert(reply != NULL);
    redis_reply_free(reply);
    const char *reason = run(&fault, ping, 1);
    cr_assert(reason != NULL);
    cr_expect(strstr(reason, "ERR max number of clients reached") != NULL ||
                  strstr(reason, "closed the connection") != NULL || strstr(reason, "reset by peer") != NULL,
              "%s", reason);
    redis_client_free(first);
}

Test(redis_real, the_slow_log_names_the_trace)
{
    start((const char *const[]){"--slowlog-log-slower-than", "0", NULL});
    struct redis_client *client = redis_client_create(&options);
    const struct slice get[] = {SLICE("GET"), SLICE("traced")},
                       slowlog[] = {SLICE("SLOWLOG"), SLICE("GET"), SLICE("1")};
    struct redis_reply *reply;
    redis_client_set_trace(client, "0123456789abcdef0123456789abcdef");
    cr_assert(redis_client_call(client, get, 2, &reply));
    redis_reply_free(reply);
    cr_assert(redis_client_call(client, slowlog, 3, &reply));
    const struct redis_reply *entry = redis_reply_item(reply, 0);
    cr_assert_eq(redis_reply_count(entry), 6);
    cr_expect(
        slice_equals(redis_reply_text(redis_reply_item(entry, 5)), SLICE("test/0123456789abcdef0123456789abcdef")));
    redis_reply_free(reply);
    redis_client_free(client);
}
