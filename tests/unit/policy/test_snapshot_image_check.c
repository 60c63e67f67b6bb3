#include "policy/snapshot_image_check.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "images.h"
#include "policy/compiled.h"
#include "support.h"

/* What reading says of the image when those bytes of it are others; the snapshot is of the image itself. */
static const char *reason_with(const struct snapshot *restored, const void *at, const void *bytes, size_t length)
{
    struct text image = images_make(restored);
    size_t where = (size_t)((const char *)at - restored->image);
    cr_assert(where + length <= image.length);
    memcpy(image.bytes + where, bytes, length);
    const char *reason;
    snapshot_free(images_read(image.bytes, image.length, &reason));
    text_clear(&image);
    return reason;
}

#define EXPECT_REFUSED(member, value, why)                                                                             \
    do {                                                                                                               \
        __typeof__(member) other_ = (value);                                                                           \
        cr_expect(other_ != (member), "%s changes nothing", #member);                                                  \
        cr_expect_str_eq(reason_with(restored, &(member), &other_, sizeof(other_)), why, "%s = %s", #member, #value);  \
    } while (0)

static struct snapshot *restored_full(void)
{
    struct snapshot *snapshot = images_full_snapshot(), *restored = images_restore(snapshot);
    snapshot_free(snapshot);
    return restored;
}

#define POLICY_DAMAGED "a policy of the image is damaged"
#define PARTS_UNUSED   "the image has parts that no policy uses"

Test(snapshot_image_check, a_policy_that_points_out_of_its_arrays_is_refused)
{
    struct snapshot *restored = restored_full();
    struct compiled_policy *a = &restored->policies[0], *b = &restored->policies[1];
    EXPECT_REFUSED(a->interfaces_at, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(b->interfaces_at, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(a->windows_at, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(a->window_count, 3, POLICY_DAMAGED);
    EXPECT_REFUSED(a->conditions_at, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(a->condition_count, 2, POLICY_DAMAGED);
    EXPECT_REFUSED(a->steps_at, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(a->step_count, 255, POLICY_DAMAGED);
    EXPECT_REFUSED(a->variants_at, 3, POLICY_DAMAGED);
    EXPECT_REFUSED(b->variant_count, 0, POLICY_DAMAGED);
    EXPECT_REFUSED(a->group, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(a->id_rank, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(a->id_rank, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(a->id.at, (uint32_t)restored->facts.string_bytes, POLICY_DAMAGED);
    EXPECT_REFUSED(a->id.length, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->by_id[0], 3, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->by_id[0], 1, POLICY_DAMAGED);
    snapshot_free(restored);
}

Test(snapshot_image_check, a_policy_with_numbers_that_an_evaluation_cannot_take_is_refused)
{
    struct snapshot *restored = restored_full();
    struct compiled_policy *a = &restored->policies[0];
    const unsigned char two = 2;
    cr_expect_str_eq(reason_with(restored, &a->is_paused, &two, 1), POLICY_DAMAGED);
    cr_expect_str_eq(reason_with(restored, &a->is_exclusive, &two, 1), POLICY_DAMAGED);
    cr_expect_str_eq(reason_with(restored, &a->is_experiment, &two, 1), POLICY_DAMAGED);
    cr_expect_str_eq(reason_with(restored, &a->has_layer, &two, 1), POLICY_DAMAGED);
    EXPECT_REFUSED(a->unit, 2, POLICY_DAMAGED);
    EXPECT_REFUSED(a->ramp.length, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(a->layer.length, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(a->variant.length, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(a->layer_from, 5001, POLICY_DAMAGED);
    EXPECT_REFUSED(a->layer_to, 10001, POLICY_DAMAGED);
    EXPECT_REFUSED(a->utc_offset_s, INT32_MAX, POLICY_DAMAGED);
    EXPECT_REFUSED(a->utc_offset_s, INT32_MIN, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->windows[1].to_minute, 7 * 24 * 60 + 1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->windows[0].from_minute, restored->windows[0].to_minute, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->windows[1].from_minute, restored->windows[0].to_minute, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->steps[1].from_s, restored->steps[0].from_s, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->steps[0].share_bp, 10001, POLICY_DAMAGED);
    snapshot_free(restored);
}

Test(snapshot_image_check, parts_that_no_policy_uses_are_refused)
{
    struct snapshot *snapshot = snapshot_of(FILES(
        {"a.json", "{'id':'a','scope':{'type':'all'},'interfaces':['cart'],'schedule':{'utc_offset':'+08:00',"
                   "'windows':[{'days':[1,3],'from':'10:00','to':'12:00'}]},'conditions':[{'attr':'tier','op':'in',"
                   "'value':[1,2]}],'rollout':{'salt':'r','share':10},'offer':{'coupon':'C','kind':'amount_off',"
                   "'tiers':[{'reach':1,'off':2},{'reach':3,'off':4}]}}"}));
    struct snapshot *restored = images_restore(snapshot);
    struct compiled_policy *a = &restored->policies[0];
    EXPECT_REFUSED(a->interfaces_at, NO_NUMBER, PARTS_UNUSED);
    EXPECT_REFUSED(a->window_count, 1, PARTS_UNUSED);
    EXPECT_REFUSED(a->step_count, 0, PARTS_UNUSED);
    EXPECT_REFUSED(a->condition_count, 0, PARTS_UNUSED);
    EXPECT_REFUSED(restored->conditions[0].value_count, 1, PARTS_UNUSED);
    EXPECT_REFUSED(restored->offers[0].tier_count, 1, PARTS_UNUSED);
    EXPECT_REFUSED(restored->variants[0].offer, NO_NUMBER, PARTS_UNUSED);
    snapshot_free(restored);
    snapshot_free(snapshot);
}

Test(snapshot_image_check, a_condition_an_offer_or_a_variant_that_cannot_be_is_refused)
{
    struct snapshot *restored = restored_full();
    struct compiled_condition *condition = &restored->conditions[0];
    EXPECT_REFUSED(condition->attribute, restored->attribute_count, POLICY_DAMAGED);
    EXPECT_REFUSED(condition->values_at, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(condition->value_count, 0, POLICY_DAMAGED);
    EXPECT_REFUSED(condition->value_count, 3, POLICY_DAMAGED);
    EXPECT_REFUSED(condition->comparison, COMPARISON_EXISTS + 1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->values[0].kind, VALUE_STRINGS, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->values[0].string.length, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->variants[0].cumulative_bp, 10001, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->variants[1].cumulative_bp, 9999, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->variants[1].offer, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->variants[1].offered.at, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->variants[1].exposure.length, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->offers[0].kind, OFFER_COUPON + 1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->offers[0].tier_count, 3, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->offers[0].tiers_at, NO_NUMBER, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->offers[1].share_bp, 10001, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->offers[1].cap_fen, -1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->offers[1].price_fen, limit_money_fen + 1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->tiers[0].off_fen, -1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->tiers[1].reach_fen, 1, POLICY_DAMAGED);
    EXPECT_REFUSED(restored->group_picks[0], PICK_BEST + 1, "a group of the image is damaged");
    snapshot_free(restored);
}

Test(snapshot_image_check, an_index_of_places_that_would_mislead_a_walk_is_refused)
{
    static const char list_damaged[] = "an AOI's list of the image is damaged";
    static const char table_damaged[] = "a table of names of the image is damaged";
    struct snapshot *restored = restored_full();
    EXPECT_REFUSED(restored->aois[0].ordinals_at, 1, list_damaged);
    EXPECT_REFUSED(restored->aois[0].included_count, NO_NUMBER, list_damaged);
    EXPECT_REFUSED(restored->aois[0].excluded_count, NO_NUMBER, list_damaged);
    EXPECT_REFUSED(restored->aois[0].code.at, NO_NUMBER, list_damaged);
    EXPECT_REFUSED(restored->ordinals[0], 1, list_damaged);             /* A1's: 0, 1 */
    EXPECT_REFUSED(restored->ordinals[1], 0, list_damaged);             /* the same twice */
    EXPECT_REFUSED(restored->ordinals[1], 3, list_damaged);             /* no policy */
    EXPECT_REFUSED(restored->all_ordinals[0], NO_NUMBER, list_damaged); /* no policy */
    for (uint32_t slot = 0; slot <= restored->aoi_slots.mask; slot++) {
        EXPECT_REFUSED(restored->aoi_slots.slots[slot], 4, table_damaged);
        if (restored->aoi_slots.slots[slot] == 0) {
            EXPECT_REFUSED(restored->aoi_slots.slots[slot], 1, table_damaged); /* fuller than it may be */
        }
    }
    EXPECT_REFUSED(restored->interface_slots.slots[0], 2, table_damaged);
    EXPECT_REFUSED(restored->attribute_slots.slots[0], 100, table_damaged);
    EXPECT_REFUSED(restored->interfaces[0].length, NO_NUMBER, table_damaged);
    EXPECT_REFUSED(restored->attributes[4].at, NO_NUMBER, table_damaged);
    snapshot_free(restored);
}

Test(snapshot_image_check, totals_that_cannot_be_are_refused)
{
    enum { PAIRS_AT = 32, CANDIDATES_MAX_AT = 40, MAX_OFFERS_AT = 44 }; /* in its header */
    static const char totals_damaged[] = "the image's totals cannot be";
    struct snapshot *restored = restored_full();
    const char *header = restored->image;
    cr_assert_eq(memcmp(header + CANDIDATES_MAX_AT, (uint32_t[]){3, 8}, 8), 0);
    cr_expect_str_eq(reason_with(restored, header + PAIRS_AT, &(uint64_t){5}, 8), totals_damaged);
    cr_expect_str_eq(reason_with(restored, header + CANDIDATES_MAX_AT, &(uint32_t){4}, 4), totals_damaged);
    cr_expect_str_eq(reason_with(restored, header + CANDIDATES_MAX_AT, &(uint32_t){2}, 4),
                     "an AOI's list of the image is damaged");
    cr_expect_str_eq(reason_with(restored, header + MAX_OFFERS_AT, &(uint32_t){65}, 4), totals_damaged);
    cr_expect_str_eq(reason_with(restored, header + MAX_OFFERS_AT, &(uint32_t){64}, 4), "");
    snapshot_free(restored);
}

Test(snapshot_image_check, one_that_is_cut_or_longer_is_refused_at_every_length)
{
    struct snapshot *snapshot = images_full_snapshot();
    struct text image = images_make(snapshot);
    const char *reason;
    for (size_t length = 0; length < image.length; length++) {
        cr_expect_null(images_read(image.bytes, length, &reason), "%zu", length);
    }
    text_append_byte(&image, '\0');
    cr_expect_null(images_read(image.bytes, image.length, &reason));
    cr_expect_str_eq(reason, "the image has another length than it says");
    text_clear(&image);
    snapshot_free(snapshot);
}

Test(snapshot_image_check, one_of_another_kind_or_build_is_refused)
{
    struct snapshot *snapshot = images_full_snapshot();
    struct text image = images_make(snapshot);
    const char *reason;
    image.bytes[8] ^= 1; /* of the layout */
    cr_expect_null(images_read(image.bytes, image.length, &reason));
    cr_expect_str_eq(reason, "the image is of another build or version");
    image.bytes[0] ^= 1;
    cr_expect_null(images_read(image.bytes, image.length, &reason));
    cr_expect_str_eq(reason, "the image is none");
    text_clear(&image);
    snapshot_free(snapshot);
}

Test(snapshot_image_check, with_any_one_bit_flipped_it_is_refused_or_evaluates_safely)
{
    struct snapshot *snapshot = images_full_snapshot();
    struct text image = images_make(snapshot), decision;
    text_init(&decision, IMAGE_BYTES_MAX);
    char *bytes;
    struct context *context = images_context("{\"user_id\":\"u\",\"aoi\":[\"A1\",\"A2\",\"A3\"],\"amount\":5000,"
                                             "\"interface\":\"cart\",\"attributes\":{\"tier\":\"gold\"}}",
                                             &bytes);
    size_t accepted = 0;
    for (size_t bit = 0; bit < image.length * 8; bit++) {
        const char *reason;
        image.bytes[bit / 8] ^= (char)(1 << bit % 8);
        struct snapshot *restored = images_read(image.bytes, image.length, &reason);
        image.bytes[bit / 8] ^= (char)(1 << bit % 8);
        if (restored != NULL) {
            accepted++;
            text_reset(&decision);
            images_append_decision(&decision, restored, context, 1770949800); /* Friday 02:30 UTC, 10:30 at +08:00 */
            snapshot_free(restored);
        } else {
            cr_expect_str_not_empty(reason);
        }
    }
    cr_expect(accepted > 0 && accepted < image.length * 8); /* a letter of a coupon is no harm to safety */
    text_clear(&decision);
    text_clear(&image);
    snapshot_free(snapshot);
    free(context);
    free(bytes);
}
