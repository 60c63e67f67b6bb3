/*
 * evaluation.h - the outcome of one decision, and the room that making it needs.
 *
 * evaluate.h fills it, decision_json.h writes it out. It is reused from request to request: nothing is allocated unless
 * a snapshot needs more room than any before.
 *
 * Threads  belongs to one thread.
 */
#pragma once

#include "policy/limits.h"
#include "policy/reason.h"
#include "policy/snapshot.h"

/* A policy that reached the variant check, with what became of it. In walk order. */
struct candidate {
    uint32_t ordinal;    /* of the compiled policy */
    uint32_t variant;    /* index of the compiled variant; of a policy without experiment, its only one */
    uint32_t group_next; /* private: the next candidate of the same group, + 1 */
    uint8_t reason;      /* enum reason */
    bool is_exposure;    /* an experiment's policy */
};

struct accepted_offer {
    uint32_t candidate; /* index */
    int64_t discount;   /* fen, of goods or of delivery */
};

/* Private to evaluate.c. */
struct group_state {
    uint32_t first; /* the first pending candidate of a group that picks the best, + 1 */
    bool has_given; /* its offer */
    bool is_dry;    /* searched once and nothing was acceptable: worth only falls, so nothing ever will be */
};

struct evaluation {
    const struct snapshot *snapshot;
    struct candidate *candidates;
    uint32_t candidate_count;
    uint32_t offer_count;
    uint32_t looked_at;                             /* policies that the AOIs concern: the work done */
    struct accepted_offer offers[LIMIT_MAX_OFFERS]; /* in the order of acceptance */
    int64_t discount, delivery_discount;            /* fen */

    /* private */
    uint32_t candidate_capacity;
    struct group_state *groups; /* by number */
    uint32_t group_capacity;
};

/* NULL when memory ends. */
struct evaluation *evaluation_create(void);
void evaluation_free(struct evaluation *evaluation);

/* Room for the worst case of the snapshot; false when memory ends. */
bool evaluation_reserve(struct evaluation *evaluation, const struct snapshot *snapshot);
