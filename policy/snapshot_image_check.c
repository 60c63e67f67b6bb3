#include "policy/snapshot_image_check.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/aoi_index.h"

enum {
    WEEK_MINUTES = 7 * 24 * 60,
    PREFIX_BYTES_MAX = LIMIT_STRING_BYTES, /* more than any salt and purpose take */
};

struct check {
    const struct snapshot *snapshot;
    struct part_counts next;   /* where the next policy's parts begin */
    unsigned char *is_for_all; /* by ordinal */
    uint32_t *concerned;       /* by AOI: how many policies it brings beside those for all */
};

static bool text_is_sound(const struct check *check, struct text_ref ref)
{
    return (uint64_t)ref.at + ref.length <= check->snapshot->facts.string_bytes;
}

/* A part of `count` elements begins where the one before ended, and ends within its array. */
static bool follows(uint32_t at, uint32_t count, uint32_t total, uint32_t *next)
{
    if (at != *next || count > total - *next) {
        return false;
    }
    *next += count;
    return true;
}

/* Totals and names */

static bool totals_are_sound(struct check *check)
{
    const struct snapshot *snapshot = check->snapshot;
    const struct snapshot_facts *facts = &snapshot->facts;
    return facts->policies < NO_NUMBER && facts->aois < NO_NUMBER && facts->candidates_max <= facts->policies &&
           facts->pairs >= snapshot->counts.ordinals && snapshot->max_offers <= LIMIT_MAX_OFFERS &&
           snapshot->all_count <= facts->policies && snapshot->interface_count <= LIMIT_INTERFACES &&
           snapshot->attribute_count >= ATTRIBUTES_BUILT_IN && snapshot->attribute_count < NO_NUMBER;
}

static bool table_is_sound(const struct name_table *table, uint32_t names)
{
    uint64_t slots = table->mask + UINT64_C(1), used = 0;
    if ((slots & table->mask) != 0 || names > slots / 2) {
        return false;
    }
    for (uint64_t i = 0; i < slots; i++) {
        if (table->slots[i] > names) {
            return false;
        }
        used += table->slots[i] != 0;
    }
    return used == names; /* half of the slots are free */
}

static bool names_are_sound(const struct check *check, const struct text_ref *names, uint32_t count,
                            const struct name_table *table)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!text_is_sound(check, names[i])) {
            return false;
        }
    }
    return table_is_sound(table, count);
}

static bool all_names_are_sound(struct check *check)
{
    const struct snapshot *snapshot = check->snapshot;
    return table_is_sound(&snapshot->aoi_slots, snapshot->facts.aois) &&
           names_are_sound(check, snapshot->interfaces, snapshot->interface_count, &snapshot->interface_slots) &&
           names_are_sound(check, snapshot->attributes, snapshot->attribute_count, &snapshot->attribute_slots);
}

/* Lists of ordinals */

/* Strictly ascending, all of them policies. */
static bool list_is_sound(const struct snapshot *snapshot, const uint32_t *list, uint32_t count)
{
    bool ascends = true;
    for (uint32_t i = 1; i < count; i++) {
        ascends &= list[i - 1] < list[i];
    }
    return ascends && (count == 0 || list[count - 1] < snapshot->facts.policies);
}

static bool aoi_is_sound(struct check *check, uint32_t aoi)
{
    const struct snapshot *snapshot = check->snapshot;
    const struct aoi_entry *entry = &snapshot->aois[aoi];
    uint32_t total = snapshot->counts.ordinals;
    if (!text_is_sound(check, entry->code) ||
        !follows(entry->ordinals_at, entry->included_count, total, &check->next.ordinals) ||
        !follows(check->next.ordinals, entry->excluded_count, total, &check->next.ordinals)) {
        return false;
    }
    const uint32_t *list = &snapshot->ordinals[entry->ordinals_at];
    if (!list_is_sound(snapshot, list, entry->included_count) ||
        !list_is_sound(snapshot, list + entry->included_count, entry->excluded_count)) {
        return false;
    }
    for (uint32_t i = 0; i < entry->included_count + entry->excluded_count; i++) {
        check->concerned[aoi] += !check->is_for_all[list[i]];
    }
    return true;
}

static bool lists_are_sound(struct check *check)
{
    const struct snapshot *snapshot = check->snapshot;
    if (!list_is_sound(snapshot, snapshot->all_ordinals, snapshot->all_count)) {
        return false;
    }
    for (uint32_t i = 0; i < snapshot->all_count; i++) {
        check->is_for_all[snapshot->all_ordinals[i]] = 1;
    }
    for (uint32_t aoi = 0; aoi < snapshot->facts.aois; aoi++) {
        if (!aoi_is_sound(check, aoi)) {
            return false;
        }
    }
    uint32_t candidates_max =
        aoi_index_worst_case(snapshot->facts.policies, snapshot->all_count, check->concerned, snapshot->facts.aois);
    return check->next.ordinals == snapshot->counts.ordinals && candidates_max == snapshot->facts.candidates_max;
}

/* Policies */

/* Read as bytes: another value in a bool is no bool. */
static bool flags_are_sound(const struct compiled_policy *policy)
{
    const unsigned char *bytes = (const unsigned char *)policy;
    return bytes[offsetof(struct compiled_policy, is_paused)] <= 1 &&
           bytes[offsetof(struct compiled_policy, is_exclusive)] <= 1 &&
           bytes[offsetof(struct compiled_policy, is_experiment)] <= 1 &&
           bytes[offsetof(struct compiled_policy, has_layer)] <= 1 && policy->unit <= UNIT_AOI;
}

static bool identity_is_sound(const struct check *check, const struct compiled_policy *policy)
{
    const struct snapshot *snapshot = check->snapshot;
    return policy->id_rank < snapshot->facts.policies &&
           &snapshot->policies[snapshot->by_id[policy->id_rank]] == policy && text_is_sound(check, policy->id) &&
           (policy->group == NO_NUMBER || policy->group < snapshot->group_count);
}

static bool slots_are_sound(const struct compiled_policy *policy)
{
    return policy->ramp.length <= PREFIX_BYTES_MAX && policy->layer.length <= PREFIX_BYTES_MAX &&
           policy->variant.length <= PREFIX_BYTES_MAX && policy->layer_from <= policy->layer_to &&
           policy->layer_to <= BUCKET_SLOTS;
}

static bool interfaces_are_sound(struct check *check, const struct compiled_policy *policy)
{
    const struct snapshot *snapshot = check->snapshot;
    return policy->interfaces_at == NO_NUMBER ||
           follows(policy->interfaces_at, snapshot->interface_words, snapshot->counts.interface_words,
                   &check->next.interface_words);
}

static bool times_are_sound(struct check *check, const struct compiled_policy *policy)
{
    const struct snapshot *snapshot = check->snapshot;
    if (policy->utc_offset_s < limit_offset_west_s || policy->utc_offset_s > limit_offset_east_s ||
        !follows(policy->windows_at, policy->window_count, snapshot->counts.windows, &check->next.windows) ||
        !follows(policy->steps_at, policy->step_count, snapshot->counts.steps, &check->next.steps)) {
        return false;
    }
    const struct compiled_window *windows = &snapshot->windows[policy->windows_at];
    for (uint16_t i = 0; i < policy->window_count; i++) {
        if (windows[i].from_minute >= windows[i].to_minute || windows[i].to_minute > WEEK_MINUTES ||
            (i > 0 && windows[i].from_minute <= windows[i - 1].to_minute)) {
            return false;
        }
    }
    const struct rollout_step *steps = &snapshot->steps[policy->steps_at];
    for (uint8_t i = 0; i < policy->step_count; i++) {
        if (steps[i].share_bp > LIMIT_SHARE_BP || (i > 0 && steps[i].from_s <= steps[i - 1].from_s)) {
            return false;
        }
    }
    return true;
}

static bool condition_is_sound(struct check *check, const struct compiled_condition *condition)
{
    const struct snapshot *snapshot = check->snapshot;
    if (condition->attribute >= snapshot->attribute_count || condition->comparison > COMPARISON_EXISTS ||
        condition->value_count == 0 ||
        !follows(condition->values_at, condition->value_count, snapshot->counts.values, &check->next.values)) {
        return false;
    }
    const struct compiled_value *values = &snapshot->values[condition->values_at];
    for (uint32_t i = 0; i < condition->value_count; i++) {
        if (values[i].kind > VALUE_BOOLEAN || !text_is_sound(check, values[i].string)) {
            return false;
        }
    }
    return true;
}

static bool conditions_are_sound(struct check *check, const struct compiled_policy *policy)
{
    const struct snapshot *snapshot = check->snapshot;
    if (!follows(policy->conditions_at, policy->condition_count, snapshot->counts.conditions,
                 &check->next.conditions)) {
        return false;
    }
    for (uint8_t i = 0; i < policy->condition_count; i++) {
        if (!condition_is_sound(check, &snapshot->conditions[policy->conditions_at + i])) {
            return false;
        }
    }
    return true;
}

/* Variants and their offers */

static bool is_money(int64_t fen)
{
    return fen >= 0 && fen <= limit_money_fen;
}

static bool offer_is_sound(struct check *check, uint32_t at)
{
    const struct snapshot *snapshot = check->snapshot;
    if (!follows(at, 1, snapshot->counts.offers, &check->next.offers)) {
        return false;
    }
    const struct compiled_offer *offer = &snapshot->offers[at];
    if (offer->kind > OFFER_COUPON || offer->share_bp > LIMIT_SHARE_BP || !is_money(offer->cap_fen) ||
        !is_money(offer->price_fen) ||
        !follows(offer->tiers_at, offer->tier_count, snapshot->counts.tiers, &check->next.tiers)) {
        return false;
    }
    const struct tier *tiers = &snapshot->tiers[offer->tiers_at];
    for (uint8_t i = 0; i < offer->tier_count; i++) {
        if (!is_money(tiers[i].off_fen) || (i > 0 && tiers[i].reach_fen <= tiers[i - 1].reach_fen)) {
            return false;
        }
    }
    return true;
}

/* The last one's slots end at BUCKET_SLOTS: some variant holds any slot. */
static bool variants_are_sound(struct check *check, const struct compiled_policy *policy)
{
    const struct snapshot *snapshot = check->snapshot;
    uint32_t cumulative_bp = 0;
    if (!follows(policy->variants_at, policy->variant_count, snapshot->counts.variants, &check->next.variants)) {
        return false;
    }
    for (uint8_t i = 0; i < policy->variant_count; i++) {
        const struct compiled_variant *variant = &snapshot->variants[policy->variants_at + i];
        if (!text_is_sound(check, variant->offered) || !text_is_sound(check, variant->exposure) ||
            variant->cumulative_bp < cumulative_bp ||
            (variant->offer != NO_NUMBER && !offer_is_sound(check, variant->offer))) {
            return false;
        }
        cumulative_bp = variant->cumulative_bp;
    }
    return cumulative_bp == BUCKET_SLOTS;
}

static bool policies_are_sound(struct check *check)
{
    const struct snapshot *snapshot = check->snapshot;
    for (uint32_t ordinal = 0; ordinal < snapshot->facts.policies; ordinal++) {
        const struct compiled_policy *policy = &snapshot->policies[ordinal];
        if (!flags_are_sound(policy) || !identity_is_sound(check, policy) || !slots_are_sound(policy) ||
            !interfaces_are_sound(check, policy) || !times_are_sound(check, policy) ||
            !conditions_are_sound(check, policy) || !variants_are_sound(check, policy)) {
            return false;
        }
    }
    return true;
}

static bool parts_are_used_up(struct check *check)
{
    const struct part_counts *counts = &check->snapshot->counts, *next = &check->next;
    return next->windows == counts->windows && next->conditions == counts->conditions &&
           next->values == counts->values && next->steps == counts->steps && next->variants == counts->variants &&
           next->offers == counts->offers && next->tiers == counts->tiers &&
           next->interface_words == counts->interface_words;
}

static bool group_picks_are_sound(struct check *check)
{
    for (uint32_t i = 0; i < check->snapshot->group_count; i++) {
        if (check->snapshot->group_picks[i] > PICK_BEST) {
            return false;
        }
    }
    return true;
}

static const char *run_checks(struct check *check)
{
    static const struct {
        bool (*holds)(struct check *check);
        const char *reason;
    } checks[] = {
        {totals_are_sound, "the image's totals cannot be"},
        {all_names_are_sound, "a table of names of the image is damaged"},
        {lists_are_sound, "an AOI's list of the image is damaged"},
        {policies_are_sound, "a policy of the image is damaged"},
        {parts_are_used_up, "the image has parts that no policy uses"},
        {group_picks_are_sound, "a group of the image is damaged"},
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i].holds(check)) {
            return checks[i].reason;
        }
    }
    return NULL;
}

const char *snapshot_image_check(const struct snapshot *snapshot)
{
    struct check check = {
        .snapshot = snapshot,
        .is_for_all = calloc((size_t)snapshot->facts.policies + 1, sizeof(*check.is_for_all)),
        .concerned = calloc((size_t)snapshot->facts.aois + 1, sizeof(*check.concerned)),
    };
    bool has_memory = check.is_for_all != NULL && check.concerned != NULL;
    const char *reason = has_memory ? run_checks(&check) : "out of memory";
    free(check.is_for_all);
    free(check.concerned);
    return reason;
}
