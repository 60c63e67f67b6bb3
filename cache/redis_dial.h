/*
 * redis_dial.h - a connected socket, by an absolute deadline.
 *
 * A name may stand for several addresses: each is tried in turn, with the time that is left.
 *
 * Errors  -1 with a reason: a clause without the endpoint.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cache/redis_url.h"

/* Non-blocking, close-on-exec, without Nagle's delay, with keep-alive probes. */
int redis_dial(const struct redis_endpoint *endpoint, int64_t deadline_ms, char *ret_reason, size_t reason_bytes);

/* When an attempt must end, so that `left` of them, itself among them, have as much time each: one that is silent must
   leave time for those behind it. */
int64_t redis_dial_attempt_end_ms(int64_t deadline_ms, uint32_t left);

/* What poll is to be told: milliseconds, 0 past the deadline. */
int redis_dial_left_ms(int64_t deadline_ms);

/* Waits until `descriptor` is ready for `events` (poll's); false when the deadline comes first. */
bool redis_dial_wait(int descriptor, short events, int64_t deadline_ms);
