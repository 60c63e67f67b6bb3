#include "publish/release_cut.h"

#include <stdio.h>

#include "cache/blob_writer.h"
#include "cache/manifest.h"

static bool keep(void *context, const struct digest *digest, struct slice piece)
{
    return piece_set_add(context, digest, piece);
}

static bool fail(char ret_reason[RELEASE_CUT_REASON_BYTES], const char *name, const char *what)
{
    snprintf(ret_reason, RELEASE_CUT_REASON_BYTES, "%s%s%s", name, name[0] != '\0' ? ": " : "", what);
    return false;
}

static bool cut_document(const struct document *document, struct piece_set *pieces, struct text *manifest,
                         char ret_reason[RELEASE_CUT_REASON_BYTES])
{
    struct manifest_entry entry = {.name = slice_of(document->name)};
    if (entry.name.length == 0 || entry.name.length > MANIFEST_NAME_BYTES_MAX) {
        return fail(ret_reason, document->name, "a file's name has 1 to 255 bytes");
    }
    if (document->length > DOCUMENT_BYTES_MAX) {
        return fail(ret_reason, document->name, "is larger than 64 MiB");
    }
    if (!blob_write(document->bytes, document->length, keep, pieces, &entry.blob)) {
        return fail(ret_reason, "", "out of memory");
    }
    manifest_append(manifest, &entry);
    return true;
}

/* As a gateway will read it: what it would refuse is refused here. Takes the bytes when it succeeds. */
static bool read_manifest(struct text *bytes, struct root *root, char ret_reason[RELEASE_CUT_REASON_BYTES])
{
    struct manifest manifest;
    const char *reason = NULL;
    if (bytes->failed || !manifest_decode(bytes->bytes, bytes->length, &manifest, &reason)) {
        return reason == NULL ? fail(ret_reason, "", "out of memory") : fail(ret_reason, "the manifest", reason);
    }
    root->policies = manifest.policies;
    root->document_bytes = manifest.document_bytes;
    manifest_clear(&manifest);
    *bytes = (struct text){0}; /* the manifest owned them */
    return true;
}

static bool cut_manifest(struct text *manifest, struct piece_set *pieces, struct root *ret_root,
                         char ret_reason[RELEASE_CUT_REASON_BYTES])
{
    struct root root = {0};
    if (manifest->failed || !blob_write(manifest->bytes, manifest->length, keep, pieces, &root.manifest)) {
        return fail(ret_reason, "", "out of memory");
    }
    if (!read_manifest(manifest, &root, ret_reason)) {
        return false;
    }
    *ret_root = root;
    return true;
}

bool release_cut(const struct documents *documents, struct piece_set *pieces, struct root *ret_root,
                 char ret_reason[RELEASE_CUT_REASON_BYTES])
{
    struct text manifest;
    text_init(&manifest, manifest_bytes_max);
    bool is_well = true;
    for (size_t i = 0; i < documents->count && is_well; i++) {
        is_well = cut_document(&documents->items[i], pieces, &manifest, ret_reason);
    }
    is_well = is_well && cut_manifest(&manifest, pieces, ret_root, ret_reason);
    text_clear(&manifest);
    return is_well;
}
