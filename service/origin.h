/*
 * origin.h - the source that the configuration names, opened.
 *
 * Ownership  the caller closes the source.
 * Errors     NULL when memory ends: a source that is away is no error.
 */
#pragma once

#include "cache/redis_client.h"
#include "cache/source.h"
#include "service/config.h"

struct source *origin_open(const struct config *config);

bool origin_is_redis(const struct config *config);

/* Of a Redis: how whoever reads from it reaches it. */
void origin_client_options(const struct config *config, struct redis_client_options *ret_options);

/* Chance enough to tell gateways apart. */
uint64_t origin_seed(void);

/* Gives the source those of its settings that apply at once. */
void origin_follow(struct source *source, const struct config *config);

/* What a state file says of where its release came from: the namespace, or the folder; no host, no secret. */
void origin_describe(const struct config *config, struct text *text);
