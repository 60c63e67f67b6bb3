#include "service/switch_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/json_reader.h"

static const char file_name[] = "switches.json", file_aside[] = "switches.json.bad";

static struct whole_file file_of(int folder)
{
    return (struct whole_file){.folder = folder, .name = file_name, .temporary = "switches.json.tmp"};
}

static bool fail(char ret_reason[WHOLE_FILE_REASON_BYTES], const char *clause, const char *detail)
{
    snprintf(ret_reason, WHOLE_FILE_REASON_BYTES, "%s%s%s", clause, detail[0] != '\0' ? ": " : "", detail);
    return false;
}

/* Loading */

/* The file's text twice: what finds a member writes into the one, what reads the member's value into the other. */
struct parse {
    struct json_reader reader;
    const char *scanned;
    char *bytes;
};

static bool read_member(struct parse *parse, struct switch_store_content *content, const char **ret_reason)
{
    bool is_admin = slice_equals(parse->reader.string, SLICE("admin"));
    if (!is_admin && !slice_equals(parse->reader.string, SLICE("redis"))) {
        *ret_reason = "has a member other than admin and redis";
        return false;
    }
    enum json_token token = json_reader_next(&parse->reader);
    if (token != JSON_OBJECT_BEGIN) {
        *ret_reason = "has a member that is no object";
        return false;
    }
    size_t from = (size_t)(parse->reader.at - parse->scanned) - 1; /* with its brace */
    json_reader_skip(&parse->reader, token);
    size_t to = (size_t)(parse->reader.at - parse->scanned);
    if (parse->reader.error != NULL) {
        *ret_reason = parse->reader.error;
        return false;
    }
    return switch_document_read(parse->bytes + from, to - from, is_admin ? &content->admin : &content->redis,
                                ret_reason);
}

static bool read_members(struct parse *parse, struct switch_store_content *content, const char **ret_reason)
{
    if (json_reader_next(&parse->reader) != JSON_OBJECT_BEGIN) {
        *ret_reason = "is no JSON object";
        return false;
    }
    enum json_token token = json_reader_next(&parse->reader);
    for (; token == JSON_NAME; token = json_reader_next(&parse->reader)) {
        if (!read_member(parse, content, ret_reason)) {
            return false;
        }
    }
    bool is_whole = token == JSON_OBJECT_END && json_reader_next(&parse->reader) == JSON_END;
    *ret_reason = parse->reader.error;
    return is_whole;
}

static bool understand(struct text *text, struct switch_store_content *content, const char **ret_reason)
{
    *ret_reason = "is empty";
    if (text->length == 0) {
        return false;
    }
    struct parse parse = {.bytes = malloc(text->length)};
    if (parse.bytes == NULL) {
        *ret_reason = "out of memory";
        return false;
    }
    memcpy(parse.bytes, text->bytes, text->length);
    parse.scanned = text->bytes;
    json_reader_init(&parse.reader, text->bytes, text->length);
    bool is_understood = read_members(&parse, content, ret_reason);
    free(parse.bytes);
    return is_understood;
}

/* Damaged: kept for whoever wants to look, out of the next write's way. */
static bool put_aside(int folder, const char *detail, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    char clause[WHOLE_FILE_REASON_BYTES];
    bool is_aside = renameat(folder, file_name, folder, file_aside) == 0;
    snprintf(clause, sizeof(clause), "%s, and %s %s", detail, is_aside ? "is now" : "cannot be put aside as",
             file_aside);
    return fail(ret_reason, "is damaged", clause);
}

static bool load(int folder, struct text *text, struct switch_store_content *content,
                 char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    const struct whole_file file = file_of(folder);
    const char *detail;
    switch (whole_file_read(&file, text, ret_reason)) {
    case WHOLE_FILE_ABSENT:
        return true;
    case WHOLE_FILE_UNREADABLE:
        return false;
    case WHOLE_FILE_READ:
        break;
    }
    return understand(text, content, &detail) || put_aside(folder, detail, ret_reason);
}

bool switch_store_load(int folder, struct switch_store_content *ret_content, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    struct switch_store_content *content = calloc(1, sizeof(*content));
    if (content == NULL) {
        return fail(ret_reason, "cannot be read", "out of memory");
    }
    struct text text;
    text_init(&text, SWITCH_STORE_BYTES_MAX);
    bool is_loaded = folder < 0 || load(folder, &text, content, ret_reason);
    text_clear(&text);
    if (is_loaded) {
        *ret_content = *content;
    }
    free(content);
    return is_loaded;
}

/* Saving */

/* False when it would not be read again. */
static bool append_document(struct text *text, const char *before, const struct switch_document *document)
{
    text_append(text, slice_of(before));
    size_t from = text->length;
    switch_document_append(text, document);
    return text->length - from <= SWITCH_DOCUMENT_BYTES_MAX;
}

bool switch_store_save(int folder, const struct switch_store_content *content, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    if (folder < 0) {
        return fail(ret_reason, "is not kept", "there is no state_dir");
    }
    const struct whole_file file = file_of(folder);
    struct text text;
    text_init(&text, SWITCH_STORE_BYTES_MAX);
    bool is_within = append_document(&text, "{\"admin\":", &content->admin) &&
                     append_document(&text, ",\"redis\":", &content->redis);
    text_append(&text, SLICE("}\n"));
    bool is_saved = !is_within || text.failed
                        ? fail(ret_reason, "cannot be written", "the switches' notes are too long")
                        : whole_file_write(&file, text_slice(&text), ret_reason);
    text_clear(&text);
    return is_saved;
}
