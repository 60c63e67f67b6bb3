#pragma once
/*
 * A recorded load: when each request came, and what it asked for.
 *
 *     0 /v1/evaluate?user_id=u1&aoi=310115-0001&amount=6200&interface=checkout
 *     137 /v1/evaluate?user_id=u2&aoi=310104-0007&amount=1800
 *
 * A line is the microseconds since the recording began, one blank and a request target; offsets never fall; empty lines
 * are skipped. Speed 2 replays it in half the time.
 *
 * Ownership: the caller's struct; trace_clear frees what reading allocated. Threads: read-only once read.
 * Errors: a sentence for the operator with the line at fault in `ret_line`, or NULL; the struct is then untouched.
 */

#include "tests/bench/interface_mix.h"
#include "tests/bench/requests.h"

struct trace {
    struct requests requests;
    uint64_t *offsets_ns;
    unsigned *interfaces; /* of each request in the mix; its count for an unknown one */
};

const char *trace_read(const char *path, const char *host, double speed, const struct interface_mix *mix,
                       struct trace *ret_trace, size_t *ret_line);
void trace_clear(struct trace *trace);
