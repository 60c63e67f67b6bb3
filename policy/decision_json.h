/*
 * decision_json.h - a decision as callers read it.
 *
 * Members in the contract's order, no white space, only the escapes that JSON demands: the same decision is the same
 * bytes everywhere, but for decision_id.
 */
#pragma once

#include "policy/evaluation.h"
#include "policy/text.h"

enum { DECISION_ID_BYTES = 26 };

struct decision_envelope {
    struct slice decision_id; /* length 0: left out */
    struct slice request_id;  /* at NULL: left out */
    struct slice interface;
    uint64_t release;
};

/* The whole object. `reasons`, of evaluate_explained, may be NULL. */
void decision_json_append(struct text *text, const struct decision_envelope *envelope,
                          const struct evaluation *evaluation, const enum reason *reasons);

/* A degraded answer in three steps: begin, an offer each, end. `cause` is one of the contract's words. */
void decision_json_degraded_begin(struct text *text, const struct decision_envelope *envelope, struct slice cause);
/* `fragment` is of decision_json_fallback_fragment; `is_first` saves a comma. */
void decision_json_degraded_offer(struct text *text, struct slice fragment, int64_t discount_fen, bool is_first);
void decision_json_degraded_end(struct text *text, int64_t discount_fen);

/* Fragments: what of an offer or an exposure does not depend on the request. Rendered once, when a snapshot is compiled
   or a configuration is loaded. A variant's name with `at` NULL is no variant. */
void decision_json_offer_fragment(struct text *text, struct slice policy, struct slice coupon, struct slice kind,
                                  struct slice variant);
void decision_json_exposure_fragment(struct text *text, struct slice policy, struct slice variant);
void decision_json_fallback_fragment(struct text *text, struct slice coupon);
