#include "cache/redis_client.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "redis_claims.h"
#include "scratch.h"

TestSuite(redis_client, .init = ignore_pipes, .timeout = 60);

/* A server with these rules and a client of it. */
struct pair {
    struct scripted_server *server;
    struct redis_client *client;
};

static struct pair open_pair(const struct scripted_rule *rules, uint32_t count)
{
    struct scripted_server *server = scripted_server_open(rules, count);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_client_options *options = client_options_to(&endpoint);
    snprintf(options->name, sizeof(options->name), "test/host");
    return (struct pair){server, redis_client_create(options)};
}

static void close_pair(const struct pair *pair)
{
    redis_client_free(pair->client);
    scripted_server_close(pair->server);
}

/* Exchanges */

Test(redis_client, an_exchange_gives_a_reply_for_each_command_over_one_connection)
{
    static const struct scripted_rule rules[] = {{.on = "GET a", .say = "+1\r\n"}, {.on = "GET b", .say = "$-1\r\n"}};
    struct pair pair = open_pair(RULES(rules));
    const struct slice a[] = {SLICE("GET"), SLICE("a")}, b[] = {SLICE("GET"), SLICE("b")};
    const struct redis_command commands[] = {{a, 2}, {b, 2}};
    struct redis_reply *replies[2];
    for (int i = 0; i < 3; i++) {
        cr_assert(redis_client_exchange(pair.client, commands, 2, replies));
        cr_expect(slice_equals(redis_reply_text(replies[0]), SLICE("1")));
        cr_expect_eq(redis_reply_kind(replies[1]), REDIS_REPLY_NIL);
        redis_reply_free(replies[0]);
        redis_reply_free(replies[1]);
    }
    cr_expect_eq(scripted_server_connections(pair.server), 1);
    close_pair(&pair);
}

Test(redis_client, every_class_of_fault_is_told_with_the_command_and_the_words_of_the_server)
{
    static const struct {
        const char *say, *reason;
        enum redis_fault fault;
    } rows[] = {
        {"-LOADING Redis is loading\r\n", "refuses GET: LOADING Redis is loading", REDIS_FAULT_LOADING},
        {"-MASTERDOWN Link is down\r\n", "refuses GET: MASTERDOWN Link is down", REDIS_FAULT_LOADING},
        {"-CLUSTERDOWN The cluster is down\r\n", "refuses GET: CLUSTERDOWN The cluster is down", REDIS_FAULT_LOADING},
        {"-READONLY You can't\r\n", "refuses GET: READONLY You can't", REDIS_FAULT_READONLY},
        {"-NOAUTH Authentication required.\r\n", "refuses GET: NOAUTH Authentication required.", REDIS_FAULT_DENIED},
        {"-NOPERM no right\r\n", "refuses GET: NOPERM no right", REDIS_FAULT_DENIED},
        {"-WRONGTYPE wrong\r\n", "refuses GET: WRONGTYPE wrong", REDIS_FAULT_OTHER},
        {"-MOVED\r\n", "refuses GET: MOVED", REDIS_FAULT_OTHER},
        {"", "does not answer in time", REDIS_FAULT_DOWN},
        {"*2147483647\r\n", "broke the protocol: an array of more than 1024 items or 7 levels, or a type of RESP3",
         REDIS_FAULT_DOWN},
        {"+OK\r\n+OK\r\n", "sends more replies than it was asked for", REDIS_FAULT_DOWN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct scripted_rule rule = {.on = "GET", .say = rows[i].say, .times = 1};
        struct pair pair = open_pair(&rule, 1);
        assert_fails(pair.client, rows[i].fault, rows[i].reason);
        assert_gets(pair.client, "OK");
        close_pair(&pair);
    }
}

Test(redis_client, one_refused_command_fails_the_exchange)
{
    static const struct scripted_rule rules[] = {{.on = "GET b", .say = "-WRONGTYPE no\r\n"}};
    struct pair pair = open_pair(RULES(rules));
    const struct slice a[] = {SLICE("GET"), SLICE("a")}, b[] = {SLICE("GET"), SLICE("b")};
    const struct redis_command commands[] = {{a, 2}, {b, 2}, {a, 2}};
    struct redis_reply *replies[3];
    cr_expect_not(redis_client_exchange(pair.client, commands, 3, replies));
    cr_expect_eq(redis_client_fault(pair.client), REDIS_FAULT_OTHER);
    close_pair(&pair);
}

Test(redis_client, an_exchange_has_one_deadline_for_all_its_replies)
{
    static const struct scripted_rule rules[] = {{.on = "GET", .say = "+slow\r\n", .delay_ms = CLAIM_TIMEOUT_MS / 5}};
    struct pair pair = open_pair(RULES(rules));
    const struct slice a[] = {SLICE("GET"), SLICE("a")};
    const struct redis_command commands[] = {{a, 2}, {a, 2}, {a, 2}, {a, 2}, {a, 2}, {a, 2}, {a, 2}, {a, 2}};
    struct redis_reply *replies[8];
    int64_t begin_ms = redis_link_now_ms();
    cr_expect_not(redis_client_exchange(pair.client, commands, 8, replies));
    cr_expect_leq(redis_link_now_ms() - begin_ms, CLAIM_TIMEOUT_MS + CLAIM_TOLERANCE_MS);
    close_pair(&pair);
}

/* Links that end */

Test(redis_client, a_connection_that_ended_while_idle_is_replaced_without_a_failure)
{
    struct pair pair = open_pair(NULL, 0);
    struct redis_traffic traffic;
    for (int i = 1; i <= 3; i++) {
        assert_gets(pair.client, "OK");
        scripted_server_hang_up(pair.server);
    }
    redis_client_traffic(pair.client, &traffic);
    cr_expect_eq(traffic.failures, 0);
    cr_expect_eq(traffic.connects, 3);
    close_pair(&pair);
}

Test(redis_client, bytes_that_nobody_asked_for_end_the_connection_before_the_next_command)
{
    struct pair pair = open_pair(NULL, 0);
    assert_gets(pair.client, "OK");
    struct redis_link *witness = redis_client_open_link(pair.client); /* hears it too, after the other */
    scripted_server_shout(pair.server, "+A LATE ANSWER\r\n");
    cr_assert(scratch_wait_for(!redis_link_is_quiet(witness)));
    assert_gets(pair.client, "OK");
    cr_expect_eq(scripted_server_connections(pair.server), 3);
    redis_link_close(witness);
    close_pair(&pair);
}

Test(redis_client, an_end_in_the_middle_of_an_exchange_is_a_failure_and_nothing_is_sent_twice)
{
    static const struct scripted_rule rules[] = {{.on = "SET", .say = "+O", .then = SCRIPTED_CLOSE}};
    struct pair pair = open_pair(RULES(rules));
    const struct slice set[] = {SLICE("SET"), SLICE("key"), SLICE("value")};
    struct redis_reply *reply = NULL;
    cr_expect_not(redis_client_call(pair.client, set, 3, &reply));
    cr_expect_eq(redis_client_fault(pair.client), REDIS_FAULT_DOWN);
    cr_expect_eq(scripted_server_heard(pair.server, "SET"), 1);
    close_pair(&pair);
}

Test(redis_client, a_server_that_is_away_is_told_and_found_again)
{
    struct redis_endpoint nobody = scripted_server_nobody();
    struct redis_client *client = redis_client_create(client_options_to(&nobody));
    struct redis_reply *reply = NULL;
    char expected[REDIS_CLIENT_REASON_BYTES];
    cr_expect_not(get(client, &reply));
    snprintf(expected, sizeof(expected), "127.0.0.1:%u: cannot be reached: Connection refused", nobody.port);
    cr_expect_str_eq(redis_client_reason(client), expected);
    cr_expect_eq(redis_client_fault(client), REDIS_FAULT_DOWN);
    cr_expect_null(redis_client_open_link(client));
    redis_client_free(client);
}

/* Names */

Test(redis_client, a_trace_is_in_the_name_of_a_new_connection)
{
    struct pair pair = open_pair(NULL, 0);
    redis_client_set_trace(pair.client, "0123456789abcdef0123456789abcdef");
    assert_gets(pair.client, "OK");
    cr_expect_eq(scripted_server_heard(pair.server, "CLIENT SETNAME test/host/0123456789abcdef0123456789abcdef"), 1);
    cr_expect_eq(scripted_server_heard(pair.server, "CLIENT"), 1);
    close_pair(&pair);
}

Test(redis_client, a_trace_renames_the_connection_there_is_with_the_next_exchange)
{
    struct pair pair = open_pair(NULL, 0);
    assert_gets(pair.client, "OK");
    redis_client_set_trace(pair.client, "t1");
    cr_expect_eq(scripted_server_heard(pair.server, "CLIENT"), 1);
    assert_gets(pair.client, "OK");
    assert_gets(pair.client, "OK");
    cr_expect_eq(scripted_server_heard(pair.server, "CLIENT SETNAME test/host/t1"), 1);
    cr_expect_eq(scripted_server_heard(pair.server, "CLIENT"), 2);
    cr_expect_eq(scripted_server_connections(pair.server), 1);
    close_pair(&pair);
}

Test(redis_client, a_name_that_is_denied_does_not_disturb_the_exchange)
{
    static const struct scripted_rule rules[] = {{.on = "CLIENT", .say = "-NOPERM no\r\n"},
                                                 {.on = "GET", .say = "+mine\r\n"}};
    struct pair pair = open_pair(RULES(rules));
    assert_gets(pair.client, "mine");
    redis_client_set_trace(pair.client, "t1");
    assert_gets(pair.client, "mine");
    close_pair(&pair);
}

/* Logins */

Test(redis_client, the_password_file_is_read_at_every_connect)
{
    static const struct scripted_rule new[] = {{.on = "AUTH gateway new", .say = "+OK\r\n"},
                                               {.on = "AUTH", .say = "-WRONGPASS no\r\n"}};
    struct scratch scratch;
    scratch_make(&scratch);
    scratch_write(&scratch, "password", "old\n");
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_client_options *options = client_options_to(&endpoint);
    snprintf(options->password_file, sizeof(options->password_file), "%s", scratch_path(&scratch, "password"));
    snprintf(options->user, sizeof(options->user), "gateway");
    struct pair pair = {server, redis_client_create(options)};
    assert_gets(pair.client, "OK");
    cr_expect_eq(scripted_server_heard(server, "AUTH gateway old"), 1);
    scripted_server_tell(server, RULES(new));
    scripted_server_hang_up(server);
    assert_fails(pair.client, REDIS_FAULT_DENIED, "refuses the password of user \"gateway\" (WRONGPASS no)");
    scratch_write(&scratch, "password", "new\n");
    assert_gets(pair.client, "OK");
    cr_expect_eq(scripted_server_heard(server, "AUTH gateway new"), 1);
    close_pair(&pair);
    scratch_remove(&scratch);
}

Test(redis_client, a_password_file_that_cannot_be_read_is_told)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_client_options *options = client_options_to(&endpoint);
    snprintf(options->password_file, sizeof(options->password_file), "/nowhere/password");
    snprintf(options->url.password, sizeof(options->url.password), "of-the-url");
    struct pair pair = {server, redis_client_create(options)};
    assert_fails(pair.client, REDIS_FAULT_DENIED,
                 "the password file /nowhere/password cannot be read: No such file or directory");
    cr_expect_eq(scripted_server_connections(server), 0);
    close_pair(&pair);
}

Test(redis_client, the_user_of_the_options_goes_before_that_of_the_url)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_client_options *options = client_options_to(&endpoint);
    snprintf(options->user, sizeof(options->user), "ours");
    snprintf(options->url.user, sizeof(options->url.user), "theirs");
    snprintf(options->url.password, sizeof(options->url.password), "hush");
    options->url.database = 2;
    struct pair pair = {server, redis_client_create(options)};
    assert_gets(pair.client, "OK");
    cr_expect_eq(scripted_server_heard(server, "AUTH ours hush"), 1);
    cr_expect_eq(scripted_server_heard(server, "SELECT 2"), 1);
    close_pair(&pair);
}

Test(redis_client, a_link_of_its_own_logs_in_like_the_others)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_client_options *options = client_options_to(&endpoint);
    snprintf(options->name, sizeof(options->name), "test/host");
    snprintf(options->url.password, sizeof(options->url.password), "hush");
    struct pair pair = {server, redis_client_create(options)};
    struct redis_link *link = redis_client_open_link(pair.client);
    cr_assert(link != NULL, "%s", redis_client_reason(pair.client));
    cr_expect_eq(scripted_server_connections(server), 2);
    cr_expect_eq(scripted_server_heard(server, "AUTH hush"), 2);
    cr_expect_eq(scripted_server_heard(server, "CLIENT SETNAME test/host"), 2);
    redis_link_close(link);
    close_pair(&pair);
}

/* Traffic */

Test(redis_client, traffic_is_the_sum_over_all_links)
{
    struct pair pair = open_pair(NULL, 0);
    struct redis_traffic traffic;
    const uint64_t greeting = strlen("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$9\r\ntest/host\r\n"),
                   command = strlen("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"), reply = strlen("+OK\r\n");
    for (uint64_t i = 1; i <= 3; i++) {
        assert_gets(pair.client, "OK");
        redis_client_traffic(pair.client, &traffic);
        cr_expect_eq(traffic.bytes_out, i * (greeting + command));
        cr_expect_eq(traffic.bytes_in, i * 2 * reply);
        cr_expect_eq(traffic.exchanges, i);
        scripted_server_hang_up(pair.server);
    }
    close_pair(&pair);
    redis_client_free(NULL);
}
