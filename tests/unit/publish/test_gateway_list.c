#include "publish/gateway_list.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

TestSuite(gateway_list, .timeout = 60);

Test(gateway_list, a_url_is_scheme_host_and_port)
{
    struct gateway_url url;
    cr_assert(eq(ptr, (void *)gateway_list_parse_url("http://gateways.promo.svc:8081", &url), NULL));
    cr_expect(eq(str, url.endpoint.host, "gateways.promo.svc"));
    cr_expect(eq(u16, url.endpoint.port, 8081));
    cr_expect(not(url.is_tls));
    cr_assert(eq(ptr, (void *)gateway_list_parse_url("https://[::1]/", &url), NULL));
    cr_expect(eq(str, url.endpoint.host, "::1"));
    cr_expect(eq(u16, url.endpoint.port, 443));
    cr_expect(url.is_tls);
    cr_assert(eq(ptr, (void *)gateway_list_parse_url("http://a", &url), NULL));
    cr_expect(eq(u16, url.endpoint.port, 80));
}

Test(gateway_list, anything_else_is_refused)
{
    static const char *const rows[] = {"",
                                       "a:8081",
                                       "ftp://a",
                                       "http://",
                                       "http:///",
                                       "HTTP://a",
                                       "http://a:0",
                                       "http://a:65536",
                                       "http://a:x",
                                       "http://a/b",
                                       "http://a?b",
                                       "http://a//",
                                       "http://u:p@a",
                                       "http://a b",
                                       "http://[::1",
                                       "file:///etc",
                                       "http://a:80:80"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gateway_url url;
        cr_expect(ne(ptr, (void *)gateway_list_parse_url(rows[i], &url), NULL), "%s", rows[i]);
    }
}

static struct gateway_url url_of(const char *text)
{
    struct gateway_url url;
    cr_assert(eq(ptr, (void *)gateway_list_parse_url(text, &url), NULL));
    return url;
}

Test(gateway_list, an_address_that_comes_twice_is_one_gateway)
{
    struct gateway_list list;
    const char *reason;
    const struct gateway_url urls[] = {url_of("http://127.0.0.1:8081"),  url_of("http://127.0.0.2:8081"),
                                       url_of("http://127.0.0.1:8081/"), url_of("http://127.0.0.1:8082"),
                                       url_of("https://127.0.0.1:8081"), url_of("http://[::1]:8081")};
    cr_assert(gateway_list_resolve(urls, 6, &list, &reason));
    cr_assert(eq(u32, list.count, 5));
    cr_expect(eq(str, list.items[0].address, "127.0.0.1:8081"));
    cr_expect(eq(str, list.items[1].address, "127.0.0.2:8081"));
    cr_expect(eq(str, list.items[2].address, "127.0.0.1:8082"));
    cr_expect(list.items[3].url.is_tls);
    cr_expect(eq(str, list.items[4].address, "[::1]:8081"));
    gateway_list_clear(&list);
}

Test(gateway_list, a_name_that_does_not_resolve_is_an_item_with_a_reason)
{
    struct gateway_list list;
    const char *reason;
    const struct gateway_url urls[] = {url_of("http://no-such-host.invalid:1"), url_of("http://127.0.0.1:8081")};
    cr_assert(gateway_list_resolve(urls, 2, &list, &reason));
    cr_assert(eq(u32, list.count, 2));
    cr_expect(eq(str, list.items[0].address, "no-such-host.invalid:1"));
    cr_expect(ne(ptr, (void *)list.items[0].reason, NULL));
    cr_expect(eq(ptr, (void *)list.items[1].reason, NULL));
    gateway_list_clear(&list);
}

Test(gateway_list, there_are_at_most_4096)
{
    struct gateway_list list = {0};
    const char *reason = NULL;
    struct gateway_url *urls = calloc(GATEWAY_LIST_MAX + 1, sizeof(*urls));
    for (uint16_t i = 0; i <= GATEWAY_LIST_MAX; i++) {
        urls[i] = url_of("http://127.0.0.1:8081");
        urls[i].endpoint.port = (uint16_t)(i + 1);
    }
    cr_expect(gateway_list_resolve(urls, GATEWAY_LIST_MAX, &list, &reason));
    cr_expect(eq(u32, list.count, GATEWAY_LIST_MAX));
    gateway_list_clear(&list);
    cr_expect(not(gateway_list_resolve(urls, GATEWAY_LIST_MAX + 1, &list, &reason)));
    cr_expect(eq(str, (char *)reason, "there are more than 4096 gateways"));
    cr_expect(eq(u32, list.count, 0));
    free(urls);
}
