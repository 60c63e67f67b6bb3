/*
 * traceparent.h - is a traceparent header one?
 *
 *     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *     version, trace id, parent id, flags; lower-case hex, ids not all zero, version not ff
 *
 * A later version may have more behind a further dash. What is not valid is ignored, as the standard demands.
 *
 * Source   W3C Trace Context, Recommendation of 23 November 2021, 3.2
 */
#pragma once

#include "policy/slice.h"

enum { TRACEPARENT_BYTES = 55, TRACEPARENT_BYTES_MAX = 256 };

bool traceparent_is_valid(struct slice value);
