/*
 * policy.h - one policy as its document says it, every value checked.
 *
 * The step between policy_json.c, which reads documents, and snapshot.c, which compiles them. Numbers such as
 * `aois[i]`, `interfaces[i]`, `attribute`, `group` are interned names of the policy set.
 *
 * Ownership  all of it lives in the policy set's arena.
 */
#pragma once

#include "policy/context.h"
#include "policy/limits.h"
#include "policy/slice.h"

#define NO_NUMBER UINT32_MAX /* where an interned name or an index is absent */

struct window {
    uint8_t days; /* bit 0 Monday .. bit 6 Sunday: the days on which it starts */
    uint16_t from_minute, to_minute;
};

struct schedule {
    int64_t from_s, to_s; /* half-open; INT64_MIN and INT64_MAX where absent */
    int32_t utc_offset_s;
    uint8_t window_count;
    struct window windows[LIMIT_WINDOWS];
};

#define COMPARISONS(ROW)                                                                                               \
    ROW(COMPARISON_EQ, "eq")                                                                                           \
    ROW(COMPARISON_NE, "ne")                                                                                           \
    ROW(COMPARISON_IN, "in")                                                                                           \
    ROW(COMPARISON_NOT_IN, "not_in")                                                                                   \
    ROW(COMPARISON_GT, "gt")                                                                                           \
    ROW(COMPARISON_GTE, "gte")                                                                                         \
    ROW(COMPARISON_LT, "lt")                                                                                           \
    ROW(COMPARISON_LTE, "lte")                                                                                         \
    ROW(COMPARISON_EXISTS, "exists")

enum comparison {
#define ROW(enumerator, name) enumerator,
    COMPARISONS(ROW)
#undef ROW
};

/* Attributes that every request has; other attributes' numbers follow. */
enum { ATTRIBUTE_AMOUNT, ATTRIBUTE_DELIVERY_FEE, ATTRIBUTE_INTERFACE, ATTRIBUTE_USER_ID, ATTRIBUTES_BUILT_IN };

struct condition {
    uint32_t attribute;
    enum comparison comparison;
    uint32_t value_count;
    struct value *values; /* one, or the list of in and not_in; never VALUE_STRINGS */
};

struct rollout_step {
    int64_t from_s;
    uint32_t share_bp;
};

struct rollout {
    struct slice salt;
    uint8_t step_count; /* 0: no rollout. A plain share is one step from INT64_MIN. */
    struct rollout_step steps[LIMIT_ROLLOUT_STEPS];
};

/* With the words of documents and answers. */
#define OFFER_KINDS(ROW)                                                                                               \
    ROW(OFFER_AMOUNT_OFF, "amount_off")                                                                                \
    ROW(OFFER_PERCENT_OFF, "percent_off")                                                                              \
    ROW(OFFER_FIXED_PRICE, "fixed_price")                                                                              \
    ROW(OFFER_FREE_DELIVERY, "free_delivery")                                                                          \
    ROW(OFFER_COUPON, "coupon")

enum offer_kind {
#define ROW(enumerator, name) enumerator,
    OFFER_KINDS(ROW)
#undef ROW
};

struct tier {
    int64_t reach_fen, off_fen;
};

struct offer {
    struct slice coupon;
    enum offer_kind kind;
    uint8_t tier_count;
    struct tier tiers[LIMIT_TIERS];
    uint32_t share_bp; /* percent_off */
    int64_t cap_fen;   /* percent_off, free_delivery */
    int64_t price_fen; /* fixed_price */
};

struct variant {
    struct slice name;
    uint32_t weight_bp;
    struct offer *offer; /* NULL: the variant gives nothing */
};

enum experiment_unit { UNIT_USER_ID, UNIT_AOI };

struct experiment {
    struct slice salt;
    enum experiment_unit unit;
    bool has_layer;
    struct slice layer_salt;
    uint32_t layer_from, layer_to;
    uint8_t variant_count; /* 0: no experiment */
    struct variant variants[LIMIT_VARIANTS];
};

struct policy {
    struct slice id, title;
    const char *file;      /* of its document, for problems */
    uint64_t content_hash; /* of its document's bytes */
    bool is_paused, is_exclusive, is_for_all;
    bool has_interfaces;
    uint32_t interface_count, aoi_count, excluded_count, condition_count;
    uint32_t *interfaces, *aois, *excluded;
    struct condition *conditions;
    struct schedule schedule;
    struct rollout rollout;
    struct experiment experiment;
    struct offer *offer; /* NULL with an experiment */
    uint32_t group;      /* NO_NUMBER: in none */
    int32_t priority;
};

enum group_pick { PICK_FIRST, PICK_BEST };
