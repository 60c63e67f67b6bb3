/* redis_client and Sentinels. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#include "redis_claims.h"

TestSuite(redis_sentinel, .init = ignore_pipes, .timeout = 60);

/* What a Sentinel says of this server. */
static const char *address_of(const struct scripted_server *server)
{
    const char *port = lasting("%u", scripted_server_endpoint(server).port);
    return lasting("*2\r\n$9\r\n127.0.0.1\r\n$%zu\r\n%s\r\n", strlen(port), port);
}

static struct scripted_server *open_sentinel(const char *reply)
{
    return open_answering("SENTINEL get-master-addr-by-name mymaster", reply);
}

static struct redis_client_options *sentinel_options(const struct redis_endpoint *sentinels, uint32_t count)
{
    struct redis_client_options *options = client_options_to(sentinels);
    memcpy(options->url.endpoints, sentinels, count * sizeof(*sentinels));
    options->url.endpoint_count = count;
    options->url.is_sentinel = true;
    snprintf(options->url.master, sizeof(options->url.master), "mymaster");
    snprintf(options->url.password, sizeof(options->url.password), "hush");
    return options;
}

Test(redis_sentinel, the_master_is_who_a_sentinel_names)
{
    struct scripted_server *master = open_answering("GET", "+master\r\n"),
                           *sentinel = open_sentinel(address_of(master));
    struct redis_endpoint endpoint = scripted_server_endpoint(sentinel);
    struct redis_client *client = redis_client_create(sentinel_options(&endpoint, 1));
    assert_gets(client, "master");
    assert_gets(client, "master");
    cr_expect_eq(scripted_server_heard(sentinel, "SENTINEL"), 1);
    cr_expect_eq(scripted_server_heard(sentinel, "AUTH"), 0, "Sentinels are no business of that password");
    cr_expect_eq(scripted_server_heard(master, "AUTH hush"), 1);
    redis_client_free(client);
    scripted_server_close(sentinel);
    scripted_server_close(master);
}

Test(redis_sentinel, one_sentinel_that_knows_is_enough)
{
    struct scripted_server *master = open_answering("GET", "+master\r\n"), *knows = open_sentinel(address_of(master));
    struct scripted_server *knows_not = open_sentinel("*-1\r\n"), *silent = open_sentinel("");
    struct redis_endpoint endpoints[] = {scripted_server_endpoint(knows_not), scripted_server_nobody(),
                                         scripted_server_endpoint(silent), scripted_server_endpoint(knows)};
    for (int i = 0; i < 4; i++) { /* whichever is the first */
        struct redis_client *client = redis_client_create(sentinel_options(endpoints, 4));
        assert_gets(client, "master");
        redis_client_free(client);
    }
    scripted_server_close(silent);
    scripted_server_close(knows_not);
    scripted_server_close(knows);
    scripted_server_close(master);
}

Test(redis_sentinel, after_a_failover_the_sentinels_are_asked_again)
{
    static const struct scripted_rule demoted[] = {{.on = "GET", .say = "-READONLY You can't write\r\n"}};
    struct scripted_server *old = open_answering("GET", "+old\r\n"), *new = open_answering("GET", "+new\r\n");
    const struct scripted_rule says_old[] = {{.on = "SENTINEL", .say = address_of(old)}};
    const struct scripted_rule says_new[] = {{.on = "SENTINEL", .say = address_of(new)}};
    struct scripted_server *sentinel = scripted_server_open(RULES(says_old));
    struct redis_endpoint endpoint = scripted_server_endpoint(sentinel);
    struct redis_client *client = redis_client_create(sentinel_options(&endpoint, 1));
    assert_gets(client, "old");
    scripted_server_tell(sentinel, RULES(says_new));
    scripted_server_tell(old, RULES(demoted));
    assert_fails(client, REDIS_FAULT_READONLY, "(master mymaster): refuses GET: READONLY");
    assert_gets(client, "new");
    redis_client_free(client);
    scripted_server_close(sentinel);
    scripted_server_close(old);
    scripted_server_close(new);
}

static bool is_text(struct redis_reply *reply, const char *text)
{
    bool is = slice_equals(redis_reply_text(reply), slice_of(text));
    redis_reply_free(reply);
    return is;
}

Test(redis_sentinel, a_master_that_moved_is_followed_though_the_old_one_still_answers)
{
    struct scripted_server *old = open_answering("GET", "+old\r\n"), *new = open_answering("GET", "+new\r\n");
    const struct scripted_rule says_old[] = {{.on = "SENTINEL", .say = address_of(old)}};
    const struct scripted_rule says_new[] = {{.on = "SENTINEL", .say = address_of(new)}};
    struct scripted_server *sentinel = scripted_server_open(RULES(says_old));
    struct redis_endpoint endpoint = scripted_server_endpoint(sentinel);
    struct redis_client *client = redis_client_create(sentinel_options(&endpoint, 1));
    assert_gets(client, "old");
    scripted_server_tell(sentinel, RULES(says_new));
    struct timespec moment = {.tv_nsec = 100000000};
    int64_t until_ms = redis_link_now_ms() + REDIS_CLIENT_RESOLVE_MS + CLAIM_TIMEOUT_MS;
    struct redis_reply *reply;
    while (get(client, &reply) && !is_text(reply, "new")) {
        cr_assert_lt(redis_link_now_ms(), until_ms);
        nanosleep(&moment, NULL);
    }
    cr_expect_eq(redis_client_fault(client), REDIS_FAULT_NONE, "%s", redis_client_reason(client));
    redis_client_free(client);
    scripted_server_close(sentinel);
    scripted_server_close(old);
    scripted_server_close(new);
}

Test(redis_sentinel, sentinels_that_went_away_do_not_disturb_the_link_there_is)
{
    struct scripted_server *master = open_answering("GET", "+master\r\n"),
                           *sentinel = open_sentinel(address_of(master));
    struct redis_endpoint endpoint = scripted_server_endpoint(sentinel);
    struct redis_client *client = redis_client_create(sentinel_options(&endpoint, 1));
    assert_gets(client, "master");
    scripted_server_close(sentinel);
    struct timespec moment = {.tv_nsec = 500000000};
    int64_t until_ms = redis_link_now_ms() + REDIS_CLIENT_RESOLVE_MS + 2 * CLAIM_TIMEOUT_MS;
    while (redis_link_now_ms() < until_ms) {
        assert_gets(client, "master");
        nanosleep(&moment, NULL);
    }
    cr_expect_eq(scripted_server_connections(master), 1);
    redis_client_free(client);
    scripted_server_close(master);
}

Test(redis_sentinel, what_sentinels_do_not_say_is_told)
{
    static const struct {
        const char *say, *words;
        enum redis_fault fault;
    } rows[] = {
        {"*-1\r\n", " knows no master mymaster", REDIS_FAULT_OTHER},
        {"*1\r\n$1\r\nx\r\n", " knows no master mymaster", REDIS_FAULT_OTHER},
        {"*2\r\n$1\r\nx\r\n$1\r\nx\r\n", " knows no master mymaster", REDIS_FAULT_OTHER},
        {"*2\r\n$-1\r\n$-1\r\n", " knows no master mymaster", REDIS_FAULT_OTHER},
        {"-NOAUTH Authentication required.\r\n",
         "NOAUTH Authentication required. (Sentinels are asked without a password)", REDIS_FAULT_DENIED},
        {"-ERR unknown command\r\n", " refuses SENTINEL get-master-addr-by-name: ERR unknown command",
         REDIS_FAULT_OTHER},
        {"", " does not answer in time", REDIS_FAULT_DOWN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scripted_server *sentinel = open_sentinel(rows[i].say);
        struct redis_endpoint endpoint = scripted_server_endpoint(sentinel);
        struct redis_client *client = redis_client_create(sentinel_options(&endpoint, 1));
        assert_fails(client, rows[i].fault, rows[i].words);
        cr_expect(strncmp(redis_client_reason(client), "Sentinel 127.0.0.1:", 19) == 0, "%s",
                  redis_client_reason(client));
        redis_client_free(client);
        scripted_server_close(sentinel);
    }
}
