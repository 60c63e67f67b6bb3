#include "policy/aoi_index.h"

#include <stdlib.h>

#include "policy/name_table.h"

static void count_lists(struct snapshot *snapshot, const struct policy_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct policy *policy = &set->policies[i];
        snapshot->facts.pairs += (uint64_t)policy->aoi_count + policy->excluded_count;
        for (uint32_t a = 0; a < policy->aoi_count && !policy->is_paused; a++) {
            snapshot->aois[policy->aois[a]].included_count++;
        }
        for (uint32_t a = 0; a < policy->excluded_count && !policy->is_paused; a++) {
            snapshot->aois[policy->excluded[a]].excluded_count++;
        }
    }
}

/* Gives each list its place; afterwards `included_count` and `excluded_count` count what is filled in. */
static bool place_lists(struct snapshot *snapshot, uint32_t **ret_excluded_at)
{
    uint64_t total = 0;
    uint32_t *excluded_at = arena_allocate(&snapshot->arena, snapshot->facts.aois * sizeof(*excluded_at));
    if (excluded_at == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < snapshot->facts.aois; i++) {
        struct aoi_entry *entry = &snapshot->aois[i];
        entry->ordinals_at = (uint32_t)total;
        excluded_at[i] = entry->included_count;
        total += (uint64_t)entry->included_count + entry->excluded_count;
        entry->included_count = entry->excluded_count = 0;
    }
    if (total > UINT32_MAX) {
        return false;
    }
    snapshot->counts.ordinals = (uint32_t)total;
    snapshot->ordinals = arena_allocate(&snapshot->arena, total * sizeof(*snapshot->ordinals));
    *ret_excluded_at = excluded_at;
    return snapshot->ordinals != NULL;
}

static void fill_lists(struct snapshot *snapshot, const struct policy *policy, uint32_t ordinal,
                       const uint32_t *excluded_at)
{
    if (policy->is_for_all) {
        snapshot->all_ordinals[snapshot->all_count++] = ordinal;
    }
    for (uint32_t a = 0; a < policy->aoi_count; a++) {
        struct aoi_entry *entry = &snapshot->aois[policy->aois[a]];
        snapshot->ordinals[entry->ordinals_at + entry->included_count++] = ordinal;
    }
    for (uint32_t a = 0; a < policy->excluded_count; a++) {
        uint32_t aoi = policy->excluded[a];
        struct aoi_entry *entry = &snapshot->aois[aoi];
        snapshot->ordinals[entry->ordinals_at + excluded_at[aoi] + entry->excluded_count++] = ordinal;
    }
}

static bool build_table(struct snapshot *snapshot, const struct policy_set *set, struct text *text)
{
    struct text_ref *codes;
    if (!name_table_build(&snapshot->arena, &set->aois, text, &codes, &snapshot->aoi_slots)) {
        return false;
    }
    for (uint32_t i = 0; i < set->aois.count; i++) {
        snapshot->aois[i].code = codes[i];
    }
    return true;
}

bool aoi_index_build(struct snapshot *snapshot, const struct policy_set *set, const struct policy *const *walk,
                     struct text *text)
{
    snapshot->facts.aois = set->aois.count;
    snapshot->aois = arena_allocate(&snapshot->arena, set->aois.count * sizeof(*snapshot->aois));
    snapshot->all_ordinals = arena_allocate(&snapshot->arena, set->count * sizeof(*snapshot->all_ordinals));
    if (snapshot->aois == NULL || snapshot->all_ordinals == NULL || !build_table(snapshot, set, text)) {
        return false;
    }
    count_lists(snapshot, set);
    uint32_t *excluded_at;
    if (!place_lists(snapshot, &excluded_at)) {
        return false;
    }
    for (uint32_t ordinal = 0; ordinal < set->count; ordinal++) {
        if (!walk[ordinal]->is_paused) {
            fill_lists(snapshot, walk[ordinal], ordinal, excluded_at);
        }
    }
    return true;
}

/* Keeps the LIMIT_REQUEST_AOIS largest counts, descending. */
static void keep_fullest(uint32_t fullest[LIMIT_REQUEST_AOIS], uint32_t count)
{
    for (unsigned k = 0; k < LIMIT_REQUEST_AOIS && count > 0; k++) {
        if (count > fullest[k]) {
            uint32_t smaller = fullest[k];
            fullest[k] = count;
            count = smaller;
        }
    }
}

/* How many policies each AOI brings into a walk beside those for all: `exclude` counts too, as it is looked at. */
static uint32_t count_concerned(const struct policy_set *set, uint32_t *ret_counts)
{
    uint32_t all_count = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct policy *policy = &set->policies[i];
        if (policy->is_paused || policy->is_for_all) {
            all_count += !policy->is_paused;
            continue;
        }
        for (uint32_t a = 0; a < policy->aoi_count; a++) {
            ret_counts[policy->aois[a]]++;
        }
        for (uint32_t a = 0; a < policy->excluded_count; a++) {
            ret_counts[policy->excluded[a]]++;
        }
    }
    return all_count;
}

uint32_t aoi_index_worst_case(uint32_t policies, uint32_t all_count, const uint32_t *counts, uint32_t aois)
{
    uint32_t fullest[LIMIT_REQUEST_AOIS] = {0};
    for (uint32_t i = 0; i < aois; i++) {
        keep_fullest(fullest, counts[i]);
    }
    uint64_t sum = all_count;
    for (unsigned k = 0; k < LIMIT_REQUEST_AOIS; k++) {
        sum += fullest[k];
    }
    return sum < policies ? (uint32_t)sum : policies;
}

bool aoi_index_candidates_max(const struct policy_set *set, uint32_t *ret_candidates_max)
{
    uint32_t *counts = calloc((size_t)set->aois.count + 1, sizeof(*counts));
    if (counts == NULL) {
        return false;
    }
    uint32_t all_count = count_concerned(set, counts);
    *ret_candidates_max = aoi_index_worst_case(set->count, all_count, counts, set->aois.count);
    free(counts);
    return true;
}
