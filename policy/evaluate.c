/*
 * The rule of every reason code stands in this file, in the order in which the contract checks them. It is longer than
 * others for that: a reader who asks "why not this policy?" shall need no second one.
 *
 *     check_before_scope   paused, interface_miss, not_started, ended, outside_window
 *     check_scope          aoi_excluded, aoi_miss
 *     check_audience       attr_missing, attr_mismatch, ramp_out, layer_out
 *     choose_variant       variant_none
 *     check_turn           exclusive_taken, offer_limit, exclusive_blocked, group_taken
 *     judge, accept        below_threshold, no_value, offered
 */
#include "policy/evaluate.h"

#include <assert.h>

#include "policy/condition.h"
#include "policy/offer.h"
#include "policy/schedule.h"
#include "policy/scope.h"

/* A candidate that no rule has decided yet. */
#define REASON_PENDING UINT8_MAX
static_assert(REASON_OFFERED < REASON_PENDING, "a reason fits the candidate's byte");

/* What the checks look at. */
struct request {
    const struct snapshot *snapshot;
    const struct context *context;
    int64_t now_s;
    uint32_t interface; /* number, NO_NUMBER: no policy names it */
    struct attribute_numbers numbers;
};

struct walk {
    struct evaluation *evaluation;
    struct basket basket;
    bool exclusive_taken;
};

/* Checks: each says false with the reason, or true */

static bool fails(enum reason reason, enum reason *ret_reason)
{
    *ret_reason = reason;
    return false;
}

static bool has_interface(const struct request *request, const struct compiled_policy *policy)
{
    if (policy->interfaces_at == NO_NUMBER) {
        return true;
    }
    if (request->interface == NO_NUMBER) {
        return false;
    }
    const uint64_t *words = &request->snapshot->interface_bits[policy->interfaces_at];
    return (words[request->interface / 64] >> (request->interface % 64) & 1) != 0;
}

static bool check_before_scope(const struct request *request, const struct compiled_policy *policy,
                               enum reason *ret_reason)
{
    if (policy->is_paused) {
        return fails(REASON_PAUSED, ret_reason);
    }
    if (!has_interface(request, policy)) {
        return fails(REASON_INTERFACE_MISS, ret_reason);
    }
    switch (schedule_check(request->snapshot, policy, request->now_s)) {
    case SCHEDULE_BEFORE:
        return fails(REASON_NOT_STARTED, ret_reason);
    case SCHEDULE_AFTER:
        return fails(REASON_ENDED, ret_reason);
    case SCHEDULE_OUTSIDE:
        return fails(REASON_OUTSIDE_WINDOW, ret_reason);
    case SCHEDULE_OPEN:
        break;
    }
    return true;
}

static bool check_scope(const struct scope_match *match, enum reason *ret_reason)
{
    if (match->is_excluded) {
        return fails(REASON_AOI_EXCLUDED, ret_reason);
    }
    return match->is_listed || fails(REASON_AOI_MISS, ret_reason);
}

/* The share in force: that of the last step that has begun, 0 before the first. */
static uint32_t share_in_force(const struct request *request, const struct compiled_policy *policy)
{
    const struct rollout_step *steps = &request->snapshot->steps[policy->steps_at];
    uint32_t share_bp = 0;
    for (uint8_t i = 0; i < policy->step_count && steps[i].from_s <= request->now_s; i++) {
        share_bp = steps[i].share_bp;
    }
    return share_bp;
}

static struct slice unit_of(const struct request *request, const struct compiled_policy *policy,
                            const struct scope_match *match)
{
    return policy->unit == UNIT_AOI ? request->context->aois[match->aoi] : request->context->user_id;
}

static bool check_audience(const struct request *request, const struct compiled_policy *policy,
                           const struct scope_match *match, enum reason *ret_reason)
{
    const struct compiled_condition *conditions = &request->snapshot->conditions[policy->conditions_at];
    for (uint8_t i = 0; i < policy->condition_count; i++) {
        switch (condition_check(request->snapshot, &conditions[i], request->context, &request->numbers)) {
        case CONDITION_MISSING:
            return fails(REASON_ATTR_MISSING, ret_reason);
        case CONDITION_MISMATCH:
            return fails(REASON_ATTR_MISMATCH, ret_reason);
        case CONDITION_HOLDS:
            break;
        }
    }
    if (policy->step_count > 0 &&
        bucket_prefix_slot(&policy->ramp, request->context->user_id) >= share_in_force(request, policy)) {
        return fails(REASON_RAMP_OUT, ret_reason);
    }
    if (policy->has_layer) {
        uint32_t slot = bucket_prefix_slot(&policy->layer, unit_of(request, policy, match));
        if (slot < policy->layer_from || slot >= policy->layer_to) {
            return fails(REASON_LAYER_OUT, ret_reason);
        }
    }
    return true;
}

/* The variant whose slots hold the unit, as an index of the snapshot; false: it gives nothing. */
static bool choose_variant(const struct request *request, const struct compiled_policy *policy,
                           const struct scope_match *match, uint32_t *ret_variant, enum reason *ret_reason)
{
    const struct compiled_variant *variants = &request->snapshot->variants[policy->variants_at];
    uint8_t chosen = 0;
    if (policy->is_experiment) {
        uint32_t slot = bucket_prefix_slot(&policy->variant, unit_of(request, policy, match));
        while (variants[chosen].cumulative_bp <= slot) {
            chosen++;
            assert(chosen < policy->variant_count);
        }
    }
    *ret_variant = policy->variants_at + chosen;
    return variants[chosen].offer != NO_NUMBER || fails(REASON_VARIANT_NONE, ret_reason);
}

/* Candidates */

static void add_candidate(struct evaluation *evaluation, const struct candidate *candidate, uint32_t group)
{
    assert(evaluation->candidate_count < evaluation->candidate_capacity);
    if (group != NO_NUMBER) {
        evaluation->groups[group] = (struct group_state){0};
    }
    evaluation->candidates[evaluation->candidate_count++] = *candidate;
}

/* Runs the checks on one policy; those that reach the variant check become candidates. */
static enum reason consider(struct evaluation *evaluation, const struct request *request,
                            const struct scope_match *match)
{
    const struct compiled_policy *policy = &request->snapshot->policies[match->ordinal];
    enum reason reason;
    if (!check_before_scope(request, policy, &reason) || !check_scope(match, &reason) ||
        !check_audience(request, policy, match, &reason)) {
        return reason;
    }
    struct candidate candidate = {.ordinal = match->ordinal, .is_exposure = policy->is_experiment};
    candidate.reason =
        choose_variant(request, policy, match, &candidate.variant, &reason) ? REASON_PENDING : (uint8_t)reason;
    add_candidate(evaluation, &candidate, policy->group);
    return (enum reason)candidate.reason;
}

static void prefetch_policy(const struct compiled_policy *policy)
{
    const char *bytes = (const char *)policy;
    for (size_t line = 0; line < sizeof(*policy); line += 64) {
        __builtin_prefetch(bytes + line);
    }
}

static void begin(struct evaluation *evaluation, struct request *request)
{
    const struct snapshot *snapshot = request->snapshot;
    assert(evaluation->candidate_capacity >= snapshot->facts.candidates_max);
    assert(evaluation->group_capacity >= snapshot->group_count);
    evaluation->snapshot = snapshot;
    evaluation->candidate_count = evaluation->offer_count = evaluation->looked_at = 0;
    evaluation->discount = evaluation->delivery_discount = 0;
    request->interface = snapshot_find_interface(snapshot, request->context->interface);
    condition_number_attributes(snapshot, request->context, &request->numbers);
}

/* The walk */

static const struct compiled_policy *policy_of(const struct walk *walk, const struct candidate *candidate)
{
    return &walk->evaluation->snapshot->policies[candidate->ordinal];
}

static const struct compiled_offer *offer_of(const struct walk *walk, const struct candidate *candidate)
{
    const struct snapshot *snapshot = walk->evaluation->snapshot;
    return &snapshot->offers[snapshot->variants[candidate->variant].offer];
}

static struct group_state *group_of(const struct walk *walk, const struct candidate *candidate)
{
    uint32_t group = policy_of(walk, candidate)->group;
    return group == NO_NUMBER ? NULL : &walk->evaluation->groups[group];
}

static bool picks_best(const struct walk *walk, const struct candidate *candidate)
{
    uint32_t group = policy_of(walk, candidate)->group;
    return group != NO_NUMBER && walk->evaluation->snapshot->group_picks[group] == PICK_BEST;
}

static bool is_blocked(const struct walk *walk, const struct candidate *candidate)
{
    return policy_of(walk, candidate)->is_exclusive && walk->evaluation->offer_count > 0;
}

/* Rules 1 and 2: may the candidate be looked at, when its turn comes? */
static bool check_turn(const struct walk *walk, const struct candidate *candidate, enum reason *ret_reason)
{
    if (walk->exclusive_taken) {
        return fails(REASON_EXCLUSIVE_TAKEN, ret_reason);
    }
    if (walk->evaluation->offer_count == walk->evaluation->snapshot->max_offers) {
        return fails(REASON_OFFER_LIMIT, ret_reason);
    }
    if (is_blocked(walk, candidate)) {
        return fails(REASON_EXCLUSIVE_BLOCKED, ret_reason);
    }
    const struct group_state *group = group_of(walk, candidate);
    return group == NULL || !group->has_given || fails(REASON_GROUP_TAKEN, ret_reason);
}

/* Rule 3. */
static bool judge(const struct walk *walk, const struct candidate *candidate, int64_t *ret_worth,
                  enum reason *ret_reason)
{
    switch (offer_judge(walk->evaluation->snapshot, offer_of(walk, candidate), &walk->basket, ret_worth)) {
    case OFFER_BELOW_THRESHOLD:
        return fails(REASON_BELOW_THRESHOLD, ret_reason);
    case OFFER_NO_VALUE:
        return fails(REASON_NO_VALUE, ret_reason);
    case OFFER_ACCEPTABLE:
        break;
    }
    return true;
}

/* Rule 6. */
static void accept(struct walk *walk, struct candidate *candidate, int64_t worth)
{
    struct evaluation *evaluation = walk->evaluation;
    assert(evaluation->offer_count < LIMIT_MAX_OFFERS && candidate->reason == REASON_PENDING);
    evaluation->offers[evaluation->offer_count++] = (struct accepted_offer){
        .candidate = (uint32_t)(candidate - evaluation->candidates),
        .discount = worth,
    };
    if (offer_of(walk, candidate)->kind == OFFER_FREE_DELIVERY) {
        walk->basket.delivery_remaining_fen -= worth;
        evaluation->delivery_discount += worth;
    } else {
        walk->basket.remaining_fen -= worth;
        evaluation->discount += worth;
    }
    assert(walk->basket.remaining_fen >= 0 && walk->basket.delivery_remaining_fen >= 0);
    candidate->reason = REASON_OFFERED;
    walk->exclusive_taken = policy_of(walk, candidate)->is_exclusive;
    struct group_state *group = group_of(walk, candidate);
    if (group != NULL) {
        group->has_given = true;
    }
}

/* Rule 5: the best of the group from this candidate on; NULL when nothing is acceptable. */
static struct candidate *best_of_group(const struct walk *walk, struct candidate *from, int64_t *ret_worth)
{
    struct candidate *candidates = walk->evaluation->candidates, *best = NULL;
    for (struct candidate *other = from;; other = &candidates[other->group_next - 1]) {
        int64_t worth;
        enum reason reason;
        if (!is_blocked(walk, other) && judge(walk, other, &worth, &reason) && (best == NULL || worth > *ret_worth)) {
            best = other;
            *ret_worth = worth;
        }
        if (other->group_next == 0) {
            return best;
        }
    }
}

static enum reason take_turn(struct walk *walk, struct candidate *candidate)
{
    enum reason reason;
    if (!check_turn(walk, candidate, &reason)) {
        return reason;
    }
    int64_t worth;
    bool is_acceptable = judge(walk, candidate, &worth, &reason);
    if (!picks_best(walk, candidate)) {
        if (is_acceptable) {
            accept(walk, candidate, worth);
            return REASON_OFFERED;
        }
        return reason;
    }
    struct group_state *group = group_of(walk, candidate);
    struct candidate *best = group->is_dry ? NULL : best_of_group(walk, candidate, &worth);
    if (best == NULL) {
        assert(!is_acceptable);
        group->is_dry = true;
        return reason;
    }
    accept(walk, best, worth);
    return best == candidate ? REASON_OFFERED : REASON_GROUP_TAKEN;
}

/* Chains the candidates of each group that picks the best, in walk order, so that a group is searched once and nobody
   else is looked at. */
static void chain_groups(const struct walk *walk)
{
    struct evaluation *evaluation = walk->evaluation;
    for (uint32_t i = evaluation->candidate_count; i-- > 0;) {
        struct candidate *candidate = &evaluation->candidates[i];
        if (candidate->reason == REASON_PENDING && picks_best(walk, candidate)) {
            struct group_state *group = group_of(walk, candidate);
            candidate->group_next = group->first;
            group->first = i + 1;
        }
    }
}

static void take_turns(struct evaluation *evaluation, const struct context *context)
{
    struct walk walk = {
        .evaluation = evaluation,
        .basket = {context->amount, context->amount, context->delivery_fee},
    };
    if (evaluation->snapshot->group_count > 0) {
        chain_groups(&walk);
    }
    for (uint32_t i = 0; i < evaluation->candidate_count; i++) {
        struct candidate *candidate = &evaluation->candidates[i];
        if (candidate->reason == REASON_PENDING) {
            candidate->reason = (uint8_t)take_turn(&walk, candidate);
        }
    }
}

void evaluate(struct evaluation *evaluation, const struct snapshot *snapshot, const struct context *context,
              int64_t now_s)
{
    struct request request = {.snapshot = snapshot, .context = context, .now_s = now_s};
    begin(evaluation, &request);
    struct scope_walk scope;
    struct scope_match match, next;
    scope_walk_begin(&scope, snapshot, context);
    bool has_next = scope_walk_next(&scope, &next);
    while (has_next) {
        /* One ahead: in a large set each policy is a cache miss, which the checks of the one before hide. */
        match = next;
        has_next = scope_walk_next(&scope, &next);
        prefetch_policy(&snapshot->policies[next.ordinal]);
        evaluation->looked_at++;
        consider(evaluation, &request, &match);
    }
    take_turns(evaluation, context);
}

void evaluate_explained(struct evaluation *evaluation, const struct snapshot *snapshot, const struct context *context,
                        int64_t now_s, enum reason *reasons)
{
    struct request request = {.snapshot = snapshot, .context = context, .now_s = now_s};
    begin(evaluation, &request);
    struct scope_walk scope;
    struct scope_match next;
    scope_walk_begin(&scope, snapshot, context);
    bool has_next = scope_walk_next(&scope, &next);
    for (uint32_t ordinal = 0; ordinal < snapshot->facts.policies; ordinal++) {
        struct scope_match match = {.ordinal = ordinal};
        if (has_next && next.ordinal == ordinal) {
            match = next;
            has_next = scope_walk_next(&scope, &next);
        }
        reasons[snapshot->policies[ordinal].id_rank] = consider(evaluation, &request, &match);
    }
    take_turns(evaluation, context);
    for (uint32_t i = 0; i < evaluation->candidate_count; i++) {
        const struct candidate *candidate = &evaluation->candidates[i];
        reasons[snapshot->policies[candidate->ordinal].id_rank] = (enum reason)candidate->reason;
    }
}
