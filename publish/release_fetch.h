/*
 * release_fetch.h - contents of a release, from Redis: its manifest, and blobs that the manifest names.
 *
 * Everything is verified (assembly.h); what is missing or wrong is a failure that names the piece.
 *
 * Memory  that of the blobs which are asked for together.
 * Errors  false or NULL: the connection has the reason.
 */
#pragma once

#include "cache/assembly.h"
#include "cache/manifest.h"
#include "cache/root.h"
#include "publish/connection.h"
#include "publish/piece_set.h"

/* `names`: every piece that is fetched is added to it; may be NULL. The caller clears the manifest. */
bool release_fetch_manifest(struct connection *connection, const struct root *root, struct piece_set *names,
                            struct manifest *ret_manifest);

/* All of them, complete: assembly_take(…, i) gives the bytes of blobs[i]. The caller frees the assembly. */
struct assembly *release_fetch_blobs(struct connection *connection, const struct blob *blobs, uint32_t count,
                                     struct piece_set *names);
