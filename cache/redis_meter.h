/*
 * redis_meter.h - what went over the links of one owner, one after the other: sums that another thread may read.
 *
 * Threads  the owner's; redis_meter_read from any.
 */
#pragma once

#include <stdatomic.h>

#include "cache/redis_link.h"

struct redis_traffic {
    uint64_t bytes_in, bytes_out; /* RESP, all links of the owner so far */
    uint64_t exchanges, connects, failures;
};

struct redis_meter {
    _Atomic uint64_t bytes_in, bytes_out, exchanges, connects, failures;
    uint64_t noted_in, noted_out; /* of the link there is */
};

void redis_meter_count(_Atomic uint64_t *counter);

/* Adds what the link has moved since it was noted last. */
void redis_meter_note(struct redis_meter *meter, const struct redis_link *link);

/* The link is about to be closed: the next one counts from 0. */
void redis_meter_end(struct redis_meter *meter, const struct redis_link *link);

void redis_meter_read(const struct redis_meter *meter, struct redis_traffic *ret_traffic);
