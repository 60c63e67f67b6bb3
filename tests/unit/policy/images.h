/*
 * images.h - what the suites of snapshot images share: images made and read again, and what a snapshot decides.
 *
 * Ownership  snapshots, texts and contexts are the caller's.
 * Errors     what a test did not ask about fails the test at once.
 */
#pragma once

#include "policy/context.h"
#include "policy/snapshot_image.h"
#include "policy/text.h"

enum { IMAGE_BYTES_MAX = 1 << 24 };

struct text images_make(const struct snapshot *snapshot);

/* From a copy in memory of exactly the length, so that AddressSanitizer sees what reads on. NULL with the reason. */
struct snapshot *images_read(const char *bytes, size_t length, const char **ret_reason);

/* Through an image and back. */
struct snapshot *images_restore(const struct snapshot *snapshot);

/* Of a set that has one of everything that a policy can have. */
struct snapshot *images_full_snapshot(void);

/* The context looks into `*ret_bytes`. */
struct context *images_context(const char *json, char **ret_bytes);

/* Appends the answer, what was looked at, and the answer with all reasons. */
void images_append_decision(struct text *text, const struct snapshot *snapshot, const struct context *context,
                            int64_t now_s);
