#include "cache/redis_url.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(redis_url, .timeout = 60);

static struct redis_url parse(const char *text)
{
    struct redis_url url;
    const char *reason = "";
    cr_assert(redis_url_parse(slice_of(text), &url, &reason), "%s: %s", text, reason);
    return url;
}

static const char *refusal(const char *text)
{
    struct redis_url url;
    const char *reason = "it was taken";
    cr_assert_not(redis_url_parse(slice_of(text), &url, &reason), "%s", text);
    return reason;
}

static void assert_endpoint(const struct redis_endpoint *endpoint, const char *host, uint16_t port)
{
    cr_expect_str_eq(endpoint->host, host);
    cr_expect_eq(endpoint->port, port, "%u", endpoint->port);
}

Test(redis_url, one_server_has_a_host_a_port_a_database_and_a_namespace)
{
    struct redis_url url = parse("redis://redis.example.com:7000/3?namespace=shop-1");
    cr_expect_not(url.is_sentinel);
    cr_expect_not(url.is_tls);
    cr_expect_eq(url.endpoint_count, 1);
    assert_endpoint(&url.endpoints[0], "redis.example.com", 7000);
    cr_expect_eq(url.database, 3);
    cr_expect_str_eq(url.namespace, "shop-1");
    cr_expect_str_eq(url.user, "");
    cr_expect_str_eq(url.password, "");
}

Test(redis_url, what_is_not_said_is_6379_database_0_and_main)
{
    struct redis_url url = parse("redis://localhost");
    assert_endpoint(&url.endpoints[0], "localhost", 6379);
    cr_expect_eq(url.database, 0);
    cr_expect_str_eq(url.namespace, "main");
    cr_expect_eq(url.replica_count, 0);
    cr_expect_str_eq(parse("redis://localhost/?").namespace, "main");
}

Test(redis_url, rediss_is_tls)
{
    struct redis_url url = parse("rediss://:secret@redis:6380");
    cr_expect(url.is_tls);
    assert_endpoint(&url.endpoints[0], "redis", 6380);
}

Test(redis_url, user_and_password_are_percent_decoded)
{
    struct redis_url url = parse("redis://gate%20way:p%40ss%3Aw%2Frd%C3%A9@h");
    cr_expect_str_eq(url.user, "gate way");
    cr_expect_str_eq(url.password, "p@ss:w/rd\xC3\xA9");
    cr_expect_str_eq(parse("redis://:a:b@h").password, "a:b");
}

Test(redis_url, a_password_needs_no_user_and_a_user_may_have_a_file_for_it)
{
    struct redis_url url = parse("redis://:secret@h");
    cr_expect_str_eq(url.user, "");
    cr_expect_str_eq(url.password, "secret");
    url = parse("redis://gateway:@h");
    cr_expect_str_eq(url.user, "gateway");
    cr_expect_str_eq(url.password, "");
}

Test(redis_url, ipv6_stands_in_brackets)
{
    struct redis_url url = parse("redis://:s@[2001:db8::1]:7001/1?replica=[::1]:7002");
    assert_endpoint(&url.endpoints[0], "2001:db8::1", 7001);
    assert_endpoint(&url.replicas[0], "::1", 7002);
    assert_endpoint(&parse("redis://[::1]").endpoints[0], "::1", 6379);
}

Test(redis_url, sentinels_name_a_master_behind_them)
{
    struct redis_url url = parse("redis+sentinel://user:secret@s1,s2:5000,[::1]:5001/my%20master/2?namespace=x");
    cr_expect(url.is_sentinel);
    cr_expect_eq(url.endpoint_count, 3);
    assert_endpoint(&url.endpoints[0], "s1", 26379);
    assert_endpoint(&url.endpoints[1], "s2", 5000);
    assert_endpoint(&url.endpoints[2], "::1", 5001);
    cr_expect_str_eq(url.master, "my master");
    cr_expect_eq(url.database, 2);
    cr_expect_str_eq(url.user, "user");
    cr_expect_str_eq(url.namespace, "x");
}

Test(redis_url, replicas_may_be_named_up_to_eight)
{
    struct redis_url url = parse("redis://h?replica=a&replica=b:1&namespace=n&replica=c");
    cr_expect_eq(url.replica_count, 3);
    assert_endpoint(&url.replicas[1], "b", 1);
    cr_expect_eq(parse("redis://h?replica=1&replica=2&replica=3&replica=4&replica=5&replica=6&replica=7&replica=8")
                     .replica_count,
                 8);
    cr_expect_eq(parse("redis+sentinel://1,2,3,4,5,6,7,8/m").endpoint_count, 8);
}

static const struct {
    const char *text, *reason;
} refusals[] = {
    {"", "must begin with"},
    {"redis:/h", "must begin with"},
    {"http://h", "must begin with"},
    {"REDIS://h", "must begin with"},
    {"redis+sentinels://h/m", "must begin with"},
    {"redis://", "must have host:port"},
    {"redis:///3", "must have host:port"},
    {"redis://:6379", "must have host:port"},
    {"redis://h:", "must have host:port"},
    {"redis://h:0", "must have host:port"},
    {"redis://h:65536", "must have host:port"},
    {"redis://h:99999999999", "must have host:port"},
    {"redis://h:6379x", "must have host:port"},
    {"redis://h:+1", "must have host:port"},
    {"redis://h:-1", "must have host:port"},
    {"redis://::1", "must have host:port"},
    {"redis://::1:6379", "must have host:port"},
    {"redis://[::1", "must have host:port"},
    {"redis://[::1]6379", "must have host:port"},
    {"redis://[]:6379", "must have host:port"},
    {"redis://h h", "must have host:port"},
    {"redis://h\n", "must have host:port"},
    {"redis://:hush-hush@a@h", "must have host:port"},
    {"redis://a,b", "more than one host"},
    {"redis+sentinel://1,2,3,4,5,6,7,8,9/m", "more than 8 Sentinels"},
    {"redis+sentinel://a,,b/m", "must have host:port"},
    {"redis+sentinel://a", "must name the master"},
    {"redis+sentinel://a/", "must name the master"},
    {"redis+sentinel://a//2", "must name the master"},
    {"redis+sentinel://a/%zz", "must name the master"},
    {"redis+sentinel://a/m?replica=b", "replicas beside Sentinels"},
    {"redis://hush-hush@h", "user:password or :password"},
    {"redis://u:hush-hush%@h", "badly percent-encoded"},
    {"redis://u:hush-hush%4@h", "badly percent-encoded"},
    {"redis://u:hush-hush%gg@h", "badly percent-encoded"},
    {"redis://u:hush-hush%00@h", "badly percent-encoded"},
    {"redis://u%0a:hush-hush@h", "badly percent-encoded"},
    {"redis://h/x", "database number"},
    {"redis://h/-1", "database number"},
    {"redis://h/1/2", "database number"},
    {"redis://h/1000001", "database number"},
    {"redis+sentinel://a/m/x", "database number"},
    {"redis://:hush-hush@h?namespace=", "must have a namespace"},
    {"redis://:hush-hush@h?namespace=A", "must have a namespace"},
    {"redis://h?namespace=a}b", "must have a namespace"},
    {"redis://h?namespace=a&namespace=b", "more than one namespace"},
    {"redis://h?replica=", "replica=host:port"},
    {"redis://h?replica=a:0", "replica=host:port"},
    {"redis://h?replica=1&replica=2&replica=3&replica=4&replica=5&replica=6&replica=7&replica=8&replica=9",
     "more than 8 replicas"},
    {"redis://:hush-hush@h?timeout=3", "neither namespace nor replica"},
    {"redis://h?namespace=a&", "neither namespace nor replica"},
    {"redis://h?=", "neither namespace nor replica"},
};

Test(redis_url, anything_else_is_refused_with_its_reason)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const char *reason = refusal(refusals[i].text);
        cr_expect(strstr(reason, refusals[i].reason) != NULL, "%s: %s", refusals[i].text, reason);
    }
}

Test(redis_url, no_reason_repeats_a_secret)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        cr_expect(strstr(refusal(refusals[i].text), "hush-hush") == NULL, "%s", refusals[i].text);
    }
}

Test(redis_url, what_is_refused_leaves_the_result_alone)
{
    struct redis_url url = parse("redis://before:1");
    const char *reason;
    cr_expect_not(redis_url_parse(SLICE("redis://after:1?x=y"), &url, &reason));
    cr_expect_str_eq(url.endpoints[0].host, "before");
}

/* "redis://u:" and `length` bytes of password and "@h". */
static const char *with_password(size_t length)
{
    static char text[2048];
    memset(text, 'x', sizeof(text));
    memcpy(text, "redis://u:", 10);
    memcpy(text + 10 + length, "@h", 3);
    return text;
}

Test(redis_url, a_password_stands_on_its_ceiling_and_not_past_it)
{
    cr_expect_eq(strlen(parse(with_password(REDIS_URL_SECRET_BYTES - 1)).password), REDIS_URL_SECRET_BYTES - 1);
    cr_expect(strstr(refusal(with_password(REDIS_URL_SECRET_BYTES)), "too long") != NULL);
}

Test(redis_url, a_host_stands_on_its_ceiling_and_not_past_it)
{
    char text[512] = "redis://";
    memset(text + 8, 'h', REDIS_URL_HOST_BYTES - 1);
    cr_expect_eq(strlen(parse(text).endpoints[0].host), REDIS_URL_HOST_BYTES - 1);
    text[8 + REDIS_URL_HOST_BYTES - 1] = 'h';
    cr_expect(strstr(refusal(text), "host:port") != NULL);
}

Test(redis_url, bytes_that_no_text_has_are_refused)
{
    struct redis_url url;
    const char *reason;
    cr_expect_not(redis_url_parse((struct slice){"redis://h\0x", 11}, &url, &reason));
    cr_expect_not(redis_url_parse((struct slice){"redis://:a\0b@h", 14}, &url, &reason));
    cr_expect_not(redis_url_parse((struct slice){.at = NULL}, &url, &reason));
}

Test(redis_url, a_url_is_known_by_its_scheme)
{
    cr_expect(redis_url_is(SLICE("redis://")));
    cr_expect(redis_url_is(SLICE("rediss://x")));
    cr_expect(redis_url_is(SLICE("redis+sentinel://x")));
    cr_expect_not(redis_url_is(SLICE("/var/lib/policies")));
    cr_expect_not(redis_url_is(SLICE("redis:")));
}

Test(redis_url, a_description_has_all_but_user_and_password)
{
    static const char *const rows[][2] = {
        {"redis://u:hush@h:1/2?namespace=n", "redis://h:1/2?namespace=n"},
        {"rediss://:hush@[::1]", "rediss://[::1]:6379/0?namespace=main"},
        {"redis+sentinel://u:hush@a,b:2/m/3", "redis+sentinel://a:26379,b:2/m/3?namespace=main"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_url url = parse(rows[i][0]);
        char text[REDIS_URL_TEXT_BYTES];
        redis_url_describe(&url, text);
        cr_expect_str_eq(text, rows[i][1]);
    }
}

Test(redis_url, a_description_that_is_too_long_is_cut_off)
{
    char text[4096] = "redis+sentinel://", described[REDIS_URL_TEXT_BYTES];
    for (int i = 0; i < REDIS_URL_ENDPOINTS_MAX; i++) {
        char host[REDIS_URL_HOST_BYTES + 2] = ",";
        memset(host + (i > 0), 'h', REDIS_URL_HOST_BYTES - 1);
        host[REDIS_URL_HOST_BYTES - 1 + (i > 0)] = '\0';
        strcat(text, host);
    }
    strcat(text, "/m");
    struct redis_url url = parse(text);
    redis_url_describe(&url, described);
    cr_expect_eq(strlen(described), REDIS_URL_TEXT_BYTES - 1);
}

Test(redis_url, an_endpoint_that_Redis_tells_in_two_parts_is_the_same)
{
    static const struct {
        const char *host, *port, *text; /* NULL: none */
    } rows[] = {
        {"10.0.0.7", "6379", "10.0.0.7:6379"},
        {"fe80::1", "7000", "[fe80::1]:7000"},
        {"[fe80::1]", "7000", "[fe80::1]:7000"},
        {"", "6379", NULL},
        {"redis", "", NULL},
        {"redis", "0", NULL},
        {"redis", "65536", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_endpoint endpoint;
        char text[REDIS_ENDPOINT_TEXT_BYTES];
        bool is_one = redis_endpoint_join(slice_of(rows[i].host), slice_of(rows[i].port), &endpoint);
        cr_assert_eq(is_one, rows[i].text != NULL, "%s %s", rows[i].host, rows[i].port);
        if (is_one) {
            redis_endpoint_describe(&endpoint, text);
            cr_expect_str_eq(text, rows[i].text);
        }
    }
}
