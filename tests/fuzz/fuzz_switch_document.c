/*
 * Any bytes as the switches that stand in Redis: refused with a reason, or read such that what is written of them reads
 * as the same but for the faulty; and edited such that the switch that was put is there, and each other as it was.
 */
#include <assert.h>
#include <stdlib.h>

#include "cache/switch_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of exactly its length: reading on is seen. */
static bool read_exactly(struct slice bytes, struct switch_document *ret_document)
{
    const char *reason = NULL;
    char *copy = malloc(bytes.length > 0 ? bytes.length : 1);
    assert(copy != NULL);
    if (bytes.length > 0) {
        memcpy(copy, bytes.at, bytes.length);
    }
    bool is_read = switch_document_read(copy, bytes.length, ret_document, &reason);
    assert(is_read || reason != NULL);
    free(copy);
    return is_read;
}

static void check_counts(const struct switch_document *document)
{
    uint32_t faulty = 0;
    for (uint32_t i = 0; i < document->count; i++) {
        const struct switch_entry *entry = &document->entries[i];
        assert((entry->fault != NULL) == (entry->mode[0] == '\0'));
        assert(entry->fault != NULL || switch_document_is_name(slice_of(entry->name)));
        faulty += entry->fault != NULL;
    }
    assert(faulty == document->faulty);
}

/* What is written of the document holds what is not faulty in it. */
static void check_written(const struct switch_document *document)
{
    static struct switch_document sound, again;
    struct text text;
    text_init(&text, 2 * SWITCH_DOCUMENT_BYTES_MAX);
    sound = *document;
    sound.count = sound.faulty = 0;
    for (uint32_t i = 0; i < document->count; i++) {
        if (document->entries[i].fault == NULL) {
            sound.entries[sound.count++] = document->entries[i];
        }
    }
    switch_document_append(&text, document);
    assert(!text.failed);
    bool is_read = read_exactly(text_slice(&text), &again);
    assert(is_read);
    assert(switch_document_equals(&again, &sound));
    text_clear(&text);
}

/* One switch put, and removed again: all others are what they were. */
static void check_edited(struct slice bytes, struct switch_document *before)
{
    static const struct slice name = {.at = "checkout", .length = 8};
    static const struct switch_entry entry = {.name = "checkout", .mode = "on", .reason = "why"};
    static struct switch_document after;
    struct text put, removed;
    const char *reason;
    text_init(&put, 2 * SWITCH_DOCUMENT_BYTES_MAX);
    text_init(&removed, 2 * SWITCH_DOCUMENT_BYTES_MAX);
    if (switch_document_edit(bytes, name, &entry, &put, &reason)) {
        bool is_read = read_exactly(text_slice(&put), &after);
        assert(is_read);
        const struct switch_entry *found = switch_document_find(&after, name);
        assert(found != NULL);
        assert(switch_document_entry_equals(found, &entry));
        is_read = switch_document_edit(text_slice(&put), name, NULL, &removed, &reason) &&
                  read_exactly(text_slice(&removed), &after);
        assert(is_read);
        switch_document_remove(before, name);
        assert(switch_document_equals(&after, before));
    } else {
        assert(before->count == SWITCH_DOCUMENT_ENTRIES_MAX);
    }
    text_clear(&put);
    text_clear(&removed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct switch_document document;
    struct slice bytes = {.at = (const char *)data, .length = (uint32_t)size};
    if (size > SWITCH_DOCUMENT_BYTES_MAX / 2 || !read_exactly(bytes, &document)) {
        return 0;
    }
    check_counts(&document);
    check_written(&document);
    check_edited(bytes, &document);
    return 0;
}
