/*
 * connection.h - a command's Redis: the client, the keys of its namespace, and why the last thing failed.
 *
 * Errors  who fails on the way says so by connection_fail and false; the command tells `reason` at its end.
 */
#pragma once

#include "publish/connection_options.h"

enum { CONNECTION_REASON_BYTES = 1024 };

struct connection {
    struct redis_client *client;
    struct redis_keys keys;
    uint32_t timeout_ms;
    char reason[CONNECTION_REASON_BYTES]; /* a clause */
};

/* False with a reason, when memory ends: Redis itself is first asked when something is sent. */
bool connection_open(struct connection *connection, const struct connection_options *options, enum redis_role role);
void connection_close(struct connection *connection);

/* One command; the caller frees the reply. */
bool connection_call(struct connection *connection, const struct slice *arguments, uint32_t count,
                     struct redis_reply **ret_reply);

/* Always false. */
bool connection_fail(struct connection *connection, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool connection_fail_memory(struct connection *connection);
