/*
 * snapshot_image.h - a snapshot as bytes, and back: so that a gateway starts without parsing.
 *
 *     header: magic, layout, length, counts │ array │ array │ … │ text │        each aligned to 8 bytes
 *
 * Arrays stand as they are in memory: compiled.h refers by index only. The same documents give the same bytes.
 *
 * `layout` is a hash over the sizes and offsets of every struct and the values of every enum that occurs, the byte
 * order and this program's version: an image of another build is refused, not misread, and one whose fragments another
 * version rendered is not served. Everything that an evaluation will use as an index, a count or a place, and every
 * number that its arithmetic relies on, is checked when an image is read, in time that is linear in its length
 * (snapshot_image_check.h); whether the content means what its documents meant is for the caller's checksum
 * (cache/last_known_good.h).
 *
 * Ownership  snapshot_image_read takes `bytes` (malloc'ed), also when it fails; the snapshot lives in them.
 * Errors     NULL with a reason: static text, a clause about "the image".
 */
#pragma once

#include <stddef.h>

#include "policy/snapshot.h"

/* Changed by hand when bytes of the same layout get another meaning. */
enum { SNAPSHOT_IMAGE_FORMAT = 1 };

/* Appends an image; the text is failed when memory or its ceiling ends. Its length before must be a multiple of 8. */
void snapshot_image_append(struct text *image, const struct snapshot *snapshot);

struct snapshot *snapshot_image_read(char *bytes, size_t length, const struct snapshot_limits *limits,
                                     const char **ret_reason);

/* Of this build. */
uint64_t snapshot_image_layout(void);
