/*
 * http_terms.h - what a request's head says about its decision: who calls, and how long an answer is of use.
 *
 *     X-Budget-Ms: 50            the caller waits so long; what would come later is a fallback now, cause "budget"
 *     rate.caller_header         names the header that says who calls
 *
 * The budget counts from when the request may have been ready: the beginning of the worker's turn that saw it, less how
 * long the next ready request waited then. So it is met rather too early than too late.
 *
 * Units    monotonic nanoseconds.
 */
#pragma once

#include "service/decider.h"
#include "service/http_guard.h"

struct http_connection;

enum { HTTP_BUDGET_MS_MAX = 600000 };

/* False when X-Budget-Ms is no integer from 0 to HTTP_BUDGET_MS_MAX: http_terms_fault. */
bool http_terms_read(const struct http_connection *connection, int64_t waited_ns, struct decision_terms *ret_terms);

extern const struct http_fault http_terms_fault;
