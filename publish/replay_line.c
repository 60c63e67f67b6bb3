#include "publish/replay_line.h"

#include <stdio.h>

#include "policy/context_json.h"
#include "policy/rfc3339.h"
#include "publish/engine.h"
#include "publish/line_reader.h"
#include "publish/ordered_members.h"

void replay_line_init(struct replay_line *line)
{
    context_init(&line->context);
    decision_parts_init(&line->decision, LINE_BYTES_MAX);
}

void replay_line_clear(struct replay_line *line)
{
    decision_parts_clear(&line->decision);
}

/* "2026-02-12T12:00:00.123Z" and nothing else; what counts is "2026-02-12T12:00:00Z". */
static bool parse_time(struct slice text, int64_t *ret_unix_s)
{
    static const char milliseconds[] = ".###Z";
    enum { SECOND_BYTES = sizeof("2026-02-12T12:00:00") - 1, TAIL_BYTES = sizeof(milliseconds) - 1 };
    if (text.length != SECOND_BYTES + TAIL_BYTES) {
        return false;
    }
    const char *tail = text.at + SECOND_BYTES;
    for (uint32_t i = 0; i < TAIL_BYTES; i++) {
        bool is_digit = tail[i] >= '0' && tail[i] <= '9';
        if (milliseconds[i] == '#' ? !is_digit : tail[i] != milliseconds[i]) {
            return false;
        }
    }
    char whole[RFC3339_TIME_BYTES];
    snprintf(whole, sizeof(whole), "%.*sZ", (int)SECOND_BYTES, text.at);
    return rfc3339_parse_time(slice_of(whole), ret_unix_s);
}

/* What was told of a member's value is told from the line on; always false. */
static bool fail_within(const char *member, struct context_error *error)
{
    char pointer[CONTEXT_POINTER_BYTES];
    memcpy(pointer, error->pointer, sizeof(pointer));
    snprintf(error->pointer, sizeof(error->pointer), "%s%.*s", member,
             (int)(sizeof(error->pointer) - strlen(member) - 1), pointer);
    return false;
}

static bool read_time(struct ordered_members *members, struct replay_line *line)
{
    static const struct slice name = {.at = "ts", .length = 2};
    if (!ordered_members_take(members, name, &line->error)) {
        return false;
    }
    bool is_time = json_reader_next(members->reader) == JSON_STRING && parse_time(members->reader->string, &line->at_s);
    return is_time || ordered_members_fail(name, "is no time like 2026-02-12T12:00:00.123Z", &line->error);
}

static bool read_context(struct ordered_members *members, struct replay_line *line)
{
    struct json_reader *reader = members->reader;
    if (!ordered_members_take(members, SLICE("context"), &line->error)) {
        return false;
    }
    enum json_token token = json_reader_next(reader);
    enum context_outcome outcome =
        context_json_read(reader, token, &engine_context_rules, &line->context, &line->error);
    return outcome == CONTEXT_VALID || fail_within("/context", &line->error);
}

static bool read_decision(struct ordered_members *members, struct replay_line *line)
{
    if (!ordered_members_take(members, SLICE("decision"), &line->error)) {
        return false;
    }
    return decision_parts_read(&line->decision, members->reader, &line->error) ||
           fail_within("/decision", &line->error);
}

/* The line is read to its end whatever is wrong with its members: is it JSON at all? */
static bool is_json_to_its_end(struct json_reader *reader)
{
    enum json_token token;
    do {
        token = json_reader_next(reader);
    } while (token != JSON_END && token != JSON_ERROR);
    return token == JSON_END;
}

enum replay_line_outcome replay_line_read(struct replay_line *line, char *bytes, size_t length)
{
    struct json_reader reader;
    struct ordered_members members;
    json_reader_init(&reader, bytes, length);
    text_reset(&line->decision.bytes);
    bool is_read = ordered_members_begin(&members, &reader, &line->error) && read_time(&members, line) &&
                   read_context(&members, line) && read_decision(&members, line) &&
                   ordered_members_end(&members, &line->error);
    if (line->decision.bytes.failed) {
        return REPLAY_LINE_NO_MEMORY;
    }
    if (!is_json_to_its_end(&reader)) {
        char detail[CONTEXT_DETAIL_BYTES];
        snprintf(detail, sizeof(detail), "the JSON %s", reader.error);
        context_fail(&line->error, "", detail);
        return REPLAY_LINE_MALFORMED;
    }
    return is_read ? REPLAY_LINE_READ : REPLAY_LINE_INVALID;
}
