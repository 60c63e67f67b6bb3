#include "policy/context_json.h"

#include <stdio.h>

#include "policy/text.h"

static bool read_aois(struct json_reader *reader, enum json_token token, struct context *context,
                      struct context_error *reterr)
{
    if (token == JSON_STRING) {
        return context_add_aoi(context, reader->string, reterr);
    }
    if (token != JSON_ARRAY_BEGIN) {
        return context_fail_member(reterr, CONTEXT_AOI, "is neither a string nor a list of strings");
    }
    while ((token = json_reader_next(reader)) == JSON_STRING) {
        uint32_t index = context->aoi_count;
        if (!context_add_aoi(context, reader->string, reterr)) {
            return index < LIMIT_REQUEST_AOIS && context_fail_element(reterr, index);
        }
    }
    if (token != JSON_ARRAY_END) {
        context_fail_member(reterr, CONTEXT_AOI, "is not a string");
        return context_fail_element(reterr, context->aoi_count);
    }
    return context->aoi_count > 0 || context_fail_member(reterr, CONTEXT_AOI, "is an empty list");
}

static bool read_attribute_strings(struct json_reader *reader, struct context *context, struct attribute *attribute,
                                   struct context_error *reterr)
{
    attribute->value.kind = VALUE_STRINGS;
    attribute->value.strings.at = &context->strings[context->string_count];
    attribute->value.strings.count = 0;
    enum json_token token;
    while ((token = json_reader_next(reader)) == JSON_STRING) {
        if (!context_add_attribute_string(context, attribute, reader->string, reterr)) {
            return false;
        }
    }
    if (token != JSON_ARRAY_END) {
        context_fail_attribute(reterr, attribute->name, "is not a string");
        return context_fail_element(reterr, attribute->value.strings.count);
    }
    return true;
}

static bool read_attribute(struct json_reader *reader, struct context *context, struct attribute *attribute,
                           struct context_error *reterr)
{
    struct value *value = &attribute->value;
    enum json_token token = json_reader_next(reader);
    if (token == JSON_STRING) {
        *value = (struct value){.kind = VALUE_STRING, .string = reader->string};
        return context_check_attribute_string(attribute, reader->string, reterr);
    }
    if (token == JSON_INTEGER) {
        *value = (struct value){.kind = VALUE_INTEGER, .integer = reader->integer};
        bool fits = reader->integer >= -limit_integer && reader->integer <= limit_integer;
        return fits || context_fail_attribute(reterr, attribute->name, "is beyond 2^53");
    }
    if (token == JSON_TRUE || token == JSON_FALSE) {
        *value = (struct value){.kind = VALUE_BOOLEAN, .boolean = token == JSON_TRUE};
        return true;
    }
    if (token == JSON_ARRAY_BEGIN) {
        return read_attribute_strings(reader, context, attribute, reterr);
    }
    return context_fail_attribute(reterr, attribute->name,
                                  "is neither a string, an integer within 2^53, a boolean nor a list of strings");
}

static bool read_attributes(struct json_reader *reader, enum json_token token, struct context *context,
                            struct context_error *reterr)
{
    if (token != JSON_OBJECT_BEGIN) {
        return context_fail_member(reterr, CONTEXT_ATTRIBUTES, "is not an object");
    }
    while ((token = json_reader_next(reader)) == JSON_NAME) {
        struct attribute *attribute = context_add_attribute(context, reader->string, reterr);
        if (attribute == NULL || !read_attribute(reader, context, attribute, reterr)) {
            return false;
        }
    }
    return token == JSON_OBJECT_END;
}

static bool read_member(struct json_reader *reader, enum context_member member, struct context *context,
                        struct context_error *reterr)
{
    enum json_token token = json_reader_next(reader);
    switch (member) {
    case CONTEXT_USER_ID:
    case CONTEXT_INTERFACE:
    case CONTEXT_REQUEST_ID:
        return token == JSON_STRING ? context_set_string(context, member, reader->string, reterr)
                                    : context_fail_member(reterr, member, "is not a string");
    case CONTEXT_AMOUNT:
    case CONTEXT_DELIVERY_FEE:
        return token == JSON_INTEGER
                   ? context_set_integer(context, member, reader->integer, reterr)
                   : context_fail_member(reterr, member, "is not an integer between 0 and 1000000000000");
    case CONTEXT_AOI:
        return read_aois(reader, token, context, reterr);
    case CONTEXT_ATTRIBUTES:
        return read_attributes(reader, token, context, reterr);
    case CONTEXT_MEMBER_COUNT:
        break;
    }
    return false;
}

static bool read_members(struct json_reader *reader, struct context *context, struct context_error *reterr)
{
    enum json_token token;
    while ((token = json_reader_next(reader)) == JSON_NAME) {
        enum context_member member = context_member_of(reader->string);
        if (member == CONTEXT_MEMBER_COUNT) {
            return context_fail_unknown(reterr, reader->string);
        }
        if (!context_claim(context, member, reterr) || !read_member(reader, member, context, reterr)) {
            return false;
        }
    }
    return token == JSON_OBJECT_END;
}

static enum context_outcome malformed(const struct json_reader *reader, struct context_error *reterr)
{
    char detail[CONTEXT_DETAIL_BYTES];
    snprintf(detail, sizeof(detail), "the JSON %s", reader->error);
    context_fail(reterr, "", detail);
    return CONTEXT_MALFORMED;
}

enum context_outcome context_json_read(struct json_reader *reader, enum json_token token,
                                       const struct context_rules *rules, struct context *context,
                                       struct context_error *reterr)
{
    context_init(context);
    bool opens = token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN;
    uint32_t outer_depth = reader->depth - opens;
    bool valid = token == JSON_OBJECT_BEGIN ? read_members(reader, context, reterr)
                                            : context_fail(reterr, "", "a request is an object");
    while (reader->error == NULL && reader->depth > outer_depth) {
        json_reader_next(reader);
    }
    if (reader->error != NULL) {
        return malformed(reader, reterr);
    }
    return valid && context_finish(context, rules, reterr) ? CONTEXT_VALID : CONTEXT_INVALID;
}

enum context_outcome context_json_parse(char *bytes, size_t length, const struct context_rules *rules,
                                        struct context *context, struct context_error *reterr)
{
    struct json_reader reader;
    json_reader_init(&reader, bytes, length);
    enum json_token first = json_reader_next(&reader);
    enum context_outcome outcome = context_json_read(&reader, first, rules, context, reterr);
    if (outcome != CONTEXT_MALFORMED && json_reader_next(&reader) != JSON_END) {
        return malformed(&reader, reterr);
    }
    return outcome;
}

/* And back */

static void append_strings(struct text *text, const struct slice *strings, uint32_t count)
{
    text_append_byte(text, '[');
    for (uint32_t i = 0; i < count; i++) {
        text_append(text, i == 0 ? SLICE("") : SLICE(","));
        text_append_json_string(text, strings[i]);
    }
    text_append_byte(text, ']');
}

static void append_value(struct text *text, const struct value *value)
{
    switch (value->kind) {
    case VALUE_STRING:
        text_append_json_string(text, value->string);
        break;
    case VALUE_INTEGER:
        text_append_integer(text, value->integer);
        break;
    case VALUE_BOOLEAN:
        text_append(text, value->boolean ? SLICE("true") : SLICE("false"));
        break;
    case VALUE_STRINGS:
        append_strings(text, value->strings.at, value->strings.count);
        break;
    }
}

static void append_attributes(struct text *text, const struct context *context)
{
    for (uint32_t i = 0; i < context->attribute_count; i++) {
        text_append(text, i == 0 ? SLICE(",\"attributes\":{") : SLICE(","));
        text_append_json_string(text, context->attributes[i].name);
        text_append_byte(text, ':');
        append_value(text, &context->attributes[i].value);
    }
    text_append(text, context->attribute_count == 0 ? SLICE("") : SLICE("}"));
}

void context_json_append(struct text *text, const struct context *context)
{
    text_append(text, SLICE("{\"user_id\":"));
    text_append_json_string(text, context->user_id);
    text_append(text, SLICE(",\"aoi\":"));
    if (context->aoi_count == 1) {
        text_append_json_string(text, context->aois[0]);
    } else {
        append_strings(text, context->aois, context->aoi_count);
    }
    text_append(text, SLICE(",\"amount\":"));
    text_append_integer(text, context->amount);
    text_append(text, SLICE(",\"delivery_fee\":"));
    text_append_integer(text, context->delivery_fee);
    text_append(text, SLICE(",\"interface\":"));
    text_append_json_string(text, context->interface);
    append_attributes(text, context);
    if (context->request_id.at != NULL) {
        text_append(text, SLICE(",\"request_id\":"));
        text_append_json_string(text, context->request_id);
    }
    text_append_byte(text, '}');
}
