#include "policy/json_escape.h"

#include <criterion/criterion.h>
#include <string.h>

/* What stands behind the backslash, and what it is; NULL: no escape. */
struct row {
    const char *escape, *bytes;
};

static void check(const struct row *row)
{
    char out[8] = "", *end = out;
    const char *at = row->escape;
    bool is_one = json_escape_decode(&at, row->escape + strlen(row->escape), &end);
    cr_expect_eq(is_one, row->bytes != NULL, "\\%s", row->escape);
    if (is_one) {
        *end = '\0';
        cr_expect_str_eq(out, row->bytes, "\\%s", row->escape);
        cr_expect_eq(at, row->escape + strlen(row->escape), "\\%s", row->escape);
        cr_expect_leq(strlen(out), strlen(row->escape), "\\%s", row->escape);
    }
}

static void check_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check(&rows[i]);
    }
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

Test(json_escape, each_short_escape_is_its_byte)
{
    static const struct row rows[] = {{"\"", "\""}, {"\\", "\\"}, {"/", "/"},  {"b", "\b"},
                                      {"f", "\f"},  {"n", "\n"},  {"r", "\r"}, {"t", "\t"}};
    CHECK_ALL(rows);
}

Test(json_escape, code_units_are_characters_at_both_ends_of_each_length)
{
    static const struct row rows[] = {
        {"u0041", "A"},
        {"u007f", "\x7f"},
        {"u0080", "\xc2\x80"},
        {"u07FF", "\xdf\xbf"},
        {"u0800", "\xe0\xa0\x80"},
        {"ud7ff", "\xed\x9f\xbf"},
        {"ue000", "\xee\x80\x80"},
        {"uffff", "\xef\xbf\xbf"},
    };
    CHECK_ALL(rows);
}

Test(json_escape, surrogate_pairs_are_one_character)
{
    static const struct row rows[] = {{"ud800\\udc00", "\xf0\x90\x80\x80"},
                                      {"uD83D\\uDE00", "\xf0\x9f\x98\x80"},
                                      {"udbff\\udfff", "\xf4\x8f\xbf\xbf"}};
    CHECK_ALL(rows);
}

Test(json_escape, a_zero_is_a_byte_like_any_other)
{
    char out[] = "??", *end = out;
    const char *at = "u0000";
    cr_assert(json_escape_decode(&at, at + 5, &end));
    cr_expect_eq(end, out + 1);
    cr_expect_eq(out[0], '\0');
}

Test(json_escape, half_a_pair_is_none)
{
    static const struct row rows[] = {{"ud83d", NULL},        {"ude00", NULL},        {"ud83d\\", NULL},
                                      {"ud83d\\ud83d", NULL}, {"ud83d\\n", NULL},     {"ud83dxude00", NULL},
                                      {"ud83d\\ude0", NULL},  {"ud83d\\ude0g", NULL}, {"ud83d\\u0041", NULL}};
    CHECK_ALL(rows);
}

Test(json_escape, what_JSON_does_not_know_is_none)
{
    static const struct row rows[] = {{"", NULL},  {"a", NULL},   {"0", NULL},     {"'", NULL},     {"x41", NULL},
                                      {"u", NULL}, {"u00", NULL}, {"u004", NULL},  {"u004g", NULL}, {"U0041", NULL},
                                      {"N", NULL}, {"\n", NULL},  {"u 041", NULL}, {"u-041", NULL}};
    CHECK_ALL(rows);
}

Test(json_escape, a_zero_behind_the_backslash_is_none)
{
    char out[8], *end = out;
    const char bytes[] = "\0n", *at = bytes;
    cr_expect_not(json_escape_decode(&at, bytes + 2, &end));
}
