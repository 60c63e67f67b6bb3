#include "service/http_switches.h"

#include <stdio.h>
#include <stdlib.h>

#include "degrade/switch_ruling.h"
#include "policy/context.h"
#include "policy/json_reader.h"
#include "service/address.h"
#include "service/clock.h"
#include "service/control.h"
#include "service/http_connection.h"
#include "service/http_problem.h"
#include "service/http_request.h"

enum { TTL_S_MAX = 31 * 24 * 3600 };

/* What a PUT asks for, and what is wrong with it. */
struct demand {
    struct switch_entry entry;
    bool has_mode, has_reason, has_ttl, has_actor, has_drill;
    int64_t ttl_s;
    const char *pointer, *fault;  /* NULL: none */
    struct context_error unknown; /* a member that nobody knows: where it stands */
};

static enum http_outcome refuse(struct http_connection *connection, unsigned status, const char *detail,
                                const char *pointer, struct http_answer *ret_answer)
{
    struct text *text = &connection->loop->text;
    text_reset(text);
    http_problem_append(text, status, detail, pointer);
    *ret_answer = (struct http_answer){.status = status, .content = HTTP_CONTENT_PROBLEM, .body = text_slice(text)};
    return HTTP_ANSWERED;
}

static bool fail(struct demand *demand, const char *pointer, const char *fault)
{
    demand->pointer = pointer;
    demand->fault = fault;
    return false;
}

/* The body */

/* A member that is a text, and where it goes. */
struct text_member {
    const char *pointer;
    size_t bytes_max;
    bool *has;
    char *text;
};

static bool take_text(struct demand *demand, const struct text_member *member, enum json_token token,
                      struct slice string)
{
    if (*member->has) {
        return fail(demand, member->pointer, "occurs more than once");
    }
    if (token != JSON_STRING) {
        return fail(demand, member->pointer, "is not a string");
    }
    if (string.length > member->bytes_max || !switch_document_is_note(string)) {
        return fail(demand, member->pointer, "is too long, or has control characters");
    }
    *member->has = true;
    memcpy(member->text, string.at, string.length);
    member->text[string.length] = '\0';
    return true;
}

static bool take_ttl(struct demand *demand, enum json_token token, int64_t integer)
{
    if (demand->has_ttl) {
        return fail(demand, "/ttl_s", "occurs more than once");
    }
    if (token != JSON_INTEGER || integer < 1 || integer > TTL_S_MAX) {
        return fail(demand, "/ttl_s", "is no integer from 1 to 2678400");
    }
    demand->has_ttl = true;
    demand->ttl_s = integer;
    return true;
}

static bool take_drill(struct demand *demand, enum json_token token)
{
    if (demand->has_drill) {
        return fail(demand, "/drill", "occurs more than once");
    }
    if (token != JSON_TRUE && token != JSON_FALSE) {
        return fail(demand, "/drill", "is neither true nor false");
    }
    demand->has_drill = true;
    demand->entry.is_drill = token == JSON_TRUE;
    return true;
}

static bool take_member(struct demand *demand, struct slice name, struct json_reader *reader)
{
    struct switch_entry *entry = &demand->entry;
    const struct text_member texts[] = {
        {"/mode", SWITCH_MODE_BYTES_MAX, &demand->has_mode, entry->mode},
        {"/reason", SWITCH_NOTE_BYTES_MAX, &demand->has_reason, entry->reason},
        {"/actor", SWITCH_NOTE_BYTES_MAX, &demand->has_actor, entry->actor},
    };
    enum json_token token = json_reader_next(reader);
    if (token == JSON_ERROR) {
        return fail(demand, "", reader->error);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (slice_equals(name, slice_of(texts[i].pointer + 1))) {
            return take_text(demand, &texts[i], token, reader->string);
        }
    }
    if (slice_equals(name, SLICE("ttl_s"))) {
        return take_ttl(demand, token, reader->integer);
    }
    if (slice_equals(name, SLICE("drill"))) {
        return take_drill(demand, token);
    }
    context_fail_unknown(&demand->unknown, name);
    return fail(demand, demand->unknown.pointer, "is none of mode, reason, ttl_s, actor, drill");
}

static bool read_body(struct demand *demand, struct text *body)
{
    struct json_reader reader;
    json_reader_init(&reader, body->bytes, body->length);
    enum json_token token = body->length == 0 ? JSON_ERROR : json_reader_next(&reader);
    if (token != JSON_OBJECT_BEGIN) {
        return fail(demand, "", "is not a JSON object");
    }
    while ((token = json_reader_next(&reader)) == JSON_NAME) {
        if (!take_member(demand, reader.string, &reader)) {
            return false;
        }
    }
    bool is_whole = token == JSON_OBJECT_END && json_reader_next(&reader) == JSON_END;
    return is_whole || fail(demand, "", reader.error != NULL ? reader.error : "is not JSON");
}

static bool check(struct demand *demand)
{
    enum switch_mode mode;
    if (!demand->has_mode) {
        return fail(demand, "/mode", "is missing");
    }
    if (!switch_mode_of(demand->entry.mode, &mode)) {
        return fail(demand, "/mode", "is none of on, auto, never");
    }
    if (mode == SWITCH_NEVER && (!demand->has_ttl || demand->ttl_s > SWITCH_NEVER_S_MAX)) {
        return fail(demand, "/ttl_s", "must be there with never, and at most 3600");
    }
    if (demand->entry.is_drill && mode != SWITCH_ON) {
        return fail(demand, "/drill", "goes with on only");
    }
    return true;
}

/* The path */

static int hex_digit(char byte)
{
    return byte >= '0' && byte <= '9'   ? byte - '0'
           : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
           : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                        : 0;
}

/* Escapes were checked by the guard. */
static bool read_name(struct slice escaped, char ret_name[SWITCH_NAME_BYTES_MAX + 1])
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < escaped.length; i++) {
        char byte = escaped.at[i];
        if (byte == '%' && i + 2 < escaped.length) {
            byte = (char)(hex_digit(escaped.at[i + 1]) << 4 | hex_digit(escaped.at[i + 2]));
            i += 2;
        }
        if (length == SWITCH_NAME_BYTES_MAX || escaped.at[i] == '/') {
            return false;
        }
        ret_name[length++] = byte;
    }
    ret_name[length] = '\0';
    return length > 0;
}

/* Answers */

static enum http_outcome answer(struct http_connection *connection, struct http_answer *ret_answer)
{
    ret_answer->status = 200;
    ret_answer->content = HTTP_CONTENT_JSON;
    ret_answer->body = text_slice(&connection->loop->text);
    return HTTP_ANSWERED;
}

static enum http_outcome show(struct http_connection *connection, struct control *control, const char *name,
                              struct http_answer *ret_answer)
{
    struct text *text = &connection->loop->text;
    text_reset(text);
    if (name == NULL || strcmp(name, "*") == 0) {
        control_append_switches(control, text);
    } else if (control_append_switch(control, text, slice_of(name))) {
        text_append_byte(text, '\n');
    } else {
        return refuse(connection, 404, "there is no such interface", NULL, ret_answer);
    }
    return answer(connection, ret_answer);
}

/* What an order has made of it: the page, and one member more at its end. */
static enum http_outcome show_after(struct http_connection *connection, struct control *control, const char *name,
                                    bool is_kept, struct http_answer *ret_answer)
{
    struct text *text = &connection->loop->text;
    show(connection, control, name, ret_answer);
    if (ret_answer->status != 200) {
        text_reset(text); /* its last order was taken back after the configuration had lost it */
        text_append(text, SLICE("{\"interface\":"));
        text_append_json_string(text, slice_of(name));
        text_append(text, SLICE(",\"mode\":\"auto\",\"orders\":[]}\n"));
    }
    if (!text->failed) {
        text->length -= strlen("}\n");
    }
    text_append(text, is_kept ? SLICE(",\"kept\":true}\n") : SLICE(",\"kept\":false}\n"));
    return answer(connection, ret_answer);
}

static enum http_outcome put(struct http_connection *connection, struct control *control, const char *name,
                             struct http_answer *ret_answer)
{
    struct demand *demand = calloc(1, sizeof(*demand)); /* an operator's call, no caller's */
    char peer[ADDRESS_TEXT_BYTES];
    if (demand == NULL) {
        return refuse(connection, 503, "out of memory", NULL, ret_answer);
    }
    enum http_outcome outcome;
    address_format(http_connection_peer(connection), peer);
    snprintf(demand->entry.name, sizeof(demand->entry.name), "%s", name);
    if (!read_body(demand, &connection->body) || !check(demand)) {
        outcome = refuse(connection, 400, demand->fault, demand->pointer, ret_answer);
        free(demand);
        return outcome;
    }
    if (!demand->has_actor) {
        snprintf(demand->entry.actor, sizeof(demand->entry.actor), "%s", peer);
    }
    demand->entry.until_unix_s = demand->has_ttl ? clock_wall_ms() / 1000 + demand->ttl_s : 0;
    switch (control_order(control, &demand->entry, peer)) {
    case CONTROL_DONE:
        outcome = show_after(connection, control, name, true, ret_answer);
        break;
    case CONTROL_NOT_KEPT:
        outcome = show_after(connection, control, name, false, ret_answer);
        break;
    case CONTROL_UNKNOWN_INTERFACE:
        outcome = refuse(connection, 404, "there is no such interface", NULL, ret_answer);
        break;
    }
    free(demand);
    return outcome;
}

enum http_outcome http_switches_serve(struct http_connection *connection, struct control *control, struct slice path,
                                      struct http_answer *ret_answer)
{
    char name[SWITCH_NAME_BYTES_MAX + 1];
    const struct http_head *head = &connection->head;
    bool is_read = head->method == HTTP_GET || head->method == HTTP_HEAD;
    if (path.length == 0 && is_read) {
        return show(connection, control, NULL, ret_answer);
    }
    bool is_named =
        path.length > 1 && path.at[0] == '/' && read_name((struct slice){path.at + 1, path.length - 1}, name);
    if (path.length > 0 && !is_named) {
        return refuse(connection, 404, "there is nothing at this path", NULL, ret_answer);
    }
    if (is_named && is_read) {
        return show(connection, control, name, ret_answer);
    }
    if (!is_named || head->method != HTTP_PUT) {
        refuse(connection, 405, "the path has no such method", NULL, ret_answer);
        ret_answer->allow = is_named ? "GET, HEAD, PUT" : "GET, HEAD";
        return HTTP_ANSWERED;
    }
    if (head->origin.at != NULL) {
        return refuse(connection, 403, "a page in a browser may not flip switches", NULL, ret_answer);
    }
    if (head->content_type.at != NULL && !http_request_is_json(head->content_type)) {
        return refuse(connection, 415, "the body's type is not application/json", NULL, ret_answer);
    }
    return put(connection, control, name, ret_answer);
}
