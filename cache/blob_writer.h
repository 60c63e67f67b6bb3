/*
 * blob_writer.h - from bytes to pieces.
 *
 *     blob_write(bytes, length, keep, context, &blob)
 *         keep(data) keep(data) … keep(tree) … keep(topmost)      children before their parents
 *
 * Deterministic: the same bytes give the same pieces everywhere.
 *
 * Errors  false when memory ends or `keep` says false; what was kept so far is harmless.
 */
#pragma once

#include "cache/piece.h"

/* One piece: its name and its whole value, format byte included; valid during the call. The same piece may come
   twice. */
typedef bool blob_keep(void *context, const struct digest *digest, struct slice piece);

/* `length` 0 gives one empty piece of data. At most UINT32_MAX bytes. */
bool blob_write(const void *bytes, size_t length, blob_keep *keep, void *context, struct blob *ret_blob);
