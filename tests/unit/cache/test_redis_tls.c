/* redis_tls: with a redis-server that speaks it, where this build does; else that it says so. */
#include "cache/redis_tls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "real_redis.h"
#include "redis_claims.h"
#include "scratch.h"

#ifndef PROMOGATE_REDIS_TLS

TestSuite(redis_tls, .init = ignore_pipes, .timeout = 60);

Test(redis_tls, a_build_without_it_says_so_before_anything_is_sent)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_link_options options = link_options_to(&endpoint);
    options.tls.is_on = true;
    struct redis_link_failure failure = link_is_refused(&options, CLAIM_TIMEOUT_MS);
    cr_expect_str_eq(failure.reason,
                     "this build cannot speak TLS to Redis: it has hiredis 0.14, TLS needs 1.0 or later "
                     "with hiredis_ssl (or a TLS tunnel beside it)");
    cr_expect_eq(failure.fault, REDIS_FAULT_DOWN);
    cr_expect_eq(scripted_server_connections(server), 0);
    scripted_server_close(server);
}

#else

enum { LONG_MS = 5000 };

static struct scratch scratch;
static struct real_redis redis;

static const char *file(const char *name)
{
    return lasting("%s", scratch_path(&scratch, name));
}

/* NAME.pem and NAME.key, signed by themselves, made out for those names. */
static void make_certificate(const char *name, const char *names)
{
    char command[1024];
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=%s "
             "-addext subjectAltName=%s -keyout %s/%s.key -out %s/%s.pem 2>/dev/null",
             name, names, scratch.path, name, scratch.path, name);
    cr_assert_eq(system(command), 0, "%s", command);
}

static void start(const char *certificate, const char *auth_clients)
{
    real_redis_start(&redis, (const char *const[]){"--port", "0", "--tls-port", REAL_REDIS_PORT, "--tls-cert-file",
                                                   file(lasting("%s.pem", certificate)), "--tls-key-file",
                                                   file(lasting("%s.key", certificate)), "--tls-ca-cert-file",
                                                   file("us.pem"), "--tls-auth-clients", auth_clients, NULL});
}

static void prepare(void)
{
    ignore_pipes();
    if (!real_redis_is_installed()) {
        cr_skip_test("redis-server is not installed");
    }
    scratch_make(&scratch);
    make_certificate("server", "IP:127.0.0.1,DNS:localhost");
    make_certificate("other", "IP:127.0.0.2,DNS:elsewhere.example");
    make_certificate("us", "DNS:gateway");
}

static void stop(void)
{
    if (redis.process > 0) {
        real_redis_stop(&redis);
    }
    scratch_remove(&scratch);
}

TestSuite(redis_tls, .init = prepare, .fini = stop, .timeout = 120);

/* To be used at once. */
static struct redis_link_options options_to(const char *host)
{
    static struct redis_endpoint endpoint;
    endpoint.port = redis.port;
    snprintf(endpoint.host, sizeof(endpoint.host), "%s", host);
    struct redis_link_options options = link_options_to(&endpoint);
    options.client_name = "name";
    options.tls.is_on = true;
    options.tls.ca_file = file("server.pem");
    return options;
}

static void assert_opens(const struct redis_link_options *options)
{
    struct redis_link_failure failure = {0};
    struct redis_link *link = redis_link_open(options, redis_link_now_ms() + LONG_MS, &failure);
    cr_expect(link != NULL, "%s", failure.reason);
    redis_link_close(link);
}

static void assert_refused(const struct redis_link_options *options, const char *words)
{
    struct redis_link_failure failure = link_is_refused(options, LONG_MS);
    cr_expect(strstr(failure.reason, words) != NULL, "%s", failure.reason);
    cr_expect_eq(failure.fault, REDIS_FAULT_DOWN);
}

Test(redis_tls, a_server_is_taken_for_the_address_or_the_name_of_its_certificate)
{
    start("server", "no");
    struct redis_link_options options = options_to("127.0.0.1");
    assert_opens(&options);
    options = options_to("localhost");
    assert_opens(&options);
}

Test(redis_tls, a_certificate_of_an_authority_that_is_not_trusted_is_refused)
{
    start("server", "no");
    struct redis_link_options options = options_to("127.0.0.1");
    options.tls.ca_file = ""; /* the system's */
    assert_refused(&options, "shows a certificate that is not trusted: self-signed certificate");
    options.tls.ca_file = file("us.pem");
    assert_refused(&options, "shows a certificate that is not trusted: self-signed certificate");
}

Test(redis_tls, a_certificate_of_somebody_else_is_refused)
{
    start("other", "no");
    struct redis_link_options options = options_to("127.0.0.1");
    options.tls.ca_file = file("other.pem");
    assert_refused(&options, "shows a certificate that is not trusted: IP address mismatch");
    options = options_to("localhost");
    options.tls.ca_file = file("other.pem");
    assert_refused(&options, "shows a certificate that is not trusted: hostname mismatch");
}

Test(redis_tls, a_server_that_asks_who_we_are_is_shown_our_certificate)
{
    start("server", "yes");
    struct redis_link_options options = options_to("127.0.0.1");
    struct redis_link_failure failure = link_is_refused(&options, LONG_MS);
    cr_expect(strstr(failure.reason, "(does it want a certificate of ours?)") != NULL, "%s", failure.reason);
    options.tls.cert_file = file("us.pem");
    options.tls.key_file = file("us.key");
    assert_opens(&options);
}

Test(redis_tls, files_that_cannot_be_read_are_told)
{
    start("server", "no");
    struct redis_link_options options = options_to("127.0.0.1");
    options.tls.ca_file = "/nowhere.pem";
    assert_refused(&options, "the certificates of ca_file cannot be read");
    options = options_to("127.0.0.1");
    options.tls.cert_file = "/nowhere.pem";
    assert_refused(&options, "the certificate of cert_file cannot be read");
    options.tls.cert_file = file("us.pem");
    options.tls.key_file = file("other.key");
    assert_refused(&options, "the key of key_file cannot be read, or is of another certificate");
}

Test(redis_tls, large_values_go_both_ways_and_the_link_is_quiet_between)
{
    enum { COMMANDS = 32, VALUE_BYTES = 60000 };
    static char value[VALUE_BYTES];
    start("server", "no");
    struct redis_endpoint endpoint = {.host = "127.0.0.1", .port = redis.port};
    struct redis_client_options *options = client_options_to(&endpoint);
    options->url.is_tls = true;
    options->connect_timeout_ms = options->command_timeout_ms = LONG_MS;
    snprintf(options->ca_file, sizeof(options->ca_file), "%s", file("server.pem"));
    struct redis_client *client = redis_client_create(options);
    const struct slice set[] = {SLICE("SET"), SLICE("key"), {value, sizeof(value)}},
                       get_it[] = {SLICE("GET"), SLICE("key")};
    struct redis_command commands[2 * COMMANDS];
    struct redis_reply *replies[2 * COMMANDS];
    for (int i = 0; i < COMMANDS; i++) {
        commands[2 * i] = (struct redis_command){set, 3};
        commands[2 * i + 1] = (struct redis_command){get_it, 2};
    }
    for (int round = 0; round < 3; round++) {
        cr_assert(redis_client_exchange(client, commands, 2 * COMMANDS, replies), "%s", redis_client_reason(client));
        for (int i = 0; i < 2 * COMMANDS; i++) {
            cr_expect_eq(redis_reply_text(replies[i]).length, i % 2 == 0 ? 2 : VALUE_BYTES);
            redis_reply_free(replies[i]);
        }
    }
    struct redis_traffic traffic;
    redis_client_traffic(client, &traffic);
    cr_expect_eq(traffic.connects, 1);
    redis_client_free(client);
}

Test(redis_tls, a_server_without_it_or_without_a_word_ends_by_the_deadline)
{
    static const struct scripted_rule plain[] = {{.on = NULL, .say = "-ERR what?\r\n"}},
                                      silent[] = {{.on = "", .say = ""}};
    start("server", "no");
    for (int i = 0; i < 2; i++) {
        struct scripted_server *server = scripted_server_open(i == 0 ? plain : silent, 1);
        struct redis_endpoint endpoint = scripted_server_endpoint(server);
        struct redis_link_options options = options_to("127.0.0.1");
        options.endpoint = &endpoint;
        struct redis_link_failure failure = link_is_refused(&options, CLAIM_TIMEOUT_MS);
        cr_expect(strstr(failure.reason, i == 0 ? "does not agree on TLS: " : "does not answer in time") != NULL, "%s",
                  failure.reason);
        scripted_server_close(server);
    }
}

Test(redis_tls, a_plain_command_to_a_server_that_wants_it_is_a_failure)
{
    start("server", "no");
    struct redis_link_options options = options_to("127.0.0.1");
    options.tls.is_on = false;
    struct redis_link_failure failure = link_is_refused(&options, LONG_MS);
    cr_expect(strstr(failure.reason, "closed the connection") != NULL ||
                  strstr(failure.reason, "reset by peer") != NULL,
              "%s", failure.reason);
}

#endif
