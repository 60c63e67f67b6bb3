/*
 * drain.h - leaving without losing a request.
 *
 *     begin: LEAVING   readyz 503, every answer closes its connection; balancers have drain.grace_ms to notice;
 *                      a service manager is told
 *            CLOSING   listeners close, idle connections are cut, begun requests are answered
 *            STOPPED   when all workers have ended, at the latest drain.timeout_ms later
 *
 * Time     monotonic milliseconds, as argument.
 * Threads  the main thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "service/gateway.h"

struct drain {
    bool has_begun;
    int64_t closing_ms, stopping_ms; /* when */
};

/* False when it has begun before. */
bool drain_begin(struct drain *drain, const struct config *config, int64_t now_ms);

/* Until something may be due; -1: nothing. */
int drain_timeout_ms(const struct drain *drain, int64_t now_ms);

/* Moves the gateway on where it is time. */
void drain_run(struct drain *drain, struct gateway *gateway, int64_t now_ms);
