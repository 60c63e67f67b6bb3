/*
 * tally.h - how often each policy gave an offer, and each variant of an experiment was entered.
 *
 *     release      ordinal ─▶ slot, variant ─▶ slot      made once, beside the snapshot (tally_names.h)
 *     a worker     words of its own, one a slot
 *
 * A metric's labels must have an end: the first policies and variants get slots of their own, all others share slot 0.
 * Bounds: 80 of each keep /metrics below 600 series (8 interfaces, 16 workers), and fit a slot's number into a byte.
 *
 * Threads  a struct tally is written by its worker, read by any; slots are immutable.
 */
#pragma once

#include "policy/evaluation.h"
#include "service/counter.h"

enum { TALLY_POLICIES_MAX = 80, TALLY_VARIANTS_MAX = 80, TALLY_OTHER = 0 };

struct tally {
    counter offers[TALLY_POLICIES_MAX + 1];
    counter exposures[TALLY_VARIANTS_MAX + 1];
};

/* The companion of a snapshot. */
struct tally_slots {
    const uint8_t *of_variants;
    uint8_t of_policies[]; /* by ordinal; behind them those of variants */
};

/* What came of an evaluation; `slots` NULL: memory had ended, all are others. */
static inline void tally_count(struct tally *tally, const struct tally_slots *slots,
                               const struct evaluation *evaluation)
{
    for (uint32_t i = 0; i < evaluation->offer_count; i++) {
        uint32_t ordinal = evaluation->candidates[evaluation->offers[i].candidate].ordinal;
        counter_add(&tally->offers[slots == NULL ? TALLY_OTHER : slots->of_policies[ordinal]], 1);
    }
    for (uint32_t i = 0; i < evaluation->candidate_count; i++) {
        const struct candidate *candidate = &evaluation->candidates[i];
        if (candidate->is_exposure) {
            uint32_t slot = slots == NULL ? TALLY_OTHER : slots->of_variants[candidate->variant];
            counter_add(&tally->exposures[slot], 1);
        }
    }
}
