/*
 * limits.h - the ceilings that the contract gives to policies, offers and contexts, in one place.
 *
 * Units   bytes unless the name says otherwise; money in minor units (fen); shares in basis points.
 */
#pragma once

#include <stdint.h>

enum {
    LIMIT_NAME_BYTES = 64,        /* salts, groups, variants, attributes, interfaces, coupons, AOI codes, policy ids */
    LIMIT_STRING_BYTES = 256,     /* every other string of a policy, and attributes' values */
    LIMIT_TITLE_CHARACTERS = 128, /* a policy's `name` */

    LIMIT_AOIS = 100000, /* of one policy */
    LIMIT_WINDOWS = 14,
    LIMIT_CONDITIONS = 16,
    LIMIT_CONDITION_VALUES = 1000,
    LIMIT_ROLLOUT_STEPS = 16,
    LIMIT_VARIANTS_MIN = 2,
    LIMIT_VARIANTS = 8,
    LIMIT_TIERS = 5,
    LIMIT_PRIORITY = 1000000, /* and its negative */
    LIMIT_MAX_OFFERS = 64,
    LIMIT_MAX_OFFERS_DEFAULT = 8,
    LIMIT_INTERFACES = 1024, /* distinct names in a set: each costs a bit per policy */

    LIMIT_USER_ID_BYTES = 128,
    LIMIT_REQUEST_ID_BYTES = 128,
    LIMIT_REQUEST_AOIS = 16,
    LIMIT_ATTRIBUTES = 64,
    LIMIT_ATTRIBUTE_STRINGS = 64, /* elements of an array attribute */
    LIMIT_QUERY_PARAMETERS = 48,

    LIMIT_SHARE_BP = 10000,
};

static const int64_t limit_money_fen = 1000000000000;  /* 10^12 */
static const int64_t limit_integer = INT64_C(1) << 53; /* and its negative: what a double holds exactly */
static const int32_t limit_offset_west_s = -12 * 3600; /* -12:00 */
static const int32_t limit_offset_east_s = 14 * 3600;  /* +14:00 */
