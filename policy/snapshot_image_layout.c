/*
 * What the bytes of an image are, as one number. Who adds a member to one of these structs, or an enumerator, adds it
 * here: the sizes below remind.
 */
#include <assert.h>

#include "policy/compiled.h"
#include "policy/hash.h"
#include "policy/snapshot_image.h"

#define MEMBER(type, member) offsetof(struct type, member), sizeof(((struct type *)NULL)->member)

static_assert(sizeof(struct compiled_policy) == 112, "a new member is in `layout`");
static_assert(sizeof(struct compiled_window) == 4, "a new member is in `layout`");
static_assert(sizeof(struct compiled_condition) == 16, "a new member is in `layout`");
static_assert(sizeof(struct compiled_value) == 24, "a new member is in `layout`");
static_assert(sizeof(struct compiled_variant) == 24, "a new member is in `layout`");
static_assert(sizeof(struct compiled_offer) == 32, "a new member is in `layout`");
static_assert(sizeof(struct aoi_entry) == 20, "a new member is in `layout`");
static_assert(sizeof(struct rollout_step) == 16, "a new member is in `layout`");
static_assert(sizeof(struct tier) == 16, "a new member is in `layout`");
static_assert(sizeof(struct text_ref) == 8, "a new member is in `layout`");
static_assert(sizeof(struct bucket_prefix) == 12, "a new member is in `layout`");
static_assert(sizeof(struct part_counts) == 36, "a new member is in `layout`");

/* In the machine's byte order, which its hash therefore tells too. */
static const uint64_t layout[] = {
    SNAPSHOT_IMAGE_FORMAT,
    sizeof(struct compiled_policy),
    MEMBER(compiled_policy, from_s),
    MEMBER(compiled_policy, to_s),
    MEMBER(compiled_policy, utc_offset_s),
    MEMBER(compiled_policy, interfaces_at),
    MEMBER(compiled_policy, windows_at),
    MEMBER(compiled_policy, conditions_at),
    MEMBER(compiled_policy, steps_at),
    MEMBER(compiled_policy, variants_at),
    MEMBER(compiled_policy, group),
    MEMBER(compiled_policy, ramp),
    MEMBER(compiled_policy, layer),
    MEMBER(compiled_policy, variant),
    MEMBER(compiled_policy, layer_from),
    MEMBER(compiled_policy, layer_to),
    MEMBER(compiled_policy, window_count),
    MEMBER(compiled_policy, condition_count),
    MEMBER(compiled_policy, step_count),
    MEMBER(compiled_policy, variant_count),
    MEMBER(compiled_policy, unit),
    MEMBER(compiled_policy, is_paused),
    MEMBER(compiled_policy, is_exclusive),
    MEMBER(compiled_policy, is_experiment),
    MEMBER(compiled_policy, has_layer),
    MEMBER(compiled_policy, id_rank),
    MEMBER(compiled_policy, id),
    sizeof(struct compiled_window),
    MEMBER(compiled_window, from_minute),
    MEMBER(compiled_window, to_minute),
    sizeof(struct compiled_condition),
    MEMBER(compiled_condition, attribute),
    MEMBER(compiled_condition, values_at),
    MEMBER(compiled_condition, value_count),
    MEMBER(compiled_condition, comparison),
    sizeof(struct compiled_value),
    MEMBER(compiled_value, kind),
    MEMBER(compiled_value, string),
    MEMBER(compiled_value, integer),
    sizeof(struct compiled_variant),
    MEMBER(compiled_variant, offer),
    MEMBER(compiled_variant, cumulative_bp),
    MEMBER(compiled_variant, offered),
    MEMBER(compiled_variant, exposure),
    sizeof(struct compiled_offer),
    MEMBER(compiled_offer, kind),
    MEMBER(compiled_offer, tier_count),
    MEMBER(compiled_offer, share_bp),
    MEMBER(compiled_offer, tiers_at),
    MEMBER(compiled_offer, cap_fen),
    MEMBER(compiled_offer, price_fen),
    sizeof(struct aoi_entry),
    MEMBER(aoi_entry, code),
    MEMBER(aoi_entry, ordinals_at),
    MEMBER(aoi_entry, included_count),
    MEMBER(aoi_entry, excluded_count),
    sizeof(struct rollout_step),
    MEMBER(rollout_step, from_s),
    MEMBER(rollout_step, share_bp),
    sizeof(struct tier),
    MEMBER(tier, reach_fen),
    MEMBER(tier, off_fen),
    sizeof(struct text_ref),
    MEMBER(text_ref, at),
    MEMBER(text_ref, length),
    sizeof(struct bucket_prefix),
    MEMBER(bucket_prefix, state),
    MEMBER(bucket_prefix, carry),
    MEMBER(bucket_prefix, length),
    sizeof(struct part_counts),
    MEMBER(part_counts, windows),
    MEMBER(part_counts, conditions),
    MEMBER(part_counts, values),
    MEMBER(part_counts, steps),
    MEMBER(part_counts, variants),
    MEMBER(part_counts, offers),
    MEMBER(part_counts, tiers),
    MEMBER(part_counts, interface_words),
    MEMBER(part_counts, ordinals),
    COMPARISON_EQ,
    COMPARISON_NE,
    COMPARISON_IN,
    COMPARISON_NOT_IN,
    COMPARISON_GT,
    COMPARISON_GTE,
    COMPARISON_LT,
    COMPARISON_LTE,
    COMPARISON_EXISTS,
    VALUE_STRING,
    VALUE_INTEGER,
    VALUE_BOOLEAN,
    OFFER_AMOUNT_OFF,
    OFFER_PERCENT_OFF,
    OFFER_FIXED_PRICE,
    OFFER_FREE_DELIVERY,
    OFFER_COUPON,
    UNIT_USER_ID,
    UNIT_AOI,
    PICK_FIRST,
    PICK_BEST,
    ATTRIBUTE_AMOUNT,
    ATTRIBUTE_DELIVERY_FEE,
    ATTRIBUTE_INTERFACE,
    ATTRIBUTE_USER_ID,
    ATTRIBUTES_BUILT_IN,
    BUCKET_SLOTS,
    BUCKET_SEED,
};

uint64_t snapshot_image_layout(void)
{
    return hash_bytes(layout, sizeof(layout)) ^ hash_bytes(PROMOGATE_VERSION, sizeof(PROMOGATE_VERSION) - 1);
}
