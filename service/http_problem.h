/*
 * http_problem.h - an error as callers read it: RFC 9457, application/problem+json.
 *
 *     {"type":"about:blank","title":"Bad Request","status":400,"detail":"is missing","pointer":"/user_id"}
 *
 * `pointer` names the member at fault and is left out where there is none.
 */
#pragma once

#include "policy/context.h"
#include "policy/text.h"

/* `pointer` may be NULL or "". */
void http_problem_append(struct text *text, unsigned status, const char *detail, const char *pointer);
void http_problem_append_context(struct text *text, const struct context_error *error);

/* The status's phrase of RFC 9110. */
const char *http_problem_title(unsigned status);
