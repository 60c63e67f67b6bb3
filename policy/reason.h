/*
 * reason.h - what became of a policy in one decision.
 *
 * One row a reason, in the order in which evaluate.c checks them: that file holds the rule of each.
 */
#pragma once

#include "policy/slice.h"

/*      enumerator               name in answers       in a sentence */
#define REASONS(ROW)                                                                                                   \
    ROW(REASON_PAUSED, "paused", "its state is paused")                                                                \
    ROW(REASON_INTERFACE_MISS, "interface_miss", "the request's interface is not in its list")                         \
    ROW(REASON_NOT_STARTED, "not_started", "now is before schedule.from")                                              \
    ROW(REASON_ENDED, "ended", "now is at or after schedule.to")                                                       \
    ROW(REASON_OUTSIDE_WINDOW, "outside_window", "no schedule window holds now")                                       \
    ROW(REASON_AOI_EXCLUDED, "aoi_excluded", "an AOI of the request is in scope.exclude")                              \
    ROW(REASON_AOI_MISS, "aoi_miss", "no AOI of the request is in scope.aois")                                         \
    ROW(REASON_ATTR_MISSING, "attr_missing", "a condition needs an attribute that the request lacks")                  \
    ROW(REASON_ATTR_MISMATCH, "attr_mismatch", "an attribute does not fit a condition")                                \
    ROW(REASON_RAMP_OUT, "ramp_out", "the user's ramp slot is not below the share in force")                           \
    ROW(REASON_LAYER_OUT, "layer_out", "the unit's layer slot is outside the experiment's part")                       \
    ROW(REASON_VARIANT_NONE, "variant_none", "the unit's variant has no offer")                                        \
    ROW(REASON_EXCLUSIVE_TAKEN, "exclusive_taken", "an exclusive offer was accepted before")                           \
    ROW(REASON_OFFER_LIMIT, "offer_limit", "max_offers were accepted before")                                          \
    ROW(REASON_EXCLUSIVE_BLOCKED, "exclusive_blocked", "it is exclusive and something was accepted before")            \
    ROW(REASON_GROUP_TAKEN, "group_taken", "another of its group gives the group's offer")                             \
    ROW(REASON_BELOW_THRESHOLD, "below_threshold", "the amount reaches no tier")                                       \
    ROW(REASON_NO_VALUE, "no_value", "it would discount nothing")                                                      \
    ROW(REASON_OFFERED, "offered", "its offer is in the answer")

enum reason {
#define ROW(enumerator, name, sentence) enumerator,
    REASONS(ROW)
#undef ROW
};

/* As answers spell it. */
struct slice reason_name(enum reason reason);
