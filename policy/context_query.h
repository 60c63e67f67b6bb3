/*
 * context_query.h - a context from a query string.
 *
 *     user_id=u42&aoi=310115-0001&aoi=310115-0002&amount=6200&tier=gold
 *
 * A parameter that is no member of a context is a string attribute. `aoi` may come several times, any other once.
 * Names and values are percent-decoded (RFC 3986), `+` is a space as forms have it; a parameter without `=` has the
 * empty value; integers are written as JSON writes them.
 *
 * Memory   decoded in place: the bytes are written to, and the context looks into them.
 */
#pragma once

#include <stddef.h>

#include "policy/context.h"

bool context_query_parse(char *bytes, size_t length, const struct context_rules *rules, struct context *context,
                         struct context_error *reterr);
