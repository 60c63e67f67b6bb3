/*
 * redis_sentinel.h - asks Sentinels where the master is.
 *
 * Errors  false with a reason that names the Sentinel that was asked last.
 */
#pragma once

#include "cache/redis_link.h"

/* Beginning with number `first` of the URL's Sentinels, each in turn until one knows, all within the deadline.
   `login` has what Sentinels are greeted with: its endpoint and database are ignored. */
bool redis_sentinel_find(const struct redis_url *url, const struct redis_link_options *login, uint32_t first,
                         int64_t deadline_ms, struct redis_endpoint *ret_master,
                         struct redis_link_failure *ret_failure);
