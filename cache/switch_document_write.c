#include <assert.h>

#include "cache/switch_document.h"
#include "policy/json_reader.h"
#include "policy/rfc3339.h"

/* Writing */

static void append_member(struct text *text, struct slice name, const char *value)
{
    if (value[0] != '\0') {
        text_append_byte(text, ',');
        text_append_json_string(text, name);
        text_append_byte(text, ':');
        text_append_json_string(text, slice_of(value));
    }
}

static void append_value(struct text *text, const struct switch_entry *entry)
{
    text_append(text, SLICE("{\"mode\":"));
    text_append_json_string(text, slice_of(entry->mode));
    append_member(text, SLICE("reason"), entry->reason);
    append_member(text, SLICE("actor"), entry->actor);
    if (entry->until_unix_s != 0) {
        char until[RFC3339_TIME_BYTES];
        rfc3339_write_time(entry->until_unix_s, until);
        append_member(text, SLICE("until"), until);
    }
    text_append(text, entry->is_drill ? SLICE(",\"drill\":true}") : SLICE("}"));
}

static void append_name(struct text *text, struct slice name, bool is_first)
{
    text_append(text, is_first ? SLICE("") : SLICE(","));
    text_append_json_string(text, name);
    text_append_byte(text, ':');
}

void switch_document_append(struct text *text, const struct switch_document *document)
{
    bool is_first = true;
    text_append_byte(text, '{');
    for (uint32_t i = 0; i < document->count; i++) {
        if (document->entries[i].fault == NULL) {
            append_name(text, slice_of(document->entries[i].name), is_first);
            append_value(text, &document->entries[i]);
            is_first = false;
        }
    }
    text_append_byte(text, '}');
}

/* Changing */

/* The members of `bytes`, of which the reader goes over a copy, and the entry; nothing if there are none. */
static void append_edited(struct text *text, struct slice bytes, struct json_reader *reader, const char *copy,
                          struct slice name, const struct switch_entry *entry)
{
    bool is_first = true, is_due = entry != NULL;
    text_append_byte(text, '{');
    while (json_reader_next(reader) == JSON_NAME) {
        bool is_ours = slice_equals(reader->string, name);
        if (!is_ours || is_due) {
            append_name(text, reader->string, is_first);
            is_first = false;
        }
        size_t from = (size_t)(reader->at - copy);
        json_reader_skip(reader, json_reader_next(reader));
        if (is_ours && is_due) {
            append_value(text, entry);
            is_due = false;
        } else if (!is_ours) {
            text_append(text, (struct slice){bytes.at + from, (uint32_t)((size_t)(reader->at - copy) - from)});
        }
    }
    if (is_due) {
        append_name(text, name, is_first);
        append_value(text, entry);
        is_first = false;
    }
    text_append_byte(text, '}');
    if (is_first) {
        text_reset(text);
    }
}

/* NULL, or why it cannot be read; `copy` is written to. */
static const char *fault_of(struct slice bytes, char copy[SWITCH_DOCUMENT_BYTES_MAX],
                            struct switch_document *ret_document)
{
    const char *reason = "would be larger than 64 KiB";
    if (bytes.length > SWITCH_DOCUMENT_BYTES_MAX) {
        return reason;
    }
    if (bytes.length > 0) {
        memcpy(copy, bytes.at, bytes.length);
    }
    return switch_document_read(copy, bytes.length, ret_document, &reason) ? NULL : reason;
}

bool switch_document_edit(struct slice bytes, struct slice name, const struct switch_entry *entry, struct text *text,
                          const char **ret_reason)
{
    char copy[SWITCH_DOCUMENT_BYTES_MAX];
    struct switch_document document;
    struct json_reader reader;
    assert(switch_document_is_name(name));
    text_reset(text);
    const char *fault = fault_of(bytes, copy, &document);
    if (fault == NULL) {
        if (bytes.length > 0) {
            memcpy(copy, bytes.at, bytes.length);
        }
        json_reader_init(&reader, copy, bytes.length);
        json_reader_next(&reader); /* its brace, or that there is nothing */
        append_edited(text, bytes, &reader, copy, name, entry);
        fault = text->failed ? "would be too large" : fault_of(text_slice(text), copy, &document);
    }
    if (fault != NULL) {
        *ret_reason = fault;
        return false;
    }
    return true;
}
