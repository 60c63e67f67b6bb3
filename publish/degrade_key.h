/*
 * degrade_key.h - `promoctl degrade --redis`: the namespace's key is changed, or told; gateways hear it by themselves.
 *
 *     checkout on (li.wei@ops-1, until 2026-02-13T09:00:00Z: coupons run out)
 *
 * A time to live becomes an end by this machine's clock. A gateway takes no `never` that ends more than an hour ahead
 * by its own, so one that is asked for the whole hour ends DEGRADE_KEY_SKEW_S earlier: clocks differ.
 */
#pragma once

#include "publish/degrade_options.h"

enum { DEGRADE_KEY_SKEW_S = 30 };

/* The exit status. Of `status`, FAILED when an entry is faulty. */
int degrade_key_run(const struct command *command, const struct degrade_options *options);
