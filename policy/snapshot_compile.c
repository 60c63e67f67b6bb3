#include <assert.h>
#include <stdlib.h>

#include "policy/aoi_index.h"
#include "policy/compiled.h"
#include "policy/condition.h"
#include "policy/decision_json.h"
#include "policy/offer.h"
#include "policy/schedule.h"

/* A snapshot in the making: its counts say what of each array is used already. */
struct compiler {
    const struct policy_set *set;
    const struct policy **walk; /* the policies in walk order */
    struct snapshot *snapshot;
    struct text text;
};

/* Order */

static int compare_walk(const void *a, const void *b)
{
    const struct policy *first = *(const struct policy *const *)a, *second = *(const struct policy *const *)b;
    if (first->priority != second->priority) {
        return first->priority > second->priority ? -1 : 1;
    }
    return first < second ? -1 : first > second; /* the set's policies stand by id */
}

/* NOLINTBEGIN(bugprone-sizeof-expression): the walk is a list of pointers, and a pointer's size is meant */
static bool order_policies(struct compiler *compiler)
{
    const struct policy_set *set = compiler->set;
    compiler->walk = calloc((size_t)set->count + 1, sizeof(*compiler->walk));
    if (compiler->walk == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        compiler->walk[i] = &set->policies[i];
    }
    qsort(compiler->walk, set->count, sizeof(*compiler->walk), compare_walk);
    return true;
}
/* NOLINTEND(bugprone-sizeof-expression) */

/* Room: what each array needs at most */

static void count_offer(struct part_counts *counts, const struct offer *offer)
{
    if (offer != NULL) {
        counts->offers++;
        counts->tiers += offer->tier_count;
    }
}

static void count_policy(struct part_counts *counts, const struct policy *policy, uint32_t interface_words)
{
    counts->windows += policy->schedule.window_count * (uint32_t)(SCHEDULE_WINDOWS_MAX / LIMIT_WINDOWS);
    counts->conditions += policy->condition_count;
    for (uint32_t i = 0; i < policy->condition_count; i++) {
        counts->values += policy->conditions[i].value_count;
    }
    counts->steps += policy->rollout.step_count;
    counts->variants += policy->offer != NULL ? 1 : policy->experiment.variant_count;
    count_offer(counts, policy->offer);
    for (uint8_t i = 0; i < policy->experiment.variant_count; i++) {
        count_offer(counts, policy->experiment.variants[i].offer);
    }
    counts->interface_words += policy->has_interfaces ? interface_words : 0;
}

static bool take(struct snapshot *snapshot, void *ret_array, size_t count, size_t size)
{
    void *memory = arena_allocate(&snapshot->arena, count * size);
    memcpy(ret_array, &memory, sizeof(memory));
    return memory != NULL;
}

static bool make_room(struct snapshot *snapshot, const struct policy_set *set)
{
    struct part_counts counts = {0};
    snapshot->interface_words = snapshot_words_for(set->interfaces.count);
    for (uint32_t i = 0; i < set->count; i++) {
        count_policy(&counts, &set->policies[i], snapshot->interface_words);
    }
    return take(snapshot, &snapshot->policies, set->count, sizeof(*snapshot->policies)) &&
           take(snapshot, &snapshot->by_id, set->count, sizeof(*snapshot->by_id)) &&
           take(snapshot, &snapshot->windows, counts.windows, sizeof(*snapshot->windows)) &&
           take(snapshot, &snapshot->conditions, counts.conditions, sizeof(*snapshot->conditions)) &&
           take(snapshot, &snapshot->values, counts.values, sizeof(*snapshot->values)) &&
           take(snapshot, &snapshot->steps, counts.steps, sizeof(*snapshot->steps)) &&
           take(snapshot, &snapshot->variants, counts.variants, sizeof(*snapshot->variants)) &&
           take(snapshot, &snapshot->offers, counts.offers, sizeof(*snapshot->offers)) &&
           take(snapshot, &snapshot->tiers, counts.tiers, sizeof(*snapshot->tiers)) &&
           take(snapshot, &snapshot->interface_bits, counts.interface_words, sizeof(*snapshot->interface_bits)) &&
           take(snapshot, &snapshot->group_picks, set->groups.count, sizeof(*snapshot->group_picks));
}

/* Parts of a policy. Structs are filled member by member: what lies between the members stays zero, so that the same
   documents give the same image (snapshot_image.h). */

static void compile_values(struct compiler *compiler, const struct condition *condition)
{
    struct compiled_value *values = &compiler->snapshot->values[compiler->snapshot->counts.values];
    for (uint32_t i = 0; i < condition->value_count; i++) {
        const struct value *value = &condition->values[i];
        values[i].kind = (uint8_t)value->kind;
        if (value->kind == VALUE_STRING) {
            values[i].string = name_table_append(&compiler->text, value->string);
        } else {
            values[i].integer = value->kind == VALUE_BOOLEAN ? value->boolean : value->integer;
        }
    }
    compiler->snapshot->counts.values += condition->value_count;
}

static void compile_conditions(struct compiler *compiler, const struct policy *policy, struct compiled_policy *compiled)
{
    struct snapshot *snapshot = compiler->snapshot;
    compiled->conditions_at = snapshot->counts.conditions;
    compiled->condition_count = (uint8_t)policy->condition_count;
    for (uint32_t i = 0; i < policy->condition_count; i++) {
        const struct condition *condition = &policy->conditions[i];
        struct compiled_condition *out = &snapshot->conditions[snapshot->counts.conditions++];
        out->attribute = condition->attribute;
        out->comparison = (uint8_t)condition->comparison;
        out->values_at = snapshot->counts.values;
        out->value_count = condition->value_count;
        compile_values(compiler, condition);
    }
}

static void compile_interfaces(struct compiler *compiler, const struct policy *policy, struct compiled_policy *compiled)
{
    compiled->interfaces_at = NO_NUMBER;
    if (!policy->has_interfaces) {
        return;
    }
    compiled->interfaces_at = compiler->snapshot->counts.interface_words;
    compiler->snapshot->counts.interface_words += compiler->snapshot->interface_words;
    uint64_t *words = &compiler->snapshot->interface_bits[compiled->interfaces_at];
    for (uint32_t i = 0; i < policy->interface_count; i++) {
        words[policy->interfaces[i] / 64] |= UINT64_C(1) << (policy->interfaces[i] % 64);
    }
}

static void compile_times(struct compiler *compiler, const struct policy *policy, struct compiled_policy *compiled)
{
    struct snapshot *snapshot = compiler->snapshot;
    compiled->from_s = policy->schedule.from_s;
    compiled->to_s = policy->schedule.to_s;
    compiled->utc_offset_s = policy->schedule.utc_offset_s;
    struct compiled_window windows[SCHEDULE_WINDOWS_MAX];
    compiled->window_count = schedule_compile(&policy->schedule, windows);
    compiled->windows_at = snapshot->counts.windows;
    memcpy(&snapshot->windows[compiled->windows_at], windows, compiled->window_count * sizeof(windows[0]));
    snapshot->counts.windows += compiled->window_count;

    compiled->steps_at = snapshot->counts.steps;
    compiled->step_count = policy->rollout.step_count;
    for (uint8_t i = 0; i < compiled->step_count; i++) {
        struct rollout_step *step = &snapshot->steps[snapshot->counts.steps++];
        step->from_s = policy->rollout.steps[i].from_s;
        step->share_bp = policy->rollout.steps[i].share_bp;
    }
}

static uint32_t compile_offer(struct compiler *compiler, const struct offer *offer)
{
    struct snapshot *snapshot = compiler->snapshot;
    struct compiled_offer *compiled = &snapshot->offers[snapshot->counts.offers];
    compiled->kind = (uint8_t)offer->kind;
    compiled->tier_count = offer->tier_count;
    compiled->tiers_at = snapshot->counts.tiers;
    compiled->share_bp = offer->share_bp;
    compiled->cap_fen = offer->cap_fen;
    compiled->price_fen = offer->price_fen;
    memcpy(&snapshot->tiers[compiled->tiers_at], offer->tiers, offer->tier_count * sizeof(offer->tiers[0]));
    snapshot->counts.tiers += offer->tier_count;
    return snapshot->counts.offers++;
}

/* `variant` NULL: the policy has no experiment. */
static void compile_variant(struct compiler *compiler, const struct policy *policy, const struct variant *variant,
                            uint32_t cumulative_bp)
{
    struct snapshot *snapshot = compiler->snapshot;
    const struct offer *offer = variant == NULL ? policy->offer : variant->offer;
    struct slice name = variant == NULL ? (struct slice){0} : variant->name;
    struct compiled_variant *compiled = &snapshot->variants[snapshot->counts.variants++];
    struct text *text = &compiler->text;
    compiled->cumulative_bp = cumulative_bp;
    compiled->offer = offer == NULL ? NO_NUMBER : compile_offer(compiler, offer);
    uint32_t from = (uint32_t)text->length;
    if (offer != NULL) {
        decision_json_offer_fragment(text, policy->id, offer->coupon, offer_kind_name(offer->kind), name);
    }
    compiled->offered = (struct text_ref){from, (uint32_t)text->length - from};
    from = (uint32_t)text->length;
    if (variant != NULL) {
        decision_json_exposure_fragment(text, policy->id, name);
    }
    compiled->exposure = (struct text_ref){from, (uint32_t)text->length - from};
}

static void compile_gift(struct compiler *compiler, const struct policy *policy, struct compiled_policy *compiled)
{
    const struct experiment *experiment = &policy->experiment;
    compiled->variants_at = compiler->snapshot->counts.variants;
    compiled->is_experiment = experiment->variant_count > 0;
    compiled->variant_count = compiled->is_experiment ? experiment->variant_count : 1;
    if (!compiled->is_experiment) {
        compile_variant(compiler, policy, NULL, LIMIT_SHARE_BP);
        return;
    }
    compiled->unit = (uint8_t)experiment->unit;
    compiled->has_layer = experiment->has_layer;
    compiled->layer = bucket_prefix_of(experiment->layer_salt, SLICE("layer"));
    compiled->layer_from = (uint16_t)experiment->layer_from;
    compiled->layer_to = (uint16_t)experiment->layer_to;
    compiled->variant = bucket_prefix_of(experiment->salt, SLICE("variant"));
    uint32_t cumulative_bp = 0;
    for (uint8_t i = 0; i < experiment->variant_count; i++) {
        cumulative_bp += experiment->variants[i].weight_bp;
        compile_variant(compiler, policy, &experiment->variants[i], cumulative_bp);
    }
}

static void compile_policy(struct compiler *compiler, uint32_t ordinal)
{
    const struct policy *policy = compiler->walk[ordinal];
    struct compiled_policy *compiled = &compiler->snapshot->policies[ordinal];
    compiled->id_rank = (uint32_t)(policy - compiler->set->policies);
    compiler->snapshot->by_id[compiled->id_rank] = ordinal;
    compiled->id = name_table_append(&compiler->text, policy->id);
    compiled->is_paused = policy->is_paused;
    compiled->is_exclusive = policy->is_exclusive;
    compiled->group = policy->group;
    compiled->ramp = bucket_prefix_of(policy->rollout.salt, SLICE("ramp"));
    compile_interfaces(compiler, policy, compiled);
    compile_times(compiler, policy, compiled);
    compile_conditions(compiler, policy, compiled);
    compile_gift(compiler, policy, compiled);
}

/* The values of a list stand sorted, for binary search. The text is complete by now: its place does not change. */
static int compare_values(const void *a, const void *b, void *snapshot)
{
    return condition_compare_values(snapshot, a, b);
}

static void sort_values(struct compiler *compiler)
{
    struct snapshot *snapshot = compiler->snapshot;
    for (uint32_t i = 0; i < snapshot->counts.conditions; i++) {
        const struct compiled_condition *condition = &snapshot->conditions[i];
        qsort_r(&snapshot->values[condition->values_at], condition->value_count, sizeof(*snapshot->values),
                compare_values, snapshot);
    }
}

static bool compile_names(struct compiler *compiler)
{
    struct snapshot *snapshot = compiler->snapshot;
    const struct policy_set *set = compiler->set;
    snapshot->interface_count = set->interfaces.count;
    snapshot->attribute_count = set->attributes.count;
    snapshot->group_count = set->groups.count;
    for (uint32_t i = 0; i < set->groups.count; i++) {
        snapshot->group_picks[i] = (uint8_t)(i < set->group_pick_count ? set->group_picks[i] : PICK_FIRST);
    }
    return name_table_build(&snapshot->arena, &set->interfaces, &compiler->text, &snapshot->interfaces,
                            &snapshot->interface_slots) &&
           name_table_build(&snapshot->arena, &set->attributes, &compiler->text, &snapshot->attributes,
                            &snapshot->attribute_slots);
}

static bool compile_all(struct compiler *compiler)
{
    struct snapshot *snapshot = compiler->snapshot;
    if (!aoi_index_candidates_max(compiler->set, &snapshot->facts.candidates_max) || !order_policies(compiler) ||
        !make_room(snapshot, compiler->set) || !compile_names(compiler) ||
        !aoi_index_build(snapshot, compiler->set, compiler->walk, &compiler->text)) {
        return false;
    }
    for (uint32_t ordinal = 0; ordinal < compiler->set->count; ordinal++) {
        compile_policy(compiler, ordinal);
    }
    if (compiler->text.failed) {
        return false;
    }
    snapshot->text = compiler->text.bytes;
    snapshot->facts.string_bytes = compiler->text.length;
    sort_values(compiler);
    return true;
}

static bool fits(const struct snapshot *snapshot, const struct snapshot_limits *limits, struct problems *problems)
{
    const struct snapshot_facts *facts = &snapshot->facts;
    if (facts->candidates_max > limits->candidates_max) {
        problems_add(problems, "", "",
                     "one evaluation may have to look at %u policies, more than limits.max_candidates = %u",
                     facts->candidates_max, limits->candidates_max);
        return false;
    }
    if (limits->bytes_max != 0 && facts->bytes > limits->bytes_max) {
        problems_add(problems, "", "", "takes %llu bytes of memory, more than limits.snapshot_max_bytes = %llu",
                     (unsigned long long)facts->bytes, (unsigned long long)limits->bytes_max);
        return false;
    }
    return true;
}

struct snapshot *snapshot_compile(const struct policy_set *set, uint64_t release, const struct snapshot_limits *limits,
                                  struct problems *problems)
{
    struct compiler compiler = {.set = set, .snapshot = calloc(1, sizeof(*compiler.snapshot))};
    text_init(&compiler.text, UINT32_MAX);
    struct snapshot *snapshot = compiler.snapshot;
    bool is_well = snapshot != NULL;
    if (is_well) {
        snapshot->facts = (struct snapshot_facts){.release = release, .policies = set->count};
        snapshot->max_offers = set->max_offers;
        is_well = compile_all(&compiler);
        if (!is_well) {
            snapshot->text = compiler.text.bytes; /* for snapshot_free */
        }
    }
    free(compiler.walk);
    if (!is_well) {
        problems_add_out_of_memory(problems, "");
    } else {
        snapshot->facts.bytes = arena_bytes(&snapshot->arena) + compiler.text.capacity + sizeof(*snapshot);
        is_well = fits(snapshot, limits, problems);
    }
    if (!is_well) {
        snapshot_free(snapshot);
        return NULL;
    }
    return snapshot;
}
