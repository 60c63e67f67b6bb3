#include "policy/json_reader.h"

#include <assert.h>

#include "policy/bytes.h"
#include "policy/json_escape.h"
#include "policy/utf8.h"

/* What may come next: the grammar as a state machine, the stack being one bit a level. */
enum expectation {
    EXPECT_VALUE,
    EXPECT_ITEM_OR_END,   /* just behind [ */
    EXPECT_MEMBER_OR_END, /* just behind { */
    EXPECT_MEMBER,        /* behind a comma in an object */
    EXPECT_COMMA_OR_END,
    EXPECT_NOTHING, /* the outermost value is complete */
};

static_assert(JSON_DEPTH_MAX <= 32, "object_bits holds a bit for each level");

void json_reader_init(struct json_reader *reader, char *bytes, size_t length)
{
    *reader = (struct json_reader){.at = bytes, .end = bytes + length, .expected = EXPECT_VALUE};
}

static enum json_token fail(struct json_reader *reader, const char *why)
{
    reader->error = why;
    return JSON_ERROR;
}

static bool in_object(const struct json_reader *reader)
{
    return reader->depth > 0 && ((reader->object_bits >> (reader->depth - 1)) & 1) != 0;
}

static void skip_white_space(struct json_reader *reader)
{
    char *at = reader->at;
    while (at < reader->end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    reader->at = at;
}

static enum json_token enter(struct json_reader *reader, bool is_object)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        return fail(reader, "is nested too deeply");
    }
    uint32_t bit = UINT32_C(1) << reader->depth;
    reader->object_bits = is_object ? reader->object_bits | bit : reader->object_bits & ~bit;
    reader->depth++;
    reader->at++;
    reader->expected = is_object ? EXPECT_MEMBER_OR_END : EXPECT_ITEM_OR_END;
    return is_object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
}

static void value_is_complete(struct json_reader *reader)
{
    reader->expected = reader->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_END;
}

static enum json_token leave(struct json_reader *reader)
{
    assert(reader->depth > 0);
    bool was_object = in_object(reader);
    reader->depth--;
    reader->at++;
    value_is_complete(reader);
    return was_object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

/* What a string cannot simply be copied over: its end, escapes, controls, and what must be checked to be UTF-8. */
static uint64_t special(uint64_t word)
{
    return bytes_mask_equal(word, '"') | bytes_mask_equal(word, '\\') | bytes_mask_below(word, 0x20) |
           bytes_mask_not_ascii(word);
}

/* The first byte from `at` on that is not part of a character to be taken as it is; NULL when one is not UTF-8. */
static const char *skip_characters(const char *at, const char *end)
{
    for (;;) {
        at = bytes_find(at, end, special);
        if (at == end || (unsigned char)*at < 0x80) {
            return at;
        }
        unsigned bytes = utf8_character_bytes(at, end);
        if (bytes == 0) {
            return NULL;
        }
        at += bytes;
    }
}

static bool fail_string(struct json_reader *reader, const char *why)
{
    reader->error = why;
    return false;
}

/* Behind the opening quote; leaves `string` set and `at` behind the closing one. */
static bool read_string(struct json_reader *reader)
{
    char *begin = reader->at + 1, *out = begin;
    const char *at = begin, *end = reader->end;
    for (;;) {
        const char *from = at;
        at = skip_characters(at, end);
        if (at == NULL) {
            return fail_string(reader, "is not valid UTF-8");
        }
        if (out != from) {
            memmove(out, from, (size_t)(at - from));
        }
        out += at - from;
        if (at == end) {
            return fail_string(reader, "ends within a string");
        }
        if (*at == '"') {
            break;
        }
        if (*at++ != '\\') {
            return fail_string(reader, "has an unescaped control character in a string");
        }
        if (!json_escape_decode(&at, end, &out)) {
            return fail_string(reader, "has a bad escape in a string");
        }
    }
    reader->string = (struct slice){.at = begin, .length = (uint32_t)(out - begin)};
    reader->at = begin + (at + 1 - begin);
    return true;
}

static bool is_digit(const struct json_reader *reader, const char *at)
{
    return at < reader->end && *at >= '0' && *at <= '9';
}

/* At least one digit from `at` on; the first byte behind them, or NULL. */
static char *skip_digits(const struct json_reader *reader, char *at)
{
    if (!is_digit(reader, at)) {
        return NULL;
    }
    while (is_digit(reader, at)) {
        at++;
    }
    return at;
}

static bool to_integer(const char *from, const char *to, int64_t *ret_value)
{
    bool negative = *from == '-';
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    uint64_t value = 0;
    for (const char *at = from + negative; at < to; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (limit - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static enum json_token read_number(struct json_reader *reader)
{
    char *from = reader->at;
    char *at = from + (*from == '-');
    char *digits = at;
    at = skip_digits(reader, at);
    if (at == NULL || (*digits == '0' && at - digits > 1)) {
        return fail(reader, "has a malformed number");
    }
    bool is_integer = true;
    if (at < reader->end && *at == '.') {
        is_integer = false;
        at = skip_digits(reader, at + 1);
    }
    if (at != NULL && at < reader->end && (*at == 'e' || *at == 'E')) {
        is_integer = false;
        at++;
        at += at < reader->end && (*at == '+' || *at == '-');
        at = skip_digits(reader, at);
    }
    if (at == NULL) {
        return fail(reader, "has a malformed number");
    }
    reader->at = at;
    value_is_complete(reader);
    return is_integer && to_integer(from, at, &reader->integer) ? JSON_INTEGER : JSON_NUMBER;
}

static enum json_token read_literal(struct json_reader *reader, struct slice word, enum json_token token)
{
    if ((size_t)(reader->end - reader->at) < word.length || memcmp(reader->at, word.at, word.length) != 0) {
        return fail(reader, "has an unknown word");
    }
    reader->at += word.length;
    value_is_complete(reader);
    return token;
}

static enum json_token read_value(struct json_reader *reader)
{
    switch (*reader->at) {
    case '{':
        return enter(reader, true);
    case '[':
        return enter(reader, false);
    case '"':
        if (!read_string(reader)) {
            return JSON_ERROR;
        }
        value_is_complete(reader);
        return JSON_STRING;
    case 't':
        return read_literal(reader, SLICE("true"), JSON_TRUE);
    case 'f':
        return read_literal(reader, SLICE("false"), JSON_FALSE);
    case 'n':
        return read_literal(reader, SLICE("null"), JSON_NULL);
    default:
        if (*reader->at == '-' || is_digit(reader, reader->at)) {
            return read_number(reader);
        }
        return fail(reader, "has an unexpected character");
    }
}

static enum json_token read_name(struct json_reader *reader)
{
    if (*reader->at != '"') {
        return fail(reader, "lacks a member's name");
    }
    if (!read_string(reader)) {
        return JSON_ERROR;
    }
    skip_white_space(reader);
    if (reader->at == reader->end || *reader->at != ':') {
        return fail(reader, "lacks a colon behind a member's name");
    }
    reader->at++;
    reader->expected = EXPECT_VALUE;
    return JSON_NAME;
}

enum json_token json_reader_next(struct json_reader *reader)
{
    if (reader->error != NULL) {
        return JSON_ERROR;
    }
    skip_white_space(reader);
    if (reader->at == reader->end) {
        return reader->expected == EXPECT_NOTHING ? JSON_END : fail(reader, "ends too early");
    }
    char byte = *reader->at;
    switch ((enum expectation)reader->expected) {
    case EXPECT_VALUE:
        return read_value(reader);
    case EXPECT_ITEM_OR_END:
        return byte == ']' ? leave(reader) : read_value(reader);
    case EXPECT_MEMBER_OR_END:
        return byte == '}' ? leave(reader) : read_name(reader);
    case EXPECT_MEMBER:
        return read_name(reader);
    case EXPECT_COMMA_OR_END:
        if (byte == (in_object(reader) ? '}' : ']')) {
            return leave(reader);
        }
        if (byte != ',') {
            return fail(reader, "lacks a comma or a closing bracket");
        }
        reader->at++;
        reader->expected = in_object(reader) ? EXPECT_MEMBER : EXPECT_VALUE;
        return json_reader_next(reader);
    case EXPECT_NOTHING:
        return fail(reader, "has something behind its end");
    }
    return fail(reader, "is in an impossible state");
}
