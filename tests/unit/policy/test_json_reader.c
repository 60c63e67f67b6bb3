#include "policy/json_reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/text.h"
#include "support.h"

static void append_token(struct text *text, const struct json_reader *reader, enum json_token token)
{
    static const char *const signs[] = {
        [JSON_ERROR] = "error ",   [JSON_END] = "end",        [JSON_OBJECT_BEGIN] = "{ ", [JSON_OBJECT_END] = "} ",
        [JSON_ARRAY_BEGIN] = "[ ", [JSON_ARRAY_END] = "] ",   [JSON_NAME] = ": ",         [JSON_STRING] = " ",
        [JSON_INTEGER] = " ",      [JSON_NUMBER] = "number ", [JSON_TRUE] = "true ",      [JSON_FALSE] = "false ",
        [JSON_NULL] = "null ",
    };
    if (token == JSON_NAME || token == JSON_STRING) {
        text_append_json_string(text, reader->string);
    }
    if (token == JSON_INTEGER) {
        text_append_integer(text, reader->integer);
    }
    text_append(text, slice_of(signs[token]));
    if (token == JSON_ERROR) {
        text_append(text, slice_of(reader->error));
    }
}

/* All tokens of a document as one line. */
static const char *tokens_of(struct slice json)
{
    static char line[100000];
    char *bytes = exact_copy(json.at, json.length);
    struct json_reader reader;
    json_reader_init(&reader, bytes, json.length);
    struct text text;
    text_init(&text, sizeof(line) - 1);
    enum json_token token;
    do {
        token = json_reader_next(&reader);
        append_token(&text, &reader, token);
    } while (token != JSON_END && token != JSON_ERROR);
    cr_assert_eq(json_reader_next(&reader), token, "the end and an error are final");
    memcpy(line, text.bytes, text.length);
    line[text.length] = '\0';
    text_clear(&text);
    free(bytes);
    return line;
}

Test(json_reader, a_document_is_read_a_token_at_a_time)
{
    static const struct {
        const char *json, *tokens;
    } rows[] = {
        {"{}", "{ } end"},
        {"[]", "[ ] end"},
        {"{\"a\":[1,true,{\"b\":null}],\"c\":\"x\"}", "{ \"a\": [ 1 true { \"b\": null } ] \"c\": \"x\" } end"},
        {" \t\r\n[ 1 , -2 ]\n", "[ 1 -2 ] end"},
        {"\"x\"", "\"x\" end"},
        {"false", "false end"},
        {"{\"\":0}", "{ \"\": 0 } end"},
        {"{\"a\":1,\"a\":2}", "{ \"a\": 1 \"a\": 2 } end"},
        {"[[[]],[]]", "[ [ [ ] ] [ ] ] end"},
        {"[\"a long string without any escape in it\"]", "[ \"a long string without any escape in it\" ] end"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_str_eq(tokens_of(slice_of(rows[i].json)), rows[i].tokens);
    }
}

static const struct slice forbidden[] = {
#define ROW(literal)                                                                                                   \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }
    ROW(""),
    ROW(" "),
    ROW("{"),
    ROW("["),
    ROW("]"),
    ROW("}"),
    ROW("[1"),
    ROW("[1,"),
    ROW("[,1]"),
    ROW("[1,]"),
    ROW("[1,,2]"),
    ROW("[1 2]"),
    ROW("[1}"),
    ROW("{]"),
    ROW("{\"a\"}"),
    ROW("{\"a\":}"),
    ROW("{\"a\":1,}"),
    ROW("{,\"a\":1}"),
    ROW("{\"a\" 1}"),
    ROW("{\"a\"::1}"),
    ROW("{\"a\":1 \"b\":2}"),
    ROW("{a:1}"),
    ROW("{1:1}"),
    ROW("{'a':1}"),
    ROW("{null:1}"),
    ROW("{\"a\":1}}"),
    ROW("[]]"),
    ROW("[] []"),
    ROW("1 2"),
    ROW("{}x"),
    ROW("[]\0"),
    ROW("\0"),
    ROW("[1]//c"),
    ROW("/**/[]"),
    ROW("[1]#"),
    ROW("nul"),
    ROW("nulll"),
    ROW("True"),
    ROW("TRUE"),
    ROW("NaN"),
    ROW("Infinity"),
    ROW("-Infinity"),
    ROW("undefined"),
    ROW("-"),
    ROW("+1"),
    ROW("01"),
    ROW("-01"),
    ROW("00"),
    ROW("1."),
    ROW(".5"),
    ROW("-.5"),
    ROW("1.e1"),
    ROW("1e"),
    ROW("1e+"),
    ROW("1E-"),
    ROW("0x1"),
    ROW("1_000"),
    ROW("1,000"),
    ROW("1e1.5"),
    ROW("- 1"),
    ROW("1.2.3"),
    ROW("--1"),
    ROW("\xEF\xBC\x91"),
    ROW("\""),
    ROW("\"a"),
    ROW("'a'"),
    ROW("\"\t\""),
    ROW("\"\n\""),
    ROW("\"\x1F\""),
    ROW("\"a\0b\""),
    ROW("\"\\\""),
    ROW("\"\\a\""),
    ROW("\"\\x41\""),
    ROW("\"\\'\""),
    ROW("\"\\0\""),
    ROW("\"\\U0041\""),
    ROW("\"\\u\""),
    ROW("\"\\u12\""),
    ROW("\"\\u123g\""),
    ROW("\"\\u 123\""),
    ROW("\"\\u-123\""),
    ROW("\"\\uD800\""),
    ROW("\"\\uDC00\""),
    ROW("\"\\uD800\\uD800\""),
    ROW("\"\\uD800x\""),
    ROW("\"\\uD800\\n\""),
    ROW("\"\\uDC00\\uD800\""),
    ROW("\"\\uD83D\\u00\""),
    ROW("\"\\uD83D\\\""),
    ROW("\"\x80\""),
    ROW("\"\xC0\xAF\""),
    ROW("\"\xED\xA0\x80\""),
    ROW("\"\xF4\x90\x80\x80\""),
    ROW("\"\xE4\xBD\""),
    ROW("\"12345678\xFF\""),
    ROW("\"1234567\x01 12345678\""),
    ROW("\xEF\xBB\xBF{}"),
    ROW("\xFE\xFF\0{\0}"),
    ROW("{\0}\0"),
    ROW("\xC2\xA0[]"),
    ROW("\x0B[]"),
    ROW("\x0C[]"),
    ROW("[\xE2\x80\xA8]"),
    ROW("\\u005b]"),
#undef ROW
};

Test(json_reader, what_RFC_8259_forbids_is_an_error)
{
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        cr_expect_not_null(strstr(tokens_of(forbidden[i]), "error "), "row %zu: %s", i, forbidden[i].at);
    }
}

Test(json_reader, strings_are_unescaped)
{
    static const struct {
        const char *json;
        struct slice string;
    } rows[] = {
        {"\"\"", {"", 0}},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", {"\"\\/\b\f\n\r\t", 8}},
        {"\"\\u0041\\u00e9\\u4E0a\"", {"Aé上", 6}},
        {"\"\\uD83D\\uDE00\\ud83d\\ude00\"", {"😀😀", 8}},
        {"\"\\uDBFF\\uDFFF\"", {"\xF4\x8F\xBF\xBF", 4}},
        {"\"\\uFFFF\\uFEFF\"", {"\xEF\xBF\xBF\xEF\xBB\xBF", 6}},
        {"\"a\\u0000b\"", {"a\0b", 3}},
        {"\"12345678\\n12345678\\n上海上海\"", {"12345678\n12345678\n上海上海", 30}},
        {"\"\x7F\"", {"\x7F", 1}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *bytes = exact_copy(rows[i].json, strlen(rows[i].json));
        struct json_reader reader;
        json_reader_init(&reader, bytes, strlen(rows[i].json));
        cr_assert_eq(json_reader_next(&reader), JSON_STRING, "%s", rows[i].json);
        cr_expect(slice_equals(reader.string, rows[i].string), "%s", rows[i].json);
        cr_expect_eq(json_reader_next(&reader), JSON_END);
        free(bytes);
    }
}

Test(json_reader, every_byte_of_a_string_is_looked_at_wherever_it_stands)
{
    /* Strings go eight bytes at a time: a bad byte must be seen at each place of a word, a quote too. */
    for (unsigned at = 0; at < 24; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char json[26];
            memset(json, 'x', sizeof(json));
            json[0] = json[25] = '"';
            json[1 + at] = (char)byte;
            const char *tokens = tokens_of((struct slice){json, sizeof(json)});
            bool is_plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            cr_assert_eq(strstr(tokens, "error ") == NULL, is_plain, "byte %02x at %u: %s", byte, at, tokens);
        }
    }
}

Test(json_reader, integers_are_told_apart_from_other_numbers)
{
    static const struct {
        const char *json, *tokens;
    } rows[] = {
        {"0", "0 end"},
        {"-0", "0 end"},
        {"9007199254740993", "9007199254740993 end"},
        {"9223372036854775807", "9223372036854775807 end"},
        {"-9223372036854775808", "-9223372036854775808 end"},
        {"9223372036854775808", "number end"},
        {"-9223372036854775809", "number end"},
        {"18446744073709551616", "number end"},
        {"99999999999999999999999999999999999999999999999999999999999999999999999999", "number end"},
        {"1.0", "number end"},
        {"0.0", "number end"},
        {"1e2", "number end"},
        {"1E+2", "number end"},
        {"-0e-0", "number end"},
        {"1e400", "number end"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_str_eq(tokens_of(slice_of(rows[i].json)), rows[i].tokens, "%s", rows[i].json);
    }
}

Test(json_reader, nesting_goes_to_its_ceiling_and_no_deeper)
{
    for (unsigned depth = 1; depth <= 40; depth++) {
        const char *lists = format("%s%s", repeated("[", depth), repeated("]", depth));
        const char *objects = format("%s0%s", repeated("{\"a\":", depth), repeated("}", depth));
        bool is_too_deep = depth > JSON_DEPTH_MAX;
        cr_expect_eq(strstr(tokens_of(slice_of(lists)), "is nested too deeply") != NULL, is_too_deep, "%u", depth);
        cr_expect_eq(strstr(tokens_of(slice_of(objects)), "is nested too deeply") != NULL, is_too_deep, "%u", depth);
    }
    cr_expect_not_null(strstr(tokens_of(slice_of(repeated("[", 30000))), "error "));
}

Test(json_reader, brackets_close_what_they_opened_at_every_depth)
{
    cr_expect_not_null(strstr(tokens_of(SLICE("[{\"a\":[{\"b\":1]}]}")), "error "));
    cr_expect_not_null(strstr(tokens_of(SLICE("[{\"a\":[}]]")), "error "));
    cr_expect_str_eq(tokens_of(SLICE("[{\"a\":[{}]},[{}]]")), "[ { \"a\": [ { } ] } [ { } ] ] end");
}

/* What follows the first member's value once that is skipped. */
static enum json_token behind_first_member(const char *json, struct json_reader *reader, char *bytes)
{
    size_t length = strlen(json);
    memcpy(bytes, json, length);
    json_reader_init(reader, bytes, length);
    cr_assert_eq(json_reader_next(reader), JSON_OBJECT_BEGIN);
    cr_assert_eq(json_reader_next(reader), JSON_NAME);
    json_reader_skip(reader, json_reader_next(reader));
    return json_reader_next(reader);
}

Test(json_reader, what_is_skipped_is_one_value_whatever_it_holds)
{
    static const char *const values[] = {
        "1", "\"}]\"", "null", "[]", "{}", "[[1,{\"a\":[]}],2]", "{\"b\":{\"a\":[1]}}"};
    char json[64], bytes[64];
    struct json_reader reader;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        snprintf(json, sizeof(json), "{\"a\":%s,\"next\":0}", values[i]);
        cr_expect_eq(behind_first_member(json, &reader, bytes), JSON_NAME, "%s", values[i]);
        cr_expect(slice_equals(reader.string, SLICE("next")), "%s", values[i]);
    }
}

Test(json_reader, a_fault_in_what_is_skipped_is_told)
{
    char bytes[64];
    struct json_reader reader;
    cr_expect_eq(behind_first_member("{\"a\":[{]},\"next\":0}", &reader, bytes), JSON_ERROR);
    cr_expect_eq(behind_first_member("{\"a\":[1,", &reader, bytes), JSON_ERROR);
}
