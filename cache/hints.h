/*
 * hints.h - "look now": the channel on which publishers announce a release.
 *
 * A hint saves waiting for the next poll and nothing else: one that is lost, late or invented does no harm, so the link
 * is only looked at when it has something, and given up at the first trouble.
 *
 * Threads  one at a time; `heard` and `meter` may be read from any.
 */
#pragma once

#include "cache/redis_client.h"

struct hints {
    const struct redis_keys *keys;
    struct redis_link *link;  /* NULL: not subscribed */
    _Atomic uint64_t heard;   /* messages so far */
    struct redis_meter meter; /* bytes only: its connects are the client's */
};

void hints_init(struct hints *hints, const struct redis_keys *keys);

/* Subscribes unless that is so already, within the client's timeouts. False: not now. */
bool hints_subscribe(struct hints *hints, struct redis_client *client, int64_t deadline_ms);

/* Reads what has arrived; true when there was a hint, or when the link ended: then look as well. */
bool hints_drain(struct hints *hints, int64_t deadline_ms);

/* To wait on; -1: not subscribed. */
int hints_descriptor(const struct hints *hints);

void hints_close(struct hints *hints);
