/*
 * context_checks.h - what must hold of any context and any error, whatever bytes they were read from.
 */
#pragma once

#include "policy/context.h"

/* All limits of a request hold, and all that it says is UTF-8 (asserted). */
void check_context(const struct context *context);

/* An error says something, and its problem object is JSON (asserted). */
void check_context_error(const struct context_error *error);
