#include "policy/offer.h"

#include <assert.h>

struct slice offer_kind_name(enum offer_kind kind)
{
    static const struct slice names[] = {
#define ROW(enumerator, name) [enumerator] = {name, sizeof(name) - 1},
        OFFER_KINDS(ROW)
#undef ROW
    };
    assert(kind < sizeof(names) / sizeof(names[0]));
    return names[kind];
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Tiers stand in ascending order of reach; NULL: none is reached. */
static const struct tier *highest_tier(const struct snapshot *snapshot, const struct compiled_offer *offer,
                                       int64_t amount_fen)
{
    const struct tier *highest = NULL;
    const struct tier *tiers = &snapshot->tiers[offer->tiers_at];
    for (uint8_t i = 0; i < offer->tier_count && tiers[i].reach_fen <= amount_fen; i++) {
        highest = &tiers[i];
    }
    return highest;
}

enum offer_verdict offer_judge(const struct snapshot *snapshot, const struct compiled_offer *offer,
                               const struct basket *basket, int64_t *ret_worth_fen)
{
    int64_t worth_fen = 0;
    switch ((enum offer_kind)offer->kind) {
    case OFFER_AMOUNT_OFF: {
        const struct tier *tier = highest_tier(snapshot, offer, basket->amount_fen);
        if (tier == NULL) {
            return OFFER_BELOW_THRESHOLD;
        }
        worth_fen = smaller(tier->off_fen, basket->remaining_fen);
        break;
    }
    case OFFER_PERCENT_OFF:
        worth_fen = smaller(basket->remaining_fen * offer->share_bp / LIMIT_SHARE_BP, offer->cap_fen);
        break;
    case OFFER_FIXED_PRICE:
        worth_fen = basket->remaining_fen > offer->price_fen ? basket->remaining_fen - offer->price_fen : 0;
        break;
    case OFFER_FREE_DELIVERY:
        worth_fen = smaller(basket->delivery_remaining_fen, offer->cap_fen);
        break;
    case OFFER_COUPON:
        *ret_worth_fen = 0;
        return OFFER_ACCEPTABLE;
    }
    if (worth_fen == 0) {
        return OFFER_NO_VALUE;
    }
    *ret_worth_fen = worth_fen;
    return OFFER_ACCEPTABLE;
}
