/*
 * offer.h - what an offer is worth for this order, at this point of the walk.
 *
 *     kind            worth
 *     amount_off      `off` of the highest tier whose `reach` the amount has; at most what remains
 *     percent_off     floor(remaining * bp / 10000), at most `cap`
 *     fixed_price     what remains above `price`
 *     free_delivery   what remains of the delivery fee, at most `cap`
 *     coupon          0: only grants the coupon
 *
 * Worth never grows as what remains shrinks: evaluate.c relies on it.
 *
 * Units   fen, all of it; amounts are at most 10^12, so that products with basis points fit 64 bits.
 */
#pragma once

#include "policy/compiled.h"

struct basket {
    int64_t amount_fen;             /* of the order, against which `reach` is held */
    int64_t remaining_fen;          /* of it, after what was accepted */
    int64_t delivery_remaining_fen; /* of the delivery fee */
};

/* As answers spell it. */
struct slice offer_kind_name(enum offer_kind kind);

enum offer_verdict {
    OFFER_ACCEPTABLE,
    OFFER_BELOW_THRESHOLD, /* no tier is reached */
    OFFER_NO_VALUE,        /* it would discount nothing, and is no coupon */
};

enum offer_verdict offer_judge(const struct snapshot *snapshot, const struct compiled_offer *offer,
                               const struct basket *basket, int64_t *ret_worth_fen);
