/*
 * snapshot.h - a release, compiled: what requests are answered from.
 *
 *     AOI code ── one hash probe ──▶ entry ──▶ ordinals of the policies that list it, in walk order
 *                                          └─▶ ordinals of the policies that exclude it
 *     ordinal ──▶ compiled policy ──▶ windows, conditions, steps, variants ──▶ offers, JSON fragments
 *
 * A policy's ordinal is its place in the walk: priority descending, then id ascending. The parts are flat arrays that
 * refer to each other by index, never by address, so that they can be written to a file as they are (compiled.h).
 *
 * Ownership  created by snapshot_compile, freed by snapshot_free; immutable in between.
 * Threads    any number may read; who frees must know that nobody reads any more (cache/slot.h).
 * Errors     NULL, with the problems added: work past `candidates_max`, memory past `bytes_max`, or no memory at all.
 */
#pragma once

#include "policy/policy_set.h"

struct snapshot;

struct snapshot_limits {
    uint32_t candidates_max; /* the most policies that one evaluation may have to look at */
    uint64_t bytes_max;      /* of memory that the snapshot takes; 0: any */
};

/* What metrics and status pages tell. */
struct snapshot_facts {
    uint64_t release;
    uint32_t policies;       /* of the set */
    uint32_t aois;           /* distinct codes */
    uint64_t pairs;          /* (policy, AOI) pairs in lists, exclusions included */
    uint32_t candidates_max; /* the worst case of one evaluation */
    uint64_t bytes;          /* of memory */
    uint64_t string_bytes;   /* of these, AOI codes and JSON fragments */
};

/* A directory's release number: the low 53 bits of the set's content hash. */
uint64_t snapshot_release_of(const struct policy_set *set);

struct snapshot *snapshot_compile(const struct policy_set *set, uint64_t release, const struct snapshot_limits *limits,
                                  struct problems *problems);
void snapshot_free(struct snapshot *snapshot);

struct snapshot_facts snapshot_facts(const struct snapshot *snapshot);

/* Documents to snapshot in one step; `release` 0: that of the content. */
struct snapshot *snapshot_from_documents(const struct documents *documents, uint64_t release,
                                         const struct snapshot_limits *limits, struct problems *problems);

/* What a policy is called, and its variants; of a policy without an experiment none has a name. */
struct snapshot_policy {
    struct slice id;
    uint32_t variants_at, variant_count; /* places among the variants of all policies */
    bool is_experiment;
};

struct snapshot_policy snapshot_policy(const struct snapshot *snapshot, uint32_t ordinal);
/* False: the set has none of that id. */
bool snapshot_find_policy(const struct snapshot *snapshot, struct slice id, uint32_t *ret_ordinal);
uint32_t snapshot_variants(const struct snapshot *snapshot); /* of all policies */
/* Of an experiment's variant: as JSON writes it, without the quotes. */
struct slice snapshot_variant_name(const struct snapshot *snapshot, struct snapshot_policy policy, uint32_t variant);

/*
 * What its owner keeps beside a snapshot, and what ends with it: set once, before the snapshot is shared. NULL where
 * nothing was set.
 */
void snapshot_set_companion(struct snapshot *snapshot, void *companion, void (*end)(void *companion));
const void *snapshot_companion(const struct snapshot *snapshot);

/* How many interface names of the set are not among the gateway's: they match nothing there. */
uint32_t snapshot_unknown_interfaces(const struct snapshot *snapshot, const struct slice *interfaces, uint32_t count);
