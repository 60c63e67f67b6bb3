/*
 * redis_keys.h - what is stored under which key.
 *
 *     promogate:{NAMESPACE}:root          the release in force (root.h)
 *     promogate:{NAMESPACE}:releases      list, newest first: the last REDIS_KEYS_RELEASES_MAX releases
 *     promogate:{NAMESPACE}:degrade       switches
 *     promogate:{NAMESPACE}:piece:HEX     pieces (piece.h), never changed once written
 *     promogate:{NAMESPACE}:published     channel: a hint that root has changed
 *
 * The braces put all of a namespace into one slot of a Redis Cluster: so the swap of the root is one atomic script, a
 * refresh is one conversation with one node, and a namespace is either there or not. Many namespaces spread.
 */
#pragma once

#include "cache/digest.h"

enum {
    REDIS_NAMESPACE_BYTES_MAX = 32,
    REDIS_KEY_BYTES = 128, /* with NUL */
    REDIS_KEYS_RELEASES_MAX = 50,
};

struct redis_keys {
    char root[REDIS_KEY_BYTES], releases[REDIS_KEY_BYTES], degrade[REDIS_KEY_BYTES], published[REDIS_KEY_BYTES];
    char piece_prefix[REDIS_KEY_BYTES]; /* "promogate:{main}:piece:" */
};

/* [a-z0-9][a-z0-9._-]{0,31} */
bool redis_keys_is_namespace(struct slice name);

void redis_keys_init(struct redis_keys *keys, struct slice namespace);

/* The key of a piece; its length. */
uint32_t redis_keys_piece(const struct redis_keys *keys, const struct digest *digest, char ret_key[REDIS_KEY_BYTES]);
