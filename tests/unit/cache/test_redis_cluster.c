/* redis_client and a Cluster. */
#include <criterion/criterion.h>

#include "redis_claims.h"

TestSuite(redis_cluster, .init = ignore_pipes, .timeout = 60);

/* "-MOVED 3999 127.0.0.1:7000\r\n" */
static const char *redirect(const char *word, const struct scripted_server *server)
{
    return lasting("-%s 3999 127.0.0.1:%u\r\n", word, scripted_server_endpoint(server).port);
}

Test(redis_cluster, moved_is_followed_and_remembered)
{
    struct scripted_server *owner = open_answering("GET", "+owner\r\n");
    const struct scripted_rule rules[] = {{.on = "GET", .say = redirect("MOVED", owner)}};
    struct scripted_server *other = scripted_server_open(RULES(rules));
    struct redis_client *client = client_of(other);
    assert_gets(client, "owner");
    assert_gets(client, "owner");
    scripted_server_hang_up(owner);
    assert_gets(client, "owner");
    cr_expect_eq(scripted_server_heard(other, "GET"), 1);
    cr_expect_eq(scripted_server_connections(owner), 2);
    redis_client_free(client);
    scripted_server_close(other);
    scripted_server_close(owner);
}

Test(redis_cluster, an_owner_that_fails_is_forgotten_and_the_node_of_the_url_asked_again)
{
    static const struct scripted_rule down[] = {{.on = "GET", .say = "-CLUSTERDOWN The cluster is down\r\n"}};
    struct scripted_server *owner = open_answering("GET", "+owner\r\n"), *heir = open_answering("GET", "+heir\r\n");
    const struct scripted_rule rules[] = {{.on = "GET", .say = redirect("MOVED", owner), .times = 1},
                                          {.on = "GET", .say = redirect("MOVED", heir)}};
    struct scripted_server *other = scripted_server_open(RULES(rules));
    struct redis_client *client = client_of(other);
    assert_gets(client, "owner");
    scripted_server_tell(owner, RULES(down));
    assert_fails(client, REDIS_FAULT_LOADING, "refuses GET: CLUSTERDOWN");
    assert_gets(client, "heir");
    redis_client_free(client);
    scripted_server_close(other);
    scripted_server_close(owner);
    scripted_server_close(heir);
}

Test(redis_cluster, ask_is_followed_with_asking_before_each_command_and_not_remembered)
{
    struct scripted_server *heir = open_answering("GET", "+heir\r\n");
    const struct scripted_rule rules[] = {{.on = "GET", .say = redirect("ASK", heir), .times = 2},
                                          {.on = "GET", .say = "+owner\r\n"}};
    struct scripted_server *owner = scripted_server_open(RULES(rules));
    struct redis_client *client = client_of(owner);
    const struct slice get_key[] = {SLICE("GET"), SLICE("key")};
    const struct redis_command commands[] = {{get_key, 2}, {get_key, 2}};
    struct redis_reply *replies[2];
    cr_assert(redis_client_exchange(client, commands, 2, replies), "%s", redis_client_reason(client));
    for (int i = 0; i < 2; i++) {
        cr_expect(slice_equals(redis_reply_text(replies[i]), SLICE("heir")));
        redis_reply_free(replies[i]);
    }
    cr_expect_eq(scripted_server_heard(heir, "ASKING"), 2);
    assert_gets(client, "owner");
    redis_client_free(client);
    scripted_server_close(owner);
    scripted_server_close(heir);
}

Test(redis_cluster, what_one_node_has_done_is_not_done_again_by_another)
{
    struct scripted_server *heir = scripted_server_open(NULL, 0);
    const struct scripted_rule rules[] = {{.on = "SET b", .say = redirect("ASK", heir)}};
    struct scripted_server *owner = scripted_server_open(RULES(rules));
    struct redis_client *client = client_of(owner);
    const struct slice a[] = {SLICE("SET"), SLICE("a"), SLICE("1")}, b[] = {SLICE("SET"), SLICE("b"), SLICE("2")};
    const struct redis_command commands[] = {{a, 3}, {b, 3}, {a, 3}};
    struct redis_reply *replies[3];
    cr_assert(redis_client_exchange(client, commands, 3, replies), "%s", redis_client_reason(client));
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(redis_reply_kind(replies[i]), REDIS_REPLY_STRING);
        redis_reply_free(replies[i]);
    }
    cr_expect_eq(scripted_server_heard(owner, "SET a"), 2);
    cr_expect_eq(scripted_server_heard(heir, "SET a"), 0);
    cr_expect_eq(scripted_server_heard(heir, "SET b"), 1);
    redis_client_free(client);
    scripted_server_close(owner);
    scripted_server_close(heir);
}

/* A chain of nodes, each of which names the next; the last answers. */
static struct redis_client *chain(struct scripted_server **servers, int hops)
{
    servers[hops] = open_answering("GET", "+last\r\n");
    for (int i = hops - 1; i >= 0; i--) {
        servers[i] = open_answering("GET", redirect("MOVED", servers[i + 1]));
    }
    return client_of(servers[0]);
}

static void close_all(struct scripted_server **servers, int count)
{
    for (int i = 0; i < count; i++) {
        scripted_server_close(servers[i]);
    }
}

Test(redis_cluster, a_chain_of_redirections_stands_on_its_ceiling_and_not_past_it)
{
    struct scripted_server *servers[REDIS_CLIENT_HOPS_MAX + 2];
    struct redis_client *client = chain(servers, REDIS_CLIENT_HOPS_MAX);
    assert_gets(client, "last");
    redis_client_free(client);
    close_all(servers, REDIS_CLIENT_HOPS_MAX + 1);
    client = chain(servers, REDIS_CLIENT_HOPS_MAX + 1);
    assert_fails(client, REDIS_FAULT_OTHER, "redirects in circles");
    redis_client_free(client);
    close_all(servers, REDIS_CLIENT_HOPS_MAX + 2);
}

Test(redis_cluster, a_circle_ends)
{
    struct scripted_server *one = scripted_server_open(NULL, 0);
    const struct scripted_rule to_itself[] = {{.on = "GET", .say = redirect("MOVED", one)}};
    scripted_server_tell(one, RULES(to_itself));
    struct redis_client *client = client_of(one);
    assert_fails(client, REDIS_FAULT_OTHER, "redirects in circles");
    cr_expect_eq(scripted_server_heard(one, "GET"), REDIS_CLIENT_HOPS_MAX + 1);
    redis_client_free(client);
    scripted_server_close(one);
}

Test(redis_cluster, a_redirection_to_nobody_names_who_is_not_there)
{
    struct redis_endpoint nobody = scripted_server_nobody();
    const char *text = lasting("-MOVED 3999 :%u\r\n", nobody.port);
    const struct scripted_rule rules[] = {{.on = "GET", .say = text}};
    struct scripted_server *server = scripted_server_open(RULES(rules));
    struct redis_client *client = client_of(server);
    assert_fails(client, REDIS_FAULT_DOWN, lasting("127.0.0.1:%u: cannot be reached", nobody.port));
    redis_client_free(client);
    scripted_server_close(server);
}

Test(redis_cluster, redirections_do_not_lengthen_the_exchange)
{
    struct scripted_server *one = scripted_server_open(NULL, 0);
    const struct scripted_rule slowly[] = {
        {.on = "GET", .say = redirect("MOVED", one), .delay_ms = CLAIM_TIMEOUT_MS / 3}};
    scripted_server_tell(one, RULES(slowly));
    struct redis_client *client = client_of(one);
    struct redis_reply *reply = NULL;
    int64_t begin_ms = redis_link_now_ms();
    cr_expect_not(get(client, &reply));
    cr_expect_leq(redis_link_now_ms() - begin_ms, CLAIM_TIMEOUT_MS + CLAIM_TOLERANCE_MS);
    redis_client_free(client);
    scripted_server_close(one);
}
