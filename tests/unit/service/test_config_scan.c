/* What libconfig would let pass. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "config_text.h"
#include "service/config_scan.h"

static struct text scanned;

/* "" when it is refused. */
static const char *scan(const char *text)
{
    config_errors_init(&errors, "x.conf");
    text_clear(&scanned);
    text_init(&scanned, 1 << 20);
    return config_scan(slice_of(text), &scanned, &errors) ? scanned.bytes : "";
}

static void forget(void)
{
    text_clear(&scanned);
}

TestSuite(config_scan, .fini = forget);

Test(config_scan, integers_become_decimal_and_64_bits_wide)
{
    cr_assert(eq(str, (char *)scan("a = 5;"), "a = 5L;\n"));
    cr_assert(eq(str, (char *)scan("a = +5L;"), "a = 5L;\n"));
    cr_assert(eq(str, (char *)scan("a = -5LL;"), "a = -5L;\n"));
    cr_assert(eq(str, (char *)scan("a = 0xFf;"), "a = 255L;\n"));
    cr_assert(eq(str, (char *)scan("a = 0x7FFFFFFFFFFFFFFF;"), "a = 9223372036854775807L;\n"));
    cr_assert(eq(str, (char *)scan("a = [1,2];"), "a = [1L,2L];\n"));
}

Test(config_scan, integers_past_64_bits_become_the_largest_and_the_smallest)
{
    cr_assert(eq(str, (char *)scan("a = 9223372036854775808;"), "a = 9223372036854775807L;\n"));
    cr_assert(eq(str, (char *)scan("a = 99999999999999999999999;"), "a = 9223372036854775807L;\n"));
    cr_assert(eq(str, (char *)scan("a = -99999999999999999999999;"), "a = -9223372036854775807L;\n"));
    cr_assert(eq(str, (char *)scan("a = 0xFFFFFFFFFFFFFFFFFFFFF;"), "a = 9223372036854775807L;\n"));
}

Test(config_scan, digits_of_names_strings_and_comments_are_no_integers)
{
    cr_assert(eq(str, (char *)scan("a1-2 = \"3 # 4\";"), "a1-2 = \"3 # 4\";\n"));
    cr_assert(eq(str, (char *)scan("a = 1; # 2 {\nb = 3; // 4 \"\n"), "a = 1L; \nb = 3L; \n\n"));
    cr_assert(eq(str, (char *)scan("a = /* 5 { */ 1;"), "a =   1L;\n"));
    cr_assert(eq(str, (char *)scan("a = \"\\\"5\"; b = 6;"), "a = \"\\\"5\"; b = 6L;\n"));
}

Test(config_scan, a_block_comment_keeps_its_lines)
{
    cr_assert(eq(str, (char *)scan("a = 1; /* \n\n */ b = 2;"), "a = 1L; \n\n  b = 2L;\n"));
}

Test(config_scan, a_comment_without_an_end_is_refused_where_it_begins)
{
    assert_refused(CONFIG_REQUIRED "/* no end\n workers = 1;\n", 5, "", "has no end");
    assert_refused(CONFIG_REQUIRED "/*/ no end\n", 5, "", "has no end");
}

Test(config_scan, an_include_is_refused)
{
    assert_refused("@include \"/etc/passwd\"\n" CONFIG_REQUIRED, 1, "", "@include");
    assert_refused(CONFIG_REQUIRED "  @include \"other.conf\"\n", 5, "", "@include");
    assert_refused(CONFIG_REQUIRED "limits = {\n@include \"other.conf\"\n};\n", 6, "", "@include");
}

Test(config_scan, an_include_in_a_comment_or_a_string_is_none)
{
    struct config *config = config_of(CONFIG_REQUIRED "# @include \"x\"\nstate_dir = \"@include\";\n");
    cr_assert(ne(ptr, config, NULL));
    config_free(config);
}

Test(config_scan, an_empty_file_is_refused)
{
    assert_refused("", 1, "", "empty");
}

Test(config_scan, a_file_that_may_have_been_cut_off_is_refused)
{
    assert_refused(CONFIG_REQUIRED "settle_ms = 50", 5, "", "cut off");
    assert_refused(CONFIG_REQUIRED "settle_ms =", 5, "", "cut off");
    assert_refused(CONFIG_REQUIRED "settle", 5, "", "cut off");
    assert_refused(CONFIG_REQUIRED "state_dir = \"/var", 5, "", "must end on its line");
    assert_refused(CONFIG_REQUIRED "state_dir = \"/var\\", 5, "", "escape");
    assert_refused(CONFIG_REQUIRED "limits = {\n body_max_bytes = 2000;\n", 5, "", "not closed");
    assert_refused(CONFIG_LISTEN "interfaces = (\n {", 3, "", "not closed");
}

Test(config_scan, every_cut_of_a_whole_file_before_its_last_setting_is_refused)
{
    static const char whole[] = CONFIG_REQUIRED;
    for (size_t length = 0; length < strlen(whole) - strlen(";\n"); length++) {
        struct config *config = config_parse((struct slice){.at = whole, .length = (uint32_t)length}, "x", &errors);
        cr_assert_null(config, "accepted when cut after %zu bytes", length);
        cr_assert_gt(errors.total, 0);
    }
}

Test(config_scan, the_last_line_needs_no_line_end)
{
    static const char whole[] = CONFIG_REQUIRED;
    struct config *config =
        config_parse((struct slice){.at = whole, .length = (uint32_t)sizeof(whole) - 2}, "x", &errors);
    cr_assert(ne(ptr, config, NULL));
    config_free(config);
    config = config_of(CONFIG_REQUIRED "# the end");
    cr_assert(ne(ptr, config, NULL));
    config_free(config);
}

Test(config_scan, brackets_close_what_is_open)
{
    assert_refused(CONFIG_REQUIRED "};\n", 5, "", "closes what is not open");
    assert_refused(CONFIG_REQUIRED "limits = { );\n", 5, "", "closes what is not open");
    assert_refused(CONFIG_REQUIRED "a = ((((((((((((((((( 1 )))))))))))))))));\n", 5, "", "too deep");
}

Test(config_scan, bytes_that_are_no_text_are_refused_with_their_line)
{
    assert_refused(CONFIG_REQUIRED "# \xFF\n", 5, "", "not valid UTF-8");
    assert_refused(CONFIG_REQUIRED "state_dir = \"\\xff\";\n", 5, "state_dir", "not valid UTF-8");
    static const char nul[] = CONFIG_REQUIRED "workers\0 = 1;\n";
    cr_assert(eq(ptr, config_parse((struct slice){.at = nul, .length = sizeof(nul) - 1}, "x", &errors), NULL));
    cr_assert(eq(u32, errors.items[0].line, 5));
    cr_assert(eq(str, errors.items[0].reason, "a NUL byte"));
}

Test(config_scan, strings_have_known_escapes_and_end_on_their_line)
{
    assert_refused(CONFIG_REQUIRED "state_dir = \"a\nb\";\n", 5, "", "must end on its line");
    assert_refused(CONFIG_REQUIRED "state_dir = \"a\\qb\";\n", 5, "", "escape");
    assert_refused(CONFIG_REQUIRED "state_dir = \"a\\x00b\";\n", 5, "", "escape");
    assert_refused(CONFIG_REQUIRED "state_dir = \"a\\x4\";\n", 5, "", "escape");
    struct config *config = config_of(CONFIG_REQUIRED "state_dir = \"/a\\x2fb\\\\\\\"\";\n");
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(str, (char *)config->state_dir, "/a/b\\\""));
    config_free(config);
}

Test(config_scan, what_begins_like_a_number_is_one)
{
    assert_refused(CONFIG_REQUIRED "workers = 2x;\n", 5, "", "none");
    assert_refused(CONFIG_REQUIRED "workers = 010;\n", 5, "", "leading zeros");
    assert_refused(CONFIG_REQUIRED "workers = 0b11;\n", 5, "", "none");
    assert_refused(CONFIG_REQUIRED "workers = .5;\n", 5, "workers", "not a float");
}

Test(config_scan, what_libconfig_refuses_has_its_line)
{
    assert_refused(CONFIG_REQUIRED "workers 1;\n", 5, "", "syntax error");
    assert_refused(CONFIG_REQUIRED "workers = 1;\n\nworkers = 2;\n", 7, "", "duplicate");
    assert_refused("\xEF\xBB\xBF" CONFIG_REQUIRED, 1, "", "syntax error");
}
