#include "policy/utf8.h"

#include <criterion/criterion.h>

static struct slice bytes_of(const char *text)
{
    return slice_of(text);
}

Test(utf8, every_first_and_last_character_of_a_length_is_valid)
{
    static const struct {
        const char *text;
        unsigned bytes;
    } rows[] = {
        {"\x01", 1},         {"\x7F", 1},         {"\xC2\x80", 2},     {"\xDF\xBF", 2},         {"\xE0\xA0\x80", 3},
        {"\xED\x9F\xBF", 3}, {"\xEE\x80\x80", 3}, {"\xEF\xBF\xBF", 3}, {"\xF0\x90\x80\x80", 4}, {"\xF4\x8F\xBF\xBF", 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice text = bytes_of(rows[i].text);
        cr_expect_eq(utf8_character_bytes(text.at, text.at + text.length), rows[i].bytes, "row %zu", i);
        cr_expect(utf8_is_valid(text), "row %zu", i);
        cr_expect_eq(utf8_count(text), 1, "row %zu", i);
    }
}

Test(utf8, overlong_forms_surrogates_and_what_is_too_high_are_invalid)
{
    static const char *const rows[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFE",
        "\xFF",
        "\xC2\x41",
        "\xC2\xC2",
        "\xE4\xBD\x41",
        "\xF0\x9F\x98\x41",
        "\xF0\x9F\x41\x80",
        "\xE4\x41\xA0",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(!utf8_is_valid(bytes_of(rows[i])), "row %zu", i);
    }
}

Test(utf8, a_character_that_is_cut_off_is_invalid)
{
    static const struct slice rows[] = {
        {"\xC2\x80", 1}, {"\xE4\xBD\xA0", 1}, {"\xE4\xBD\xA0", 2}, {"\xF0\x9F\x98\x80", 1}, {"\xF0\x9F\x98\x80", 3}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(!utf8_is_valid(rows[i]), "row %zu", i);
    }
}

Test(utf8, characters_are_counted_not_bytes)
{
    cr_expect_eq(utf8_count(bytes_of("")), 0);
    cr_expect_eq(utf8_count(bytes_of("a")), 1);
    cr_expect_eq(utf8_count(bytes_of("午餐满50减8")), 7);
    cr_expect_eq(utf8_count(bytes_of("é€😀")), 3);
}

Test(utf8, encoding_gives_the_bytes_that_the_check_accepts)
{
    static const struct {
        uint32_t code_point;
        const char *bytes;
    } rows[] = {
        {0x24, "$"},
        {0x7F, "\x7F"},
        {0x80, "\xC2\x80"},
        {0x7FF, "\xDF\xBF"},
        {0x800, "\xE0\xA0\x80"},
        {0xD7FF, "\xED\x9F\xBF"},
        {0xE000, "\xEE\x80\x80"},
        {0xFFFF, "\xEF\xBF\xBF"},
        {0x10000, "\xF0\x90\x80\x80"},
        {0x1F600, "😀"},
        {0x10FFFF, "\xF4\x8F\xBF\xBF"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[4];
        struct slice encoded = {.at = out, .length = utf8_encode(rows[i].code_point, out)};
        cr_expect(slice_equals(encoded, bytes_of(rows[i].bytes)), "U+%04X", rows[i].code_point);
    }
}

Test(utf8, controls_are_C0_DEL_and_C1)
{
    static const char *const controls[] = {"\x01", "a\tb", "a\n", "\x1F", "\x7F", "\xC2\x80", "x\xC2\x9F"};
    static const char *const others[] = {"", " ", "~", "\xC2\xA0", "é", "上海", "\xE4\xB8\x80", "😀"};
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        cr_expect(utf8_has_control(bytes_of(controls[i])), "control %zu", i);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cr_expect(!utf8_has_control(bytes_of(others[i])), "other %zu", i);
    }
    cr_expect(utf8_has_control(SLICE("a\0b")), "U+0000");
}
