/*
 * holding.h - the release that a gateway has: its edition, its manifest, its documents on the shelf.
 *
 *     holding_adopt    from a state file: documents of which only the names are known; holding_sort finds their digests
 *                      when they are first needed, and drops them if they are not what the root says
 *     holding_turn     a new release is in force          holding_return   it was not used
 *
 * Of the release before, the manifest and what differs are kept.
 */
#pragma once

#include "cache/edition.h"
#include "cache/manifest.h"
#include "cache/root.h"
#include "cache/shelf.h"

struct holding {
    struct edition edition; /* in force; release 0: none */
    struct root root;       /* of the edition */
    bool has_manifest;
    struct manifest manifest; /* of the root; its documents stand on the shelf */
    char *before;             /* the bytes of the manifest before, or NULL */
    size_t before_length;
    struct shelf shelf;
    struct documents unsorted; /* adopted */
};

void holding_init(struct holding *holding);
void holding_clear(struct holding *holding);

/* Leaves `documents` empty; an edition without a root is of another source, and ignored. */
void holding_adopt(struct holding *holding, const struct edition *edition, struct documents *documents);
void holding_sort(struct holding *holding);

/* `documents` are those of `manifest`, in its order; left empty. holding_turn takes the manifest's content. Fewer
   documents than the manifest lists are fine for holding_return. */
void holding_turn(struct holding *holding, const struct edition *edition, struct manifest *manifest,
                  struct documents *documents);
void holding_return(struct holding *holding, const struct manifest *manifest, struct documents *documents);

/* Are these the root's words that are in force? */
bool holding_is_in_force(const struct holding *holding, const struct edition *edition);

/* NULL: none. */
const struct root *holding_root(const struct holding *holding);
const struct manifest *holding_manifest(const struct holding *holding);

/* The bytes of the manifest in force and of the one before; empty where there is none. */
void holding_manifests(const struct holding *holding, struct slice ret_manifests[2]);
