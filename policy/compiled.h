/*
 * compiled.h - what a snapshot is made of. Private to policy/: snapshot_compile.c writes it, evaluate.c reads it.
 *
 * Every reference is an index into one of the snapshot's arrays, every string a place in its text. Policies stand in
 * walk order (priority descending, then id ascending): a policy's index is its ordinal.
 */
#pragma once

#include "policy/bucket.h"
#include "policy/name_table.h"
#include "policy/policy.h"
#include "policy/snapshot.h"

struct compiled_policy {
    int64_t from_s, to_s;
    int32_t utc_offset_s;
    uint32_t interfaces_at; /* first word of its interface bits; NO_NUMBER: all interfaces */
    uint32_t windows_at, conditions_at, steps_at, variants_at;
    uint32_t group; /* NO_NUMBER: none */
    struct bucket_prefix ramp, layer, variant;
    uint16_t layer_from, layer_to;
    uint16_t window_count;
    uint8_t condition_count, step_count, variant_count;
    uint8_t unit; /* enum experiment_unit */
    bool is_paused, is_exclusive, is_experiment, has_layer;
    uint32_t id_rank; /* its place by id */
    struct text_ref id;
};

/* Half-open, in minutes since Monday 00:00 local time; a policy's are sorted and do not touch. */
struct compiled_window {
    uint16_t from_minute, to_minute;
};

struct compiled_condition {
    uint32_t attribute;              /* number */
    uint32_t values_at, value_count; /* sorted by kind, then value */
    uint8_t comparison;              /* enum comparison */
};

struct compiled_value {
    uint8_t kind; /* enum value_kind */
    struct text_ref string;
    int64_t integer; /* or boolean, 0 and 1 */
};

/* One variant of an experiment, or the only one of a policy without. */
struct compiled_variant {
    uint32_t offer;           /* NO_NUMBER: the variant gives nothing */
    uint32_t cumulative_bp;   /* the first slot behind it */
    struct text_ref offered;  /* {"policy":...,"variant":...,"discount": */
    struct text_ref exposure; /* {"policy":...,"variant":...,"offered": */
};

struct compiled_offer {
    uint8_t kind; /* enum offer_kind */
    uint8_t tier_count;
    uint32_t share_bp;
    uint32_t tiers_at;
    int64_t cap_fen, price_fen;
};

/* What the index knows of an AOI code: ordinals of policies that list it, then of those that exclude it. */
struct aoi_entry {
    struct text_ref code;
    uint32_t ordinals_at, included_count, excluded_count;
};

/* How many elements the arrays have that nothing else counts. */
struct part_counts {
    uint32_t windows, conditions, values, steps, variants, offers, tiers, interface_words, ordinals;
};

struct snapshot {
    struct arena arena; /* holds all arrays but the text */
    char *image;        /* malloc'ed; NULL where the snapshot was compiled. Holds all arrays and the text */
    struct snapshot_facts facts;
    void *companion; /* of snapshot_set_companion */
    void (*companion_end)(void *companion);
    struct part_counts counts;
    uint32_t max_offers;

    struct compiled_policy *policies;
    uint32_t *by_id;        /* ordinals, sorted by id */
    uint32_t *all_ordinals; /* of policies whose scope is `all`, not paused */
    uint32_t all_count;
    uint32_t *ordinals; /* the lists of aoi_entry */
    struct aoi_entry *aois;
    struct name_table aoi_slots;

    struct text_ref *interfaces, *attributes;
    uint32_t interface_count, attribute_count; /* attributes include the built-in ones */
    struct name_table interface_slots, attribute_slots;
    uint64_t *interface_bits;
    uint32_t interface_words; /* a policy's */

    struct compiled_window *windows;
    struct compiled_condition *conditions;
    struct compiled_value *values;
    struct rollout_step *steps;
    struct compiled_variant *variants;
    struct compiled_offer *offers;
    struct tier *tiers;
    uint8_t *group_picks; /* enum group_pick */
    uint32_t group_count;
    char *text; /* malloc'ed, without an image; facts.string_bytes of them */
};

/* A policy's words of interface bits, where so many interfaces are named. */
static inline uint32_t snapshot_words_for(uint32_t interface_count)
{
    return (interface_count + 63) / 64;
}

static inline struct slice snapshot_text(const struct snapshot *snapshot, struct text_ref ref)
{
    return (struct slice){.at = snapshot->text + ref.at, .length = ref.length};
}

/* NULL: no policy lists or excludes the code. */
const struct aoi_entry *snapshot_find_aoi(const struct snapshot *snapshot, struct slice code);

/* The number, or NO_NUMBER: no policy names it. */
uint32_t snapshot_find_interface(const struct snapshot *snapshot, struct slice name);
uint32_t snapshot_find_attribute(const struct snapshot *snapshot, struct slice name);
