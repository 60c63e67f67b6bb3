#include "cache/holding.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/blob_writer.h"

void holding_init(struct holding *holding)
{
    *holding = (struct holding){0};
    shelf_init(&holding->shelf);
    documents_init(&holding->unsorted);
}

void holding_clear(struct holding *holding)
{
    manifest_clear(&holding->manifest);
    free(holding->before);
    shelf_clear(&holding->shelf);
    documents_clear(&holding->unsorted);
    holding_init(holding);
}

const struct root *holding_root(const struct holding *holding)
{
    return holding->edition.release == 0 ? NULL : &holding->root;
}

const struct manifest *holding_manifest(const struct holding *holding)
{
    return holding->has_manifest ? &holding->manifest : NULL;
}

void holding_manifests(const struct holding *holding, struct slice ret_manifests[2])
{
    ret_manifests[0] =
        (struct slice){holding->manifest.bytes, holding->has_manifest ? holding->root.manifest.length : 0};
    ret_manifests[1] = (struct slice){holding->before, (uint32_t)holding->before_length};
}

bool holding_is_in_force(const struct holding *holding, const struct edition *edition)
{
    return holding->edition.release != 0 &&
           slice_equals((struct slice){holding->edition.root, holding->edition.root_length},
                        (struct slice){edition->root, edition->root_length});
}

/* What a state file left */

void holding_adopt(struct holding *holding, const struct edition *edition, struct documents *documents)
{
    const char *reason;
    assert(holding->edition.release == 0);
    if (!root_decode((struct slice){edition->root, edition->root_length}, &holding->root, &reason)) {
        documents_clear(documents);
        return;
    }
    holding->edition = *edition;
    holding->unsorted = *documents;
    documents_init(documents);
}

static bool ignore_piece(void *context, const struct digest *digest, struct slice piece)
{
    (void)context, (void)digest, (void)piece;
    return true;
}

/* The manifest of the documents at hand. */
static bool list_documents(const struct documents *documents, struct text *manifest)
{
    bool is_listed = true;
    for (size_t i = 0; i < documents->count && is_listed; i++) {
        const struct document *document = &documents->items[i];
        struct manifest_entry entry = {.name = slice_of(document->name)};
        is_listed = blob_write(document->bytes, document->length, ignore_piece, NULL, &entry.blob);
        if (is_listed) {
            manifest_append(manifest, &entry);
        }
    }
    return is_listed && !manifest->failed;
}

static bool is_of_root(const struct holding *holding, const struct text *manifest)
{
    struct blob blob;
    return blob_write(manifest->bytes, manifest->length, ignore_piece, NULL, &blob) &&
           digest_equals(&blob.digest, &holding->root.manifest.digest);
}

/* Moves the documents to the shelf. */
static void shelve(struct holding *holding, const struct manifest *manifest, struct documents *documents)
{
    assert(documents->count == manifest->count);
    for (uint32_t i = 0; i < manifest->count; i++) {
        shelf_put(&holding->shelf, &manifest->entries[i].blob.digest, documents->items[i].bytes,
                  documents->items[i].length);
        documents->items[i].bytes = NULL;
    }
    documents_clear(documents);
}

void holding_sort(struct holding *holding)
{
    if (holding->unsorted.count == 0) {
        return;
    }
    struct text text;
    const char *reason;
    text_init(&text, manifest_bytes_max);
    if (list_documents(&holding->unsorted, &text) && is_of_root(holding, &text) &&
        manifest_decode(text.bytes, text.length, &holding->manifest, &reason)) {
        holding->has_manifest = true;
        shelve(holding, &holding->manifest, &holding->unsorted);
    } else {
        text_clear(&text);
        documents_clear(&holding->unsorted);
    }
}

/* What was handed out */

void holding_return(struct holding *holding, const struct manifest *manifest, struct documents *documents)
{
    for (uint32_t i = 0; i < documents->count; i++) {
        shelf_return(&holding->shelf, &manifest->entries[i].blob.digest, documents->items[i].bytes);
        documents->items[i].bytes = NULL;
    }
    documents_clear(documents);
}

static bool has_same_content(const struct holding *holding, const struct root *root)
{
    return holding->has_manifest && digest_equals(&holding->root.manifest.digest, &root->manifest.digest);
}

void holding_turn(struct holding *holding, const struct edition *edition, struct manifest *manifest,
                  struct documents *documents)
{
    struct root root;
    const char *reason;
    bool is_root = root_decode((struct slice){edition->root, edition->root_length}, &root, &reason);
    assert(is_root); /* it was fetched by it */
    if (has_same_content(holding, &root)) {
        holding_return(holding, manifest, documents);
    } else {
        free(holding->before);
        holding->before = holding->manifest.bytes;
        holding->before_length = holding->has_manifest ? holding->root.manifest.length : 0;
        holding->manifest.bytes = NULL;
        manifest_clear(&holding->manifest);
        holding->manifest = *manifest;
        holding->has_manifest = true;
        *manifest = (struct manifest){0};
        shelf_turn(&holding->shelf);
        shelve(holding, &holding->manifest, documents);
    }
    holding->edition = *edition;
    holding->root = root;
}
