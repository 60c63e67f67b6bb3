/*
 * aoi_index.h - from "each policy lists AOIs" to "each AOI lists policies".
 *
 * A counting sort: one pass counts, one fills. Going through the policies in walk order leaves every list sorted by
 * ordinal. Paused policies are left out: they are only explained, and `paused` comes before every AOI rule.
 *
 * Errors  false when memory ends.
 */
#pragma once

#include "policy/compiled.h"
#include "policy/text.h"

/* Fills the snapshot's aois, aoi_slots, ordinals and all_ordinals; codes go to `text`. `walk` are the set's policies in
   walk order. */
bool aoi_index_build(struct snapshot *snapshot, const struct policy_set *set, const struct policy *const *walk,
                     struct text *text);

/* The most policies that one walk may come by: those for all, and those that the LIMIT_REQUEST_AOIS fullest AOIs bring.
   `counts` has for each AOI how many policies it brings beside those for all. */
uint32_t aoi_index_worst_case(uint32_t policies, uint32_t all_count, const uint32_t *counts, uint32_t aois);
bool aoi_index_candidates_max(const struct policy_set *set, uint32_t *ret_candidates_max);
