#include "cache/switch_document.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/json_reader.h"
#include "policy/limits.h"
#include "policy/rfc3339.h"
#include "policy/utf8.h"

static_assert((int)SWITCH_NAME_BYTES_MAX == (int)LIMIT_NAME_BYTES, "any interface can be switched");

bool switch_document_is_name(struct slice name)
{
    return name.length > 0 && name.length <= SWITCH_NAME_BYTES_MAX && utf8_is_valid(name) && !utf8_has_control(name);
}

bool switch_document_is_note(struct slice note)
{
    return note.length <= SWITCH_NOTE_BYTES_MAX && utf8_is_valid(note) && !utf8_has_control(note);
}

bool switch_document_entry_equals(const struct switch_entry *a, const struct switch_entry *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->mode, b->mode) == 0 && strcmp(a->reason, b->reason) == 0 &&
           strcmp(a->actor, b->actor) == 0 && a->until_unix_s == b->until_unix_s && a->is_drill == b->is_drill &&
           a->fault == b->fault;
}

bool switch_document_equals(const struct switch_document *a, const struct switch_document *b)
{
    uint32_t same = 0;
    while (same < a->count && same < b->count && switch_document_entry_equals(&a->entries[same], &b->entries[same])) {
        same++;
    }
    return same == a->count && same == b->count;
}

/* Entries */

/* Its place; `count` where there is none. */
static uint32_t place_of(const struct switch_document *document, struct slice name)
{
    uint32_t i = 0;
    while (i < document->count && !slice_equals(slice_of(document->entries[i].name), name)) {
        i++;
    }
    return i;
}

const struct switch_entry *switch_document_find(const struct switch_document *document, struct slice name)
{
    uint32_t i = place_of(document, name);
    return i < document->count ? &document->entries[i] : NULL;
}

static struct switch_entry *find(struct switch_document *document, struct slice name)
{
    uint32_t i = place_of(document, name);
    return i < document->count ? &document->entries[i] : NULL;
}

static struct switch_entry *append_empty(struct switch_document *document)
{
    if (document->count == SWITCH_DOCUMENT_ENTRIES_MAX) {
        return NULL;
    }
    struct switch_entry *entry = &document->entries[document->count++];
    *entry = (struct switch_entry){0};
    return entry;
}

/* The text, which fits, with its NUL. */
static void copy_text(struct slice text, char *ret_copy)
{
    if (text.length > 0) {
        memcpy(ret_copy, text.at, text.length);
    }
    ret_copy[text.length] = '\0';
}

struct switch_entry *switch_document_put(struct switch_document *document, struct slice name)
{
    assert(switch_document_is_name(name));
    struct switch_entry *entry = find(document, name);
    if (entry == NULL) {
        entry = append_empty(document);
    } else if (entry->fault != NULL) {
        document->faulty--;
        *entry = (struct switch_entry){0};
    }
    if (entry != NULL) {
        copy_text(name, entry->name);
    }
    return entry;
}

void switch_document_remove(struct switch_document *document, struct slice name)
{
    struct switch_entry *entry = find(document, name);
    if (entry != NULL) {
        document->faulty -= entry->fault != NULL;
        const struct switch_entry *end = &document->entries[document->count--];
        memmove(entry, entry + 1, (size_t)(end - (entry + 1)) * sizeof(*entry));
    }
}

/* Reading */

enum member {
    MODE = 1,
    REASON = 2,
    ACTOR = 4,
    UNTIL = 8,
    DRILL = 16,
};

static enum member member_of(struct slice name)
{
    static const struct {
        const char *name;
        enum member member;
    } rows[] = {{"mode", MODE}, {"reason", REASON}, {"actor", ACTOR}, {"until", UNTIL}, {"drill", DRILL}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slice_equals(name, slice_of(rows[i].name))) {
            return rows[i].member;
        }
    }
    return 0;
}

static const char *read_mode(struct slice string, struct switch_entry *entry)
{
    if (string.length == 0 || string.length > SWITCH_MODE_BYTES_MAX || utf8_has_control(string)) {
        return "has a mode that is no word of 1 to 8 bytes";
    }
    copy_text(string, entry->mode);
    return NULL;
}

static const char *read_note(struct slice string, const char *fault, char ret_note[SWITCH_NOTE_BYTES_MAX + 1])
{
    if (!switch_document_is_note(string)) {
        return fault;
    }
    copy_text(string, ret_note);
    return NULL;
}

static const char *read_until(struct slice string, struct switch_entry *entry)
{
    int64_t unix_s;
    if (!rfc3339_parse_time(string, &unix_s) || unix_s <= 0 || unix_s > rfc3339_time_max_s) {
        return "has an until that is no RFC 3339 time after 1970";
    }
    entry->until_unix_s = unix_s;
    return NULL;
}

static const char *read_member(enum member member, enum json_token token, struct slice string,
                               struct switch_entry *entry)
{
    if (member == 0) {
        return "has a member that is none of mode, reason, actor, until and drill";
    }
    if (member == DRILL) {
        entry->is_drill = token == JSON_TRUE;
        return token == JSON_TRUE || token == JSON_FALSE ? NULL : "has a drill that is neither true nor false";
    }
    if (token != JSON_STRING) {
        return "has a mode, reason, actor or until that is no string";
    }
    switch (member) {
    case MODE:
        return read_mode(string, entry);
    case REASON:
        return read_note(string, "has a reason that is no text of up to 256 bytes", entry->reason);
    case ACTOR:
        return read_note(string, "has an actor that is no text of up to 256 bytes", entry->actor);
    case UNTIL:
        return read_until(string, entry);
    case DRILL:
        break;
    }
    abort(); /* every member is above */
}

/* To the end of the entry's value, whatever it is; its first fault, or NULL. */
static const char *read_value(struct json_reader *reader, struct switch_entry *entry)
{
    unsigned seen = 0;
    const char *fault = NULL;
    enum json_token token = json_reader_next(reader);
    if (token != JSON_OBJECT_BEGIN) {
        json_reader_skip(reader, token);
        return "is no object";
    }
    while (json_reader_next(reader) == JSON_NAME) {
        enum member member = member_of(reader->string);
        token = json_reader_next(reader);
        const char *found =
            (seen & member) != 0 ? "has a member twice" : read_member(member, token, reader->string, entry);
        fault = fault == NULL ? found : fault;
        seen |= member;
        json_reader_skip(reader, token);
    }
    return fault == NULL && (seen & MODE) == 0 ? "has no mode" : fault;
}

/* The reader stands behind its name. False: there is no room. */
static bool read_entry(struct json_reader *reader, struct switch_document *document)
{
    struct switch_entry fresh = {0};
    bool is_name = switch_document_is_name(reader->string);
    if (is_name) {
        copy_text(reader->string, fresh.name);
    }
    fresh.fault = read_value(reader, &fresh);
    if (!is_name) {
        fresh.fault = "has a name that is no text of 1 to 64 bytes";
    }
    struct switch_entry *entry = is_name ? find(document, slice_of(fresh.name)) : NULL;
    if (entry != NULL) {
        fresh.fault = "is there twice";
    } else {
        entry = append_empty(document);
    }
    if (entry == NULL) {
        return false;
    }
    if (fresh.fault != NULL) {
        document->faulty += entry->fault == NULL;
        *entry = (struct switch_entry){.fault = fresh.fault};
        copy_text(slice_of(fresh.name), entry->name);
    } else {
        *entry = fresh;
    }
    return true;
}

static const char not_an_object[] = "is no JSON object";
static const char too_many[] = "has more than 65 members";
static const char too_large[] = "is larger than 64 KiB";

static bool fail(const char *reason, const char **ret_reason)
{
    *ret_reason = reason;
    return false;
}

bool switch_document_read(char *bytes, size_t length, struct switch_document *ret_document, const char **ret_reason)
{
    struct switch_document document = {0};
    struct json_reader reader;
    enum json_token token;
    if (length > SWITCH_DOCUMENT_BYTES_MAX) {
        return fail(too_large, ret_reason);
    }
    if (length > 0) {
        json_reader_init(&reader, bytes, length);
        if (json_reader_next(&reader) != JSON_OBJECT_BEGIN) {
            return fail(not_an_object, ret_reason);
        }
        while ((token = json_reader_next(&reader)) == JSON_NAME) {
            if (!read_entry(&reader, &document)) {
                return fail(too_many, ret_reason);
            }
        }
        if (token != JSON_OBJECT_END || json_reader_next(&reader) != JSON_END) {
            return fail(not_an_object, ret_reason);
        }
    }
    *ret_document = document;
    return true;
}
