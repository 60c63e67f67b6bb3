/*
 * gateway_list.h - which gateways an operator means: each address that the names of his URLs resolve to.
 *
 *     http://gateways.promo.svc:8081 ─▶ 10.0.0.7:8081, 10.0.0.9:8081, …      a headless Kubernetes Service
 *     http://127.0.0.1:8081          ─▶ 127.0.0.1:8081
 *
 * An address that comes twice is one gateway. A name that cannot be resolved is an item with a reason: the others must
 * be reachable all the same.
 *
 * Ownership  gateway_list_clear frees the items.
 * Errors     false: memory ended, or there are more than GATEWAY_LIST_MAX.
 */
#pragma once

#include "cache/redis_url.h"

enum {
    GATEWAY_LIST_URLS_MAX = 64,
    GATEWAY_LIST_MAX = 4096,
    GATEWAY_ADDRESS_BYTES = 288, /* of a name that does not resolve */
};

struct gateway_url {
    bool is_tls;
    struct redis_endpoint endpoint; /* host and port: Redis' are written the same way */
};

struct gateway {
    struct gateway_url url;
    char address[GATEWAY_ADDRESS_BYTES]; /* "10.0.0.7:8081", "[::1]:8081"; the name where it does not resolve */
    const char *reason;                  /* why it does not resolve: static text; NULL: it does */
};

struct gateway_list {
    struct gateway *items;
    uint32_t count;
    uint32_t capacity; /* private */
};

/* http://host[:port] or https://host[:port], a slash at its end allowed; NULL, or what is wrong (static text). */
const char *gateway_list_parse_url(const char *text, struct gateway_url *ret_url);

bool gateway_list_resolve(const struct gateway_url *urls, uint32_t count, struct gateway_list *ret_list,
                          const char **ret_reason);
void gateway_list_clear(struct gateway_list *list);
