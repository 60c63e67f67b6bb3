#include "cache/redis_redirect.h"

#include <criterion/criterion.h>

TestSuite(redis_redirect, .timeout = 60);

static const struct redis_endpoint here = {.host = "10.0.0.1", .port = 7000};

static void assert_redirects(const char *reply, enum redis_redirect expected, const char *host, uint16_t port)
{
    struct redis_endpoint there = {.host = "untouched"};
    cr_expect_eq(redis_redirect_parse(slice_of(reply), &here, &there), expected, "%s", reply);
    cr_expect_str_eq(there.host, host, "%s: %s", reply, there.host);
    cr_expect_eq(there.port, port, "%s: %u", reply, there.port);
}

Test(redis_redirect, moved_and_ask_name_a_node)
{
    assert_redirects("MOVED 3999 10.0.0.2:7001", REDIS_REDIRECT_MOVED, "10.0.0.2", 7001);
    assert_redirects("ASK 3999 10.0.0.2:7001", REDIS_REDIRECT_ASK, "10.0.0.2", 7001);
    assert_redirects("MOVED 3999 node-2.redis.svc:7001", REDIS_REDIRECT_MOVED, "node-2.redis.svc", 7001);
}

Test(redis_redirect, an_empty_host_is_the_same_host)
{
    assert_redirects("MOVED 3999 :7001", REDIS_REDIRECT_MOVED, "10.0.0.1", 7001);
}

Test(redis_redirect, ipv6_may_come_without_brackets)
{
    assert_redirects("MOVED 3999 2001:db8::1:7001", REDIS_REDIRECT_MOVED, "2001:db8::1", 7001);
    assert_redirects("ASK 3999 [::1]:7001", REDIS_REDIRECT_ASK, "::1", 7001);
}

Test(redis_redirect, anything_else_leads_nowhere)
{
    static const char *const replies[] = {
        "",
        "MOVED",
        "MOVED ",
        "MOVED 3999",
        "MOVED 3999 ",
        "MOVED 3999 host",
        "MOVED 3999 host:",
        "MOVED 3999 host:0",
        "MOVED 3999 host:65536",
        "MOVED 3999 ho@st:1",
        "MOVED 3999 ?:7001x",
        "MOVEDX 3999 host:1",
        "ERR MOVED 3999 host:1",
        "moved 3999 host:1",
        "ASKING 3999 host:1",
    };
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        assert_redirects(replies[i], REDIS_REDIRECT_NONE, "untouched", 0);
    }
}
