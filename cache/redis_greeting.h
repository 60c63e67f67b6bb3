/*
 * redis_greeting.h - what a new link says first: AUTH, SELECT, CLIENT SETNAME, as far as the options name them.
 *
 * A name that is refused does no harm; anything else that is refused ends the link.
 */
#pragma once

#include "cache/redis_link.h"

/* False with what failed: the server's own words, unless they repeat the password. */
bool redis_greeting_say(struct redis_link *link, const struct redis_link_options *options, int64_t deadline_ms,
                        struct redis_link_failure *ret_failure);
