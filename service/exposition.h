/*
 * exposition.h - /metrics: what the threads counted, and how the process stands.
 *
 * Threads  one that reads the gateway's slots.
 */
#pragma once

#include "policy/text.h"
#include "service/gateway.h"

/* `admin` are the words of the admin listener's own loop. */
void exposition_append(struct text *text, const struct gateway *gateway, const struct metrics *admin);
