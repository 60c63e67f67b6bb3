/*
 * gateway.h - one simulated gateway: the product's Redis source, used as the product's refresher uses it.
 *
 *     check ─▶ CHANGED ─▶ read ─▶ COMPLETE ─▶ hash the documents, tell the census ─▶ take_back(IN_FORCE)
 *       ▲                                                                              │
 *       └──── wait for a hint, or as long as check said ◀──────────────────────────────┘
 *
 * All traffic with Redis is the product's: cache/redis_source.h and what it stands on. What cache/refresher.c does
 * besides is left out: compiling, since a thousand compilations on a few cores would measure this machine and not
 * Redis, and the state file.
 *
 * Threads  each gateway is one thread, as in the product: so a thousand requests reach Redis at once, as from a fleet.
 */
#pragma once

#include "cache/redis_source.h"
#include "tests/fleet/census.h"

enum { GATEWAY_STACK_BYTES = 512 * 1024 }; /* touched: some tens of KiB */

struct gateway {
    struct source *source;
    struct census *census;
    uint32_t number; /* 0 to census->gateways - 1 */
    int stop;        /* an eventfd, readable when all gateways are to end */
    pthread_t thread;
};

/* False: not started, nothing to join. The rest of `gateway` is set by its owner before. */
bool gateway_start(struct gateway *gateway, const struct redis_source_options *options);
void gateway_join(struct gateway *gateway);
