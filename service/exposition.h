/*
 * exposition.h - /metrics: what the threads counted, and how the process stands.
 *
 * Threads  one that reads the gateway's slots.
 */
#pragma once

#include "service/gateway.h"
#include "service/metric_text.h"

/* `admin` are the words of the admin listener's own loop. */
void exposition_append(struct metric_text *out, const struct gateway *gateway, const struct metrics *admin);
