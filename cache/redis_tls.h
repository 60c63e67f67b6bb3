/*
 * redis_tls.h - TLS over a socket that is connected, where hiredis can carry it (1.0 and later).
 *
 * TLS 1.2 or later. The server's certificate must lead to an authority of `ca_file`, or of the system, and be made out
 * for the host (or address) that was dialed. hiredis itself would check no name.
 *
 * Errors  false with a reason: a clause without the endpoint.
 */
#pragma once

#include "cache/redis_link.h"

struct redisContext; /* hiredis' */

/* Whether this build can, or why not. */
bool redis_tls_is_there(char ret_reason[REDIS_LINK_REASON_BYTES]);

/* The whole handshake, by the deadline. The context owns what comes of it. */
bool redis_tls_start(struct redisContext *context, const struct redis_link_options *options, int64_t deadline_ms,
                     char ret_reason[REDIS_LINK_REASON_BYTES]);
