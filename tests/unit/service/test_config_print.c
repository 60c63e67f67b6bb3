/* What --print-config prints is a configuration, and the example file is what it prints. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "config_text.h"

static struct text printed, again;

static void prepare(void)
{
    text_init(&printed, 1 << 20);
    text_init(&again, 1 << 20);
}

static void forget(void)
{
    text_clear(&printed);
    text_clear(&again);
}

TestSuite(config_print, .init = prepare, .fini = forget);

static bool has(const struct text *text, const char *words)
{
    return memmem(text->bytes, text->length, words, strlen(words)) != NULL;
}

Test(config_print, what_is_printed_loads_again_and_says_the_same)
{
    struct config *config =
        config_of(CONFIG_LISTEN CONFIG_SOURCE
                  "workers = 7; state_dir = \"/a\\\"b\\\\\"; limits = { bodies_max_bytes = 0x100000000; };\n"
                  "interfaces = ( { name = \"购\\\"\"; degrade = \"on\"; fallback = \"b\"; } );\n"
                  "fallbacks = ( { name = \"a\"; offers = (); }, { name = \"b\"; offers = ( { coupon "
                  "= \"C\"; off = 3000000000; }, { coupon = \"D\"; off = 1; } ); } );\n"
                  "callers = ( { name = \"购\\\"\"; per_second = 10000000; }, { name = \"b\"; per_second = 0; } );\n");
    cr_assert(ne(ptr, config, NULL));
    config_print(&printed, config);
    config_free(config);
    config = config_parse(text_slice(&printed), "x", &errors);
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(u32, config->workers, 7));
    cr_assert(eq(str, (char *)config->state_dir, "/a\"b\\"));
    cr_assert(eq(i64, config->fallbacks[1].offers[0].off_fen, 3000000000));
    cr_assert(eq(u32, config->caller_count, 2));
    cr_assert(slice_equals(config->callers[0].name, SLICE("购\"")));
    cr_assert(eq(u32, config->callers[0].per_second, 10000000));
    config_print(&again, config);
    cr_assert(slice_equals(text_slice(&printed), text_slice(&again)));
    config_free(config);
}

Test(config_print, other_readers_need_an_L_past_32_bits)
{
    struct config *config = config_of(CONFIG_REQUIRED "limits = { bodies_max_bytes = 3000000000; };\n");
    config_print(&printed, config);
    cr_assert(has(&printed, "bodies_max_bytes = 3000000000L;"));
    cr_assert(has(&printed, "off = 300;"));
    config_free(config);
}

Test(config_print, every_setting_has_its_meaning_unit_range_and_default)
{
    config_print_defaults(&printed);
    cr_assert(has(&printed, "    # A request's head must be complete so long after its first byte.\n"
                            "    # 100 to 600000 ms; default: 5000\n"
                            "    head_timeout_ms = 5000;\n"));
    cr_assert(has(&printed, "# 0 to 256 threads; default: 0; a change needs a restart\nworkers = 0;\n"));
    for (size_t i = 0; i < settings_count; i++) {
        cr_assert(has(&printed, settings[i].name), "%s", settings[i].path);
        cr_assert(has(&printed, settings[i].sentence), "%s", settings[i].path);
    }
}

Test(config_print, the_defaults_lack_nothing_but_what_is_required)
{
    config_print_defaults(&printed);
    cr_assert(eq(ptr, config_parse(text_slice(&printed), "x", &errors), NULL));
    cr_assert(eq(u32, errors.total, 4));
    text_append(&printed, SLICE(CONFIG_REQUIRED));
    struct config *config = config_parse(text_slice(&printed), "x", &errors);
    cr_assert(ne(ptr, config, NULL));
    config_free(config);
}

Test(config_print, the_table_has_a_line_a_setting)
{
    config_print_markdown(&printed);
    cr_assert(has(&printed, "\n| `limits.body_max_bytes` | `65536` | 1024 to 1048576 bytes | at once | "));
    cr_assert(has(&printed, "\n| `listen` | required | "));
    size_t lines = 0;
    for (size_t i = 0; i < printed.length; i++) {
        lines += printed.bytes[i] == '\n';
    }
    cr_assert(eq(sz, lines, 2 + settings_count + 3));
}
