#include "publish/release_record.h"

#include <inttypes.h>

#include "policy/json_reader.h"
#include "policy/rfc3339.h"
#include "policy/utf8.h"

bool release_record_may_say(struct slice words, uint32_t bytes_max)
{
    return words.length <= bytes_max && utf8_is_valid(words) && !utf8_has_control(words);
}

void release_record_append(struct text *text, const struct release_record *record)
{
    text_append(text, SLICE("{\"root\":"));
    root_append(text, &record->root);
    text_append(text, SLICE(",\"author\":"));
    text_append_json_string(text, slice_of(record->author));
    text_append(text, SLICE(",\"note\":"));
    text_append_json_string(text, slice_of(record->note));
    text_append_byte(text, '}');
}

enum member {
    ROOT = 1,
    AUTHOR = 2,
    NOTE = 4,
};

/* Where we are in a record: the reader goes over a copy, because it writes to it; the root is decoded from `json`. */
struct draft {
    struct slice json;
    char copy[RELEASE_RECORD_BYTES_MAX];
    struct json_reader reader;
    struct release_record record;
    unsigned seen;
};

/* The reader stands behind the brace that opens the root. */
static const char *read_root(struct draft *draft)
{
    const char *reason;
    size_t from = (size_t)(draft->reader.at - draft->copy) - 1;
    json_reader_skip(&draft->reader, JSON_OBJECT_BEGIN);
    size_t to = (size_t)(draft->reader.at - draft->copy);
    struct slice root = {.at = draft->json.at + from, .length = (uint32_t)(to - from)};
    if (draft->reader.error != NULL) {
        return "is no JSON object";
    }
    return root_decode(root, &draft->record.root, &reason) ? NULL : reason;
}

static const char *read_words(const struct draft *draft, enum json_token token, uint32_t bytes_max, char *ret_words)
{
    struct slice words = draft->reader.string;
    if (token != JSON_STRING || !release_record_may_say(words, bytes_max)) {
        return "has an author or a note that is no short text";
    }
    if (words.length > 0) {
        memcpy(ret_words, words.at, words.length);
    }
    ret_words[words.length] = '\0';
    return NULL;
}

static enum member member_of(struct slice name)
{
    if (slice_equals(name, SLICE("root"))) {
        return ROOT;
    }
    if (slice_equals(name, SLICE("author"))) {
        return AUTHOR;
    }
    return slice_equals(name, SLICE("note")) ? NOTE : 0;
}

static const char *read_member(struct draft *draft, enum member member, enum json_token token)
{
    if (member != 0 && (draft->seen & member) != 0) {
        return "has a member twice";
    }
    draft->seen |= member;
    if (member == ROOT) {
        return token == JSON_OBJECT_BEGIN ? read_root(draft) : "has a root that is no object";
    }
    if (member == AUTHOR) {
        return read_words(draft, token, RELEASE_AUTHOR_BYTES_MAX, draft->record.author);
    }
    if (member == NOTE) {
        return read_words(draft, token, RELEASE_NOTE_BYTES_MAX, draft->record.note);
    }
    json_reader_skip(&draft->reader, token);
    return NULL;
}

static const char *read_record(struct draft *draft)
{
    struct json_reader *reader = &draft->reader;
    enum json_token token = json_reader_next(reader);
    if (token != JSON_OBJECT_BEGIN) {
        return "is no JSON object";
    }
    while ((token = json_reader_next(reader)) == JSON_NAME) {
        enum member member = member_of(reader->string);
        const char *fault = read_member(draft, member, json_reader_next(reader));
        if (fault != NULL) {
            return fault;
        }
    }
    if (token != JSON_OBJECT_END || json_reader_next(reader) != JSON_END) {
        return "is no JSON object";
    }
    return draft->seen == (ROOT | AUTHOR | NOTE) ? NULL : "lacks a member";
}

bool release_record_decode(struct slice json, struct release_record *ret_record, const char **ret_reason)
{
    if (json.length > RELEASE_RECORD_BYTES_MAX) {
        *ret_reason = "is larger than 1024 bytes";
        return false;
    }
    struct draft draft = {.json = json};
    if (json.length > 0) {
        memcpy(draft.copy, json.at, json.length);
    }
    json_reader_init(&draft.reader, draft.copy, json.length);
    const char *fault = read_record(&draft);
    if (fault != NULL) {
        *ret_reason = fault;
        return false;
    }
    *ret_record = draft.record;
    return true;
}

void release_record_append_facts(struct text *text, const struct release_record *record, bool is_in_force)
{
    const struct root *root = &record->root;
    char time[RFC3339_TIME_BYTES], manifest[DIGEST_HEX_LENGTH + 1];
    rfc3339_write_time(root->published_at_s, time);
    digest_to_hex(&root->manifest.digest, manifest);
    text_append_format(text,
                       "{\"release\":%" PRIu64 ",\"published_at\":\"%s\",\"in_force\":%s,\"policies\":%" PRIu32
                       ",\"bytes\":%" PRIu64 ",\"author\":",
                       root->release, time, is_in_force ? "true" : "false", root->policies, root->document_bytes);
    text_append_json_string(text, slice_of(record->author));
    text_append(text, SLICE(",\"note\":"));
    text_append_json_string(text, slice_of(record->note));
    text_append(text, SLICE(",\"rollback_of\":"));
    if (root->rollback_of != 0) {
        text_append_integer(text, (int64_t)root->rollback_of);
    } else {
        text_append(text, SLICE("null"));
    }
    text_append_format(text, ",\"forced\":%s,\"manifest\":\"%s\"}", root->is_forced ? "true" : "false", manifest);
}
