/*
 * redis_url.h - how to reach a Redis, as operators write it.
 *
 *     redis://[user:password@]host:port[/db]?namespace=NAME          one server, or any node of a Cluster
 *     rediss://…                                                     the same through TLS
 *     redis+sentinel://host:port,host:port/MASTER[/db]?namespace=NAME   the master that Sentinels name
 *     …&replica=host:port                                            read there first (up to 8 of them)
 *
 * IPv6 hosts stand in brackets; user, password and MASTER may be percent-encoded; the port is 6379 (Sentinels: 26379)
 * unless it is said. `:password@` is a password without a user. Anything unknown is an error.
 *
 * Errors  false with a reason (static text) that never repeats the URL: it may hold a password.
 */
#pragma once

#include "cache/redis_keys.h"

enum {
    REDIS_URL_HOST_BYTES = 256,
    REDIS_URL_SECRET_BYTES = 512,
    REDIS_URL_ENDPOINTS_MAX = 8,
    REDIS_URL_REPLICAS_MAX = 8,
    REDIS_URL_TEXT_BYTES = 512,
    REDIS_ENDPOINT_TEXT_BYTES = REDIS_URL_HOST_BYTES + 16,
};

struct redis_endpoint {
    char host[REDIS_URL_HOST_BYTES];
    uint16_t port;
};

struct redis_url {
    bool is_sentinel, is_tls;
    struct redis_endpoint endpoints[REDIS_URL_ENDPOINTS_MAX]; /* servers (one), or Sentinels */
    uint32_t endpoint_count;
    struct redis_endpoint replicas[REDIS_URL_REPLICAS_MAX];
    uint32_t replica_count;
    char user[REDIS_URL_SECRET_BYTES], password[REDIS_URL_SECRET_BYTES]; /* "": none */
    char master[REDIS_URL_HOST_BYTES];                                   /* of Sentinels */
    uint32_t database;
    char namespace[REDIS_NAMESPACE_BYTES_MAX + 1]; /* "main" when it is not said */
};

bool redis_url_parse(struct slice text, struct redis_url *ret_url, const char **ret_reason);

/* Does the text begin as one of the schemes above? */
bool redis_url_is(struct slice text);

/* For logs and pages: the URL without user and password. */
void redis_url_describe(const struct redis_url *url, char ret_text[REDIS_URL_TEXT_BYTES]);

/* host:port, [v6]:port; false when it is neither, or the port is none. */
bool redis_endpoint_parse(struct slice text, uint16_t default_port, struct redis_endpoint *ret_endpoint);

/* The same, where Redis tells host and port apart: IPv6 may stand without brackets. */
bool redis_endpoint_join(struct slice host, struct slice port, struct redis_endpoint *ret_endpoint);

/* The other way: host:port. */
void redis_endpoint_describe(const struct redis_endpoint *endpoint, char ret_text[REDIS_ENDPOINT_TEXT_BYTES]);
