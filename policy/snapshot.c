#include "policy/snapshot.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/compiled.h"

static const uint64_t release_mask = (UINT64_C(1) << 53) - 1; /* what a JSON number holds exactly */

uint64_t snapshot_release_of(const struct policy_set *set)
{
    return set->hash & release_mask;
}

struct snapshot *snapshot_from_documents(const struct documents *documents, uint64_t release,
                                         const struct snapshot_limits *limits, struct problems *problems)
{
    struct policy_set *set = policy_set_parse(documents, problems);
    if (set == NULL) {
        return NULL;
    }
    uint64_t number = release != 0 ? release : snapshot_release_of(set);
    struct snapshot *snapshot = snapshot_compile(set, number, limits, problems);
    policy_set_free(set);
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot != NULL) {
        if (snapshot->companion != NULL) {
            snapshot->companion_end(snapshot->companion);
        }
        arena_clear(&snapshot->arena);
        free(snapshot->image != NULL ? snapshot->image : snapshot->text);
        free(snapshot);
    }
}

struct snapshot_facts snapshot_facts(const struct snapshot *snapshot)
{
    return snapshot->facts;
}

const struct aoi_entry *snapshot_find_aoi(const struct snapshot *snapshot, struct slice code)
{
    const struct name_table *table = &snapshot->aoi_slots;
    for (uint32_t slot = name_table_first(table, code); table->slots[slot] != 0; slot = name_table_next(table, slot)) {
        const struct aoi_entry *entry = &snapshot->aois[table->slots[slot] - 1];
        if (slice_equals(snapshot_text(snapshot, entry->code), code)) {
            return entry;
        }
    }
    return NULL;
}

static uint32_t find_name(const struct snapshot *snapshot, const struct text_ref *names, const struct name_table *table,
                          struct slice name)
{
    for (uint32_t slot = name_table_first(table, name); table->slots[slot] != 0; slot = name_table_next(table, slot)) {
        if (slice_equals(snapshot_text(snapshot, names[table->slots[slot] - 1]), name)) {
            return table->slots[slot] - 1;
        }
    }
    return NO_NUMBER;
}

uint32_t snapshot_find_interface(const struct snapshot *snapshot, struct slice name)
{
    return find_name(snapshot, snapshot->interfaces, &snapshot->interface_slots, name);
}

uint32_t snapshot_find_attribute(const struct snapshot *snapshot, struct slice name)
{
    return find_name(snapshot, snapshot->attributes, &snapshot->attribute_slots, name);
}

struct snapshot_policy snapshot_policy(const struct snapshot *snapshot, uint32_t ordinal)
{
    const struct compiled_policy *policy = &snapshot->policies[ordinal];
    return (struct snapshot_policy){.id = snapshot_text(snapshot, policy->id),
                                    .variants_at = policy->variants_at,
                                    .variant_count = policy->variant_count,
                                    .is_experiment = policy->is_experiment};
}

bool snapshot_find_policy(const struct snapshot *snapshot, struct slice id, uint32_t *ret_ordinal)
{
    uint32_t low = 0, high = snapshot->facts.policies;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = slice_compare(snapshot_text(snapshot, snapshot->policies[snapshot->by_id[middle]].id), id);
        if (order == 0) {
            *ret_ordinal = snapshot->by_id[middle];
            return true;
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return false;
}

uint32_t snapshot_variants(const struct snapshot *snapshot)
{
    return snapshot->counts.variants;
}

/* It stands in the fragment of its exposure only: {"policy":"ID","variant":"NAME","offered": */
struct slice snapshot_variant_name(const struct snapshot *snapshot, struct snapshot_policy policy, uint32_t variant)
{
    const uint32_t around = sizeof("{\"policy\":\"\",\"variant\":\"") - 1, behind = sizeof("\",\"offered\":") - 1;
    struct slice exposure = snapshot_text(snapshot, snapshot->variants[variant].exposure);
    uint32_t before = around + policy.id.length; /* an id needs no escapes */
    if (exposure.length < before + behind) {
        return SLICE(""); /* an image's text is proven by its checksum only */
    }
    return (struct slice){.at = exposure.at + before, .length = exposure.length - before - behind};
}

void snapshot_set_companion(struct snapshot *snapshot, void *companion, void (*end)(void *companion))
{
    assert(snapshot->companion == NULL);
    snapshot->companion = companion;
    snapshot->companion_end = end;
}

const void *snapshot_companion(const struct snapshot *snapshot)
{
    return snapshot->companion;
}

static bool is_among(struct slice name, const struct slice *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (slice_equals(names[i], name)) {
            return true;
        }
    }
    return false;
}

uint32_t snapshot_unknown_interfaces(const struct snapshot *snapshot, const struct slice *interfaces, uint32_t count)
{
    uint32_t unknown = 0;
    for (uint32_t i = 0; i < snapshot->interface_count; i++) {
        unknown += !is_among(snapshot_text(snapshot, snapshot->interfaces[i]), interfaces, count);
    }
    return unknown;
}
