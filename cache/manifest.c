#include "cache/manifest.h"

#include <assert.h>
#include <stdlib.h>

enum {
    LEVEL_AT = DIGEST_BYTES,
    LENGTH_AT = LEVEL_AT + 1,
    NAME_LENGTH_AT = LENGTH_AT + 4,
    HEAD_BYTES = NAME_LENGTH_AT + 1,
};

void manifest_append(struct text *text, const struct manifest_entry *entry)
{
    assert(entry->name.length > 0 && entry->name.length <= MANIFEST_NAME_BYTES_MAX);
    char head[HEAD_BYTES];
    memcpy(head, entry->blob.digest.bytes, DIGEST_BYTES);
    head[LEVEL_AT] = (char)entry->blob.level;
    for (int i = 0; i < 4; i++) {
        head[LENGTH_AT + i] = (char)(entry->blob.length >> (8 * i));
    }
    head[NAME_LENGTH_AT] = (char)entry->name.length;
    text_append(text, (struct slice){.at = head, .length = HEAD_BYTES});
    text_append(text, entry->name);
}

static bool is_plain_name(struct slice name)
{
    return name.length > 0 && memchr(name.at, '/', name.length) == NULL && memchr(name.at, '\0', name.length) == NULL &&
           !slice_equals(name, SLICE(".")) && !slice_equals(name, SLICE(".."));
}

/* Reads one entry; its bytes, or 0 when the manifest ends within it. */
static size_t read_entry(const char *at, size_t left, struct manifest_entry *ret_entry)
{
    if (left < HEAD_BYTES || left - HEAD_BYTES < (uint8_t)at[NAME_LENGTH_AT]) {
        return 0;
    }
    struct manifest_entry entry = {
        .name = {.at = at + HEAD_BYTES, .length = (uint8_t)at[NAME_LENGTH_AT]},
        .blob = {.length = bytes_load_4(at + LENGTH_AT), .level = (uint8_t)at[LEVEL_AT]},
    };
    memcpy(entry.blob.digest.bytes, at, DIGEST_BYTES);
    *ret_entry = entry;
    return HEAD_BYTES + entry.name.length;
}

/* Why the entry may not stand behind `before`; NULL: it may. */
static const char *fault_of(const struct manifest_entry *entry, struct slice before)
{
    if (!is_plain_name(entry->name)) {
        return "has a name that is no plain file name";
    }
    if (slice_compare(before, entry->name) >= 0) {
        return "has names that do not ascend";
    }
    if (entry->blob.length > DOCUMENT_BYTES_MAX) {
        return "has a document larger than 64 MiB";
    }
    return piece_can_be(&entry->blob) ? NULL : "has a document of an impossible length or level";
}

/* Goes over all entries, writing them to `entries` unless that is NULL; counts and sums in `manifest`. */
static const char *read_entries(const char *bytes, size_t length, struct manifest_entry *entries,
                                struct manifest *manifest)
{
    struct slice before = {.at = ""};
    for (size_t at = 0; at < length; manifest->count++) {
        struct manifest_entry entry;
        size_t taken = read_entry(bytes + at, length - at, &entry);
        const char *fault = taken == 0 ? "ends within an entry" : fault_of(&entry, before);
        if (fault != NULL) {
            return fault;
        }
        if (manifest->count == DOCUMENTS_COUNT_MAX) {
            return "has more than 100000 documents";
        }
        if (entries != NULL) {
            entries[manifest->count] = entry;
        }
        manifest->policies += !slice_equals(entry.name, SLICE("settings.json"));
        manifest->document_bytes += entry.blob.length;
        before = entry.name;
        at += taken;
    }
    return manifest->document_bytes > documents_bytes_max ? "has more than 1 GiB of documents" : NULL;
}

bool manifest_decode(char *bytes, size_t length, struct manifest *ret_manifest, const char **ret_reason)
{
    struct manifest counted = {0}, manifest = {.bytes = bytes};
    const char *fault = read_entries(bytes, length, NULL, &counted);
    if (fault != NULL) {
        *ret_reason = fault;
        return false;
    }
    manifest.entries = calloc((size_t)counted.count + 1, sizeof(*manifest.entries)); /* never of nothing */
    if (manifest.entries == NULL) {
        *ret_reason = NULL;
        return false;
    }
    read_entries(bytes, length, manifest.entries, &manifest);
    *ret_manifest = manifest;
    return true;
}

void manifest_clear(struct manifest *manifest)
{
    free(manifest->entries);
    free(manifest->bytes);
    *manifest = (struct manifest){0};
}

static int compare_name(const void *name, const void *entry)
{
    return slice_compare(*(const struct slice *)name, ((const struct manifest_entry *)entry)->name);
}

const struct manifest_entry *manifest_find(const struct manifest *manifest, struct slice name)
{
    return manifest->count == 0
               ? NULL
               : bsearch(&name, manifest->entries, manifest->count, sizeof(*manifest->entries), compare_name);
}
