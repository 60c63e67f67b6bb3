#pragma once
/*
 * A decision from the text of all policies, as a service makes it that keeps nothing between two requests:
 *
 *     {"settings":{...},"policies":[...]} ─ parse ─▶ tree ─ look through each list ─▶ what concerns us ─▶ decide
 *
 * The text is parsed once, by cJSON, and each list of codes is searched from its front. Of the few policies that are
 * left only the request's own codes are kept; what they offer is decided by the gateway's engine, so that both servers
 * give the same answers and the comparison is about where policies come from, not about who evaluates better.
 */

#include "policy/evaluate.h"
#include "policy/text.h"

/* Appends the decision's JSON, as the gateway writes it but without a decision_id. False when the text is no such
   document or memory ends; `text` may then hold a part. */
bool naive_decide(struct slice policies, const struct context *context, int64_t now_s, struct evaluation *evaluation,
                  struct text *text);
