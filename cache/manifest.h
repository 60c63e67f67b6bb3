/*
 * manifest.h - which documents a release has: name and blob of each, by name.
 *
 *     (digest[16] level[1] length[4, little-endian] name_length[1] name)…      ascending by name, byte order
 *
 * The manifest is itself stored as a blob; the release's root names it.
 *
 * Ownership  entries look into `bytes`, which the manifest owns (malloc'ed).
 * Errors     manifest_decode checks everything: order, lengths, counts, names that are no plain file name.
 */
#pragma once

#include "cache/piece.h"
#include "policy/document.h"
#include "policy/text.h"

enum { MANIFEST_NAME_BYTES_MAX = 255 };

/* What DOCUMENTS_COUNT_MAX entries take. */
static const uint32_t manifest_bytes_max = DOCUMENTS_COUNT_MAX * (DIGEST_BYTES + 6u + MANIFEST_NAME_BYTES_MAX);

struct manifest_entry {
    struct slice name;
    struct blob blob;
};

struct manifest {
    struct manifest_entry *entries; /* by name */
    uint32_t count;
    uint32_t policies; /* without settings.json */
    uint64_t document_bytes;
    char *bytes;
};

/* Appends one entry; in ascending order of names. */
void manifest_append(struct text *text, const struct manifest_entry *entry);

/* Takes `bytes` when it succeeds. A reason is a static text; NULL: memory ended. */
bool manifest_decode(char *bytes, size_t length, struct manifest *ret_manifest, const char **ret_reason);
void manifest_clear(struct manifest *manifest);

/* NULL: there is none of that name. */
const struct manifest_entry *manifest_find(const struct manifest *manifest, struct slice name);
