#include "policy/scope.h"

#include <assert.h>

static void add_list(struct scope_walk *walk, const uint32_t *at, uint32_t count, uint32_t aoi, bool excludes)
{
    if (count > 0) {
        assert(walk->list_count < sizeof(walk->lists) / sizeof(walk->lists[0]));
        walk->lists[walk->list_count++] =
            (struct scope_list){.at = at, .end = at + count, .aoi = aoi, .excludes = excludes};
        walk->lowest = *at < walk->lowest ? *at : walk->lowest;
    }
}

void scope_walk_begin(struct scope_walk *walk, const struct snapshot *snapshot, const struct context *context)
{
    walk->list_count = 0;
    walk->lowest = NO_NUMBER;
    add_list(walk, snapshot->all_ordinals, snapshot->all_count, 0, false);
    for (uint32_t i = 0; i < context->aoi_count; i++) {
        const struct aoi_entry *entry = snapshot_find_aoi(snapshot, context->aois[i]);
        if (entry != NULL) {
            const uint32_t *ordinals = &snapshot->ordinals[entry->ordinals_at];
            add_list(walk, ordinals, entry->included_count, i, false);
            add_list(walk, ordinals + entry->included_count, entry->excluded_count, i, true);
        }
    }
}

/* What a list says of the policy it stands before. Lists stand in the order of their AOIs, so the first that lists a
   policy names its AOI. */
static void take(const struct scope_list *list, struct scope_match *match)
{
    if (list->excludes) {
        match->is_excluded = true;
    } else if (!match->is_listed) {
        match->is_listed = true;
        match->aoi = list->aoi;
    }
}

bool scope_walk_next(struct scope_walk *walk, struct scope_match *ret_match)
{
    if (walk->lowest == NO_NUMBER) {
        return false;
    }
    struct scope_match match = {.ordinal = walk->lowest};
    uint32_t lowest = NO_NUMBER;
    for (uint32_t i = 0; i < walk->list_count; i++) {
        struct scope_list *list = &walk->lists[i];
        if (*list->at == match.ordinal) {
            take(list, &match);
            if (++list->at == list->end) {
                /* Used up: the others move down, their order kept. */
                walk->list_count--;
                memmove(list, list + 1, (walk->list_count - i) * sizeof(*list));
                i--;
                continue;
            }
        }
        lowest = *list->at < lowest ? *list->at : lowest;
    }
    walk->lowest = lowest;
    *ret_match = match;
    return true;
}
