/* redis_client and the replicas of its server. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "redis_claims.h"

TestSuite(redis_replicas, .init = ignore_pipes, .timeout = 60);

static struct redis_client *client_with(enum redis_role role, const struct scripted_server *primary,
                                        const struct redis_endpoint *replicas, uint32_t count)
{
    struct redis_endpoint endpoint = scripted_server_endpoint(primary);
    struct redis_client_options *options = client_options_to(&endpoint);
    memcpy(options->url.replicas, replicas, count * sizeof(*replicas));
    options->url.replica_count = count;
    options->role = role;
    return redis_client_create(options);
}

Test(redis_replicas, readers_go_to_a_replica_and_writers_to_the_primary)
{
    struct scripted_server *primary = open_answering("GET", "+primary\r\n"),
                           *replica = open_answering("GET", "+replica\r\n");
    struct redis_endpoint endpoint = scripted_server_endpoint(replica);
    struct redis_client *reader = client_with(REDIS_READER, primary, &endpoint, 1);
    struct redis_client *writer = client_with(REDIS_WRITER, primary, &endpoint, 1);
    assert_gets(reader, "replica");
    assert_gets(writer, "primary");
    redis_client_free(reader);
    redis_client_free(writer);
    scripted_server_close(primary);
    scripted_server_close(replica);
}

Test(redis_replicas, readers_spread_over_the_replicas)
{
    enum { CLIENTS = 40 };
    struct scripted_server *primary = open_answering("GET", "+primary\r\n"), *one = open_answering("GET", "+1\r\n"),
                           *two = open_answering("GET", "+1\r\n");
    struct redis_endpoint endpoints[] = {scripted_server_endpoint(one), scripted_server_endpoint(two)};
    for (int i = 0; i < CLIENTS; i++) {
        struct redis_client *client = client_with(REDIS_READER, primary, endpoints, 2);
        assert_gets(client, "1");
        redis_client_free(client);
    }
    cr_expect_gt(scripted_server_connections(one), 0);
    cr_expect_gt(scripted_server_connections(two), 0);
    cr_expect_eq(scripted_server_connections(primary), 0);
    scripted_server_close(primary);
    scripted_server_close(one);
    scripted_server_close(two);
}

Test(redis_replicas, without_its_replicas_a_reader_goes_to_the_primary_at_once)
{
    struct scripted_server *primary = open_answering("GET", "+primary\r\n");
    struct redis_endpoint nobody[] = {scripted_server_nobody(), scripted_server_nobody()};
    struct redis_client *client = client_with(REDIS_READER, primary, nobody, 2);
    struct redis_traffic traffic;
    assert_gets(client, "primary");
    redis_client_traffic(client, &traffic);
    cr_expect_eq(traffic.failures, 0);
    cr_expect_eq(traffic.connects, 3);
    redis_client_free(client);
    scripted_server_close(primary);
}

Test(redis_replicas, a_replica_that_loads_or_lost_its_master_is_left_within_the_exchange)
{
    static const char *const words[] = {"-LOADING Redis is loading\r\n", "-MASTERDOWN Link is down\r\n"};
    for (int i = 0; i < 2; i++) {
        struct scripted_server *primary = open_answering("GET", "+primary\r\n"),
                               *replica = open_answering("GET", words[i]);
        struct redis_endpoint endpoint = scripted_server_endpoint(replica);
        struct redis_client *client = client_with(REDIS_READER, primary, &endpoint, 1);
        assert_gets(client, "primary");
        cr_expect_eq(scripted_server_heard(replica, "GET"), 1);
        redis_client_free(client);
        scripted_server_close(primary);
        scripted_server_close(replica);
    }
}

Test(redis_replicas, a_primary_that_loads_is_left_alone)
{
    struct scripted_server *primary = open_answering("GET", "-LOADING Redis is loading\r\n");
    struct redis_endpoint nobody = scripted_server_nobody();
    struct redis_client *client = client_with(REDIS_READER, primary, &nobody, 1);
    assert_fails(client, REDIS_FAULT_LOADING, "refuses GET: LOADING");
    cr_expect_eq(scripted_server_heard(primary, "GET"), 1);
    redis_client_free(client);
    scripted_server_close(primary);
}

Test(redis_replicas, a_replica_that_is_silent_leaves_time_for_the_primary)
{
    static const struct scripted_rule silent[] = {{.on = "", .say = ""}};
    struct scripted_server *primary = open_answering("GET", "+primary\r\n"),
                           *replica = scripted_server_open(RULES(silent));
    struct redis_endpoint endpoint = scripted_server_endpoint(primary);
    struct redis_client_options *options = client_options_to(&endpoint);
    options->url.replicas[0] = scripted_server_endpoint(replica);
    options->url.replica_count = 1;
    snprintf(options->name, sizeof(options->name), "named"); /* so that a replica has to answer */
    struct redis_client *client = redis_client_create(options);
    int64_t begin_ms = redis_link_now_ms();
    assert_gets(client, "primary");
    cr_expect_leq(redis_link_now_ms() - begin_ms, CLAIM_TIMEOUT_MS / 2 + CLAIM_TOLERANCE_MS);
    redis_client_free(client);
    scripted_server_close(primary);
    scripted_server_close(replica);
}

Test(redis_replicas, a_reader_can_be_sent_to_the_primary_until_it_is_let_back_or_fails)
{
    struct scripted_server *primary = open_answering("GET", "+primary\r\n"),
                           *replica = open_answering("GET", "+replica\r\n");
    static const struct scripted_rule bad[] = {{.on = "GET", .say = "-LOADING Redis is loading\r\n"}};
    struct redis_endpoint endpoint = scripted_server_endpoint(replica);
    struct redis_client *client = client_with(REDIS_READER, primary, &endpoint, 1);
    assert_gets(client, "replica");
    redis_client_use_primary(client);
    assert_gets(client, "primary");
    assert_gets(client, "primary");
    redis_client_use_replicas(client);
    assert_gets(client, "replica");
    redis_client_use_primary(client);
    scripted_server_tell(primary, RULES(bad));
    assert_fails(client, REDIS_FAULT_LOADING, "LOADING");
    assert_gets(client, "replica");
    redis_client_free(client);
    scripted_server_close(primary);
    scripted_server_close(replica);
}
