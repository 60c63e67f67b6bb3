/*
 * fetch.h - one release on its way from Redis to documents, a step at a time.
 *
 *     root ─▶ manifest ─▶ documents that the shelf has not ─▶ COMPLETE ─ fetch_hand_out ─▶ documents
 *              pieces of what is held are cut anew and offered first: only what is new is asked for
 *
 * A step is one exchange of at most FETCH_KEYS_MAX pieces whose replies fit 64 KiB. What has arrived is kept across
 * failures: the next step asks for what is still missing, and only that.
 *
 * Ownership  the fetch refers to the shelf and the keys, which must outlive it.
 * Errors     see enum fetch_progress; fetch_reason says why, for REFUSED and FAILED.
 * Threads    one at a time.
 */
#pragma once

#include "cache/assembly.h"
#include "cache/manifest.h"
#include "cache/piece_store.h"
#include "cache/redis_client.h"
#include "cache/root.h"
#include "cache/shelf.h"

enum {
    FETCH_KEYS_MAX = 30,
    FETCH_VALUE_BYTES_MAX = 60 * 1024, /* of one reply, its framing aside */
    FETCH_REASON_BYTES = 512,
};

enum fetch_progress {
    FETCH_GOES_ON,
    FETCH_COMPLETE,
    FETCH_REFUSED,   /* what root or manifest say cannot be right, whoever delivers it */
    FETCH_FAILED,    /* Redis, or a piece of it: it may pass */
    FETCH_NO_MEMORY, /* likewise */
};

struct fetch {
    const struct redis_keys *keys;
    struct shelf *shelf;
    const struct manifest *held; /* of the release in force, whose documents stand on the shelf; NULL: none */
    struct root root;
    bool has_manifest;
    struct manifest manifest;
    struct assembly *assembly; /* of the manifest, then of the documents that are missing */
    struct piece_store at_hand;
    uint32_t *wanted; /* which document each blob of the assembly is */
    uint32_t wanted_count;
    uint32_t pieces_fetched, pieces_held;
    char reason[FETCH_REASON_BYTES];
};

/* `manifests`: bytes of manifests that are held, to be cut anew: that in force and the one before; may be empty. False
   when memory ends. */
bool fetch_begin(struct fetch *fetch, const struct root *root, const struct redis_keys *keys, struct shelf *shelf,
                 const struct manifest *held, const struct slice manifests[2]);
void fetch_clear(struct fetch *fetch);

enum fetch_progress fetch_step(struct fetch *fetch, struct redis_client *client);

/* After COMPLETE, once. Lends from the shelf; false when memory ends: then return to it what is in `documents`. */
bool fetch_hand_out(struct fetch *fetch, struct documents *documents);
