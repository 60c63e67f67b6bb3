#include "policy/text.h"

#include <criterion/criterion.h>

static void assert_text(const struct text *text, const char *expected)
{
    struct slice slice = text_slice(text);
    cr_expect(slice_equals(slice, slice_of(expected)), "'%.*s' is not '%s'", (int)slice.length, slice.at, expected);
}

Test(text, grows_up_to_its_ceiling_and_fails_one_byte_past_it)
{
    struct text text;
    text_init(&text, 1000);
    for (int i = 0; i < 1000; i++) {
        text_append_byte(&text, 'x');
    }
    cr_expect(!text.failed);
    cr_expect_eq(text.length, 1000);
    text_append_byte(&text, 'x');
    cr_expect(text.failed);
    cr_expect_eq(text.length, 1000);
    text_clear(&text);
}

Test(text, a_failed_text_takes_nothing_until_it_is_reset)
{
    struct text text;
    text_init(&text, 4);
    text_append(&text, SLICE("12345"));
    cr_expect(text.failed);
    text_append(&text, SLICE("1"));
    text_append_byte(&text, '2');
    text_append_integer(&text, 3);
    cr_expect_eq(text.length, 0);
    text_reset(&text);
    text_append(&text, SLICE("1234"));
    cr_expect(!text.failed);
    assert_text(&text, "1234");
    text_clear(&text);
}

Test(text, an_empty_append_to_an_empty_text_is_no_failure)
{
    struct text text;
    text_init(&text, 0);
    text_append(&text, SLICE(""));
    text_append(&text, (struct slice){0});
    cr_expect(!text.failed);
    cr_expect_eq(text_slice(&text).length, 0);
    text_clear(&text);
}

Test(text, shrinking_gives_back_only_what_is_over_the_size_to_keep)
{
    struct text text;
    text_init(&text, 100000);
    for (int i = 0; i < 5000; i++) {
        text_append_byte(&text, 'x');
    }
    size_t capacity = text.capacity;
    text_shrink(&text, capacity);
    cr_expect_eq(text.capacity, capacity);
    cr_expect_eq(text.length, 0);
    text_shrink(&text, capacity - 1);
    cr_expect_eq(text.capacity, 0);
    cr_expect_null(text.bytes);
    cr_expect_eq(text.capacity_max, 100000);
    text_clear(&text);
}

Test(text, integers_are_written_in_full_at_both_ends_of_their_range)
{
    static const struct {
        int64_t value;
        const char *digits;
    } rows[] = {
        {0, "0"},
        {-1, "-1"},
        {10, "10"},
        {1000000000000, "1000000000000"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text;
        text_init(&text, 64);
        text_append_integer(&text, rows[i].value);
        assert_text(&text, rows[i].digits);
        text_clear(&text);
    }
}

Test(text, a_JSON_string_has_the_escapes_that_JSON_demands_and_no_others)
{
    static const struct {
        struct slice string;
        const char *json;
    } rows[] = {
        {{"", 0}, "\"\""},
        {{"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
        {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
        {{"\0\x01\x1F", 3}, "\"\\u0000\\u0001\\u001f\""},
        {{"/<>&'\x7F", 6}, "\"/<>&'\x7F\""},
        {{"上海 é 😀", 14}, "\"上海 é 😀\""},
        {{"\xE2\x80\xA8", 3}, "\"\xE2\x80\xA8\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text;
        text_init(&text, 256);
        text_append_json_string(&text, rows[i].string);
        assert_text(&text, rows[i].json);
        text_clear(&text);
    }
}

Test(text, formatted_appends_follow_each_other)
{
    struct text text;
    text_init(&text, 1000);
    text_append_format(&text, "%s=%d", "a", 1);
    text_append_format(&text, "%300d", 2);
    cr_expect_eq(text.length, 303);
    text_append_format(&text, "%900d", 3);
    cr_expect(text.failed);
    cr_expect_eq(text.length, 303);
    text_clear(&text);
}
