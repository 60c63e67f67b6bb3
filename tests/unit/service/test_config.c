/* What a configuration says once it is loaded, and what is refused with which line, setting and reason. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "config_text.h"

Test(config, settings_that_are_not_there_have_their_defaults)
{
    struct config *config = config_of(CONFIG_REQUIRED);
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(u32, config->workers, 0));
    cr_assert(eq(u32, config->settle_ms, 500));
    cr_assert(eq(u32, config->stuck_after_s, 30));
    cr_assert(not(config->serve_without_snapshot));
    cr_assert(eq(str, (char *)config->state_dir, ""));
    cr_assert(eq(str, (char *)config->admin.listen, "127.0.0.1:8081"));
    cr_assert(eq(u32, config->drain.grace_ms, 5000));
    cr_assert(eq(u32, config->limits.max_candidates, 20000));
    cr_assert(eq(u32, config->limits.body_max_bytes, 65536));
    cr_assert(eq(u32, config->limits.batch_body_max_bytes, 4194304));
    cr_assert(eq(u32, config->limits.drain_max_bytes, 4194304));
    cr_assert(eq(u32, config->limits.head_timeout_ms, 5000));
    cr_assert(eq(u32, config->limits.body_timeout_ms, 10000));
    cr_assert(eq(u32, config->limits.max_connections, 8192));
    cr_assert(eq(u32, config->batch.slice_us, 500));
    config_free(config);
}

Test(config, a_value_of_the_file_takes_the_place_of_the_default)
{
    struct config *config = config_of(CONFIG_REQUIRED "workers = 3; serve_without_snapshot = true;\n"
                                                      "limits = { bodies_max_bytes = 5000000000; };\n"
                                                      "admin = { listen = \"[::1]:0\"; };\n");
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(u32, config->workers, 3));
    cr_assert(config->serve_without_snapshot);
    cr_assert(eq(u64, config->limits.bodies_max_bytes, 5000000000));
    cr_assert(eq(str, (char *)config->admin.listen, "[::1]:0"));
    config_free(config);
}

Test(config, interfaces_and_fallbacks_are_read_in_their_order)
{
    struct config *config = config_of(
        CONFIG_LISTEN CONFIG_SOURCE
        "interfaces = ( { name = \"checkout\"; degrade = \"never\"; fallback = \"none\"; }, { name = \"购物车\"; "
        "fallback = \"safe\"; } );\n"
        "fallbacks = ( { name = \"safe\"; offers = ( { coupon = \"A\\\"\"; off = 3000000000; }, { coupon = \"B\"; "
        "off = 0xB2D05E00; } ); }, { name = \"none\"; offers = (); } );\n");
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(u32, config->interface_count, 2));
    cr_assert(slice_equals(config->interfaces[0].name, SLICE("checkout")));
    cr_assert(eq(int, config->interfaces[0].degrade, SWITCH_NEVER));
    cr_assert(eq(u32, config->interfaces[0].fallback, 1));
    cr_assert(slice_equals(config->interface_names[1], SLICE("购物车")));
    cr_assert(eq(int, config->interfaces[1].degrade, SWITCH_AUTO));
    cr_assert(eq(u32, config->interfaces[1].fallback, 0));
    cr_assert(eq(u32, config->fallback_count, 2));
    cr_assert(eq(u32, config->fallbacks[0].offer_count, 2));
    cr_assert(slice_equals(config->fallbacks[0].offers[0].coupon, SLICE("A\"")));
    cr_assert(eq(i64, config->fallbacks[0].offers[0].off_fen, 3000000000));
    cr_assert(eq(i64, config->fallbacks[0].offers[1].off_fen, 3000000000));
    cr_assert(gt(u32, config->fallbacks[0].offers[0].fragment.length, 0));
    cr_assert(eq(u32, config->fallbacks[1].offer_count, 0));
    config_free(config);
}

Test(config, relative_paths_begin_in_the_files_folder)
{
    struct config *config = config_of(CONFIG_REQUIRED "state_dir = \"/var/lib/promogate\"; "
                                                      "admin = { token_file = \"../token\"; };\n");
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(str, (char *)config->paths.source_dir, "etc/policies"));
    cr_assert(eq(str, (char *)config->paths.state_dir, "/var/lib/promogate"));
    cr_assert(eq(str, (char *)config->paths.token_file, "etc/../token"));
    config_free(config);
}

Test(config, what_is_required_is_missed_at_the_end_of_the_file)
{
    assert_refused(CONFIG_SOURCE CONFIG_INTERFACES CONFIG_FALLBACKS, 3, "listen", "is required");
    assert_refused(CONFIG_LISTEN CONFIG_INTERFACES CONFIG_FALLBACKS, 3, "source", "is required");
    assert_refused(CONFIG_LISTEN CONFIG_SOURCE CONFIG_FALLBACKS, 3, "interfaces", "is required");
    assert_refused(CONFIG_LISTEN CONFIG_SOURCE CONFIG_INTERFACES, 3, "fallbacks", "is required");
}

Test(config, an_unknown_setting_is_refused_wherever_it_stands)
{
    assert_refused(CONFIG_REQUIRED "worker = 1;\n", 5, "worker", "is no setting");
    assert_refused(CONFIG_REQUIRED "limits = { };\nlimit = { body_max_bytes = 5000; };\n", 6, "limit", "is no setting");
    assert_refused(CONFIG_REQUIRED "limits = {\n\n  body_max = 5000; };\n", 7, "limits.body_max", "is no setting");
    assert_refused(CONFIG_REQUIRED "Listen = \"127.0.0.1:1\";\n", 5, "Listen", "is no setting");
    assert_refused(CONFIG_REQUIRED "body_max_bytes = 5000;\n", 5, "body_max_bytes", "is no setting");
}

Test(config, a_value_of_another_type_is_refused)
{
    assert_refused(CONFIG_REQUIRED "workers = \"2\";\n", 5, "workers", "must be an integer, not a string");
    assert_refused(CONFIG_REQUIRED "workers = 2.0;\n", 5, "workers", "must be an integer, not a float");
    assert_refused(CONFIG_REQUIRED "workers = 1e1;\n", 5, "workers", "must be an integer, not a float");
    assert_refused(CONFIG_REQUIRED "workers = true;\n", 5, "workers", "must be an integer, not a boolean");
    assert_refused(CONFIG_REQUIRED "workers = [2];\n", 5, "workers", "must be an integer, not an array");
    assert_refused(CONFIG_REQUIRED "serve_without_snapshot = 1;\n", 5, "serve_without_snapshot", "must be a boolean");
    assert_refused(CONFIG_REQUIRED "state_dir = 5;\n", 5, "state_dir", "must be a string, not an integer");
    assert_refused(CONFIG_REQUIRED "limits = ( );\n", 5, "limits", "must be a group { ... }, not a list");
    assert_refused(CONFIG_REQUIRED "limits = 5;\n", 5, "limits", "must be a group { ... }, not an integer");
}

Test(config, integers_past_32_and_64_bits_are_out_of_range_and_never_wrap)
{
    assert_refused(CONFIG_REQUIRED "workers = 4294967296;\n", 5, "workers", "must be 0 to 256 threads");
    assert_refused(CONFIG_REQUIRED "workers = 4294967297L;\n", 5, "workers", "must be 0 to 256 threads");
    assert_refused(CONFIG_REQUIRED "workers = 0x100000001;\n", 5, "workers", "must be 0 to 256 threads");
    assert_refused(CONFIG_REQUIRED "workers = 18446744073709551617;\n", 5, "workers", "must be 0 to 256 threads");
    assert_refused(CONFIG_REQUIRED "workers = 0x10000000000000001;\n", 5, "workers", "must be 0 to 256 threads");
    assert_refused(CONFIG_REQUIRED "workers = -4294967295;\n", 5, "workers", "must be 0 to 256 threads");
    assert_refused(CONFIG_REQUIRED "workers = -99999999999999999999;\n", 5, "workers", "must be 0 to 256 threads");
}

Test(config, every_number_is_accepted_at_its_bounds_and_refused_past_them)
{
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings[i];
        if (setting_is_text(setting) || setting->type == SETTING_BOOLEAN) {
            continue;
        }
        bool is_top = setting->group[0] == '\0';
        char text[2048];
        const int64_t values[] = {(int64_t)setting->least, (int64_t)setting->most, (int64_t)setting->least - 1,
                                  (int64_t)setting->most + 1};
        for (int value = 0; value < 4; value++) {
            snprintf(text, sizeof(text), "%s%s%s%s = %ld;%s\n", CONFIG_REQUIRED, setting->group, is_top ? "" : " = { ",
                     setting->name, (long)values[value], is_top ? "" : " };");
            if (value >= 2) {
                assert_refused(text, 5, setting->path, "must be ");
                continue;
            }
            struct config *config = config_of(text);
            cr_assert_not_null(config, "%s at %ld", setting->path, (long)values[value]);
            cr_assert_eq(setting_number(setting, config), (uint64_t)values[value], "%s", setting->path);
            config_free(config);
        }
    }
}

Test(config, a_source_that_is_no_source_is_refused_and_its_password_is_not_told)
{
    const char *rest = CONFIG_LISTEN CONFIG_INTERFACES CONFIG_FALLBACKS;
    char text[1024];
    snprintf(text, sizeof(text), "%ssource = \"redis://u:secret@127.0.0.1:6379/0?name=n\";\n", rest);
    assert_refused(text, 4, "source", "neither namespace nor replica");
    cr_assert(eq(ptr, strstr(errors.items[0].reason, "secret"), NULL));
    snprintf(text, sizeof(text), "%ssource = \"http://u:secret@127.0.0.1/\";\n", rest);
    assert_refused(text, 4, "source", "must be \"file:PATH\"");
    cr_assert(eq(ptr, strstr(errors.items[0].reason, "secret"), NULL));
    snprintf(text, sizeof(text), "%ssource = \"file:\";\n", rest);
    assert_refused(text, 4, "source", "must be \"file:PATH\"");
}

Test(config, a_listener_needs_a_numeric_address)
{
    const char *rest = CONFIG_SOURCE CONFIG_INTERFACES CONFIG_FALLBACKS;
    const char *const addresses[] = {"8080",        ":8080",       "127.0.0.1",     "127.0.0.1:",   "127.0.0.1:65536",
                                     "127.0.0.1:x", "::1:8080",    "example.org:1", "127.0.0.1:-1", "127.0.0.1:080",
                                     "[::1]",       "[1.2.3.4]:1", "127.0.0.1:1 "};
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        char text[1024];
        snprintf(text, sizeof(text), "%slisten = \"%s\";\n", rest, addresses[i]);
        assert_refused(text, 4, "listen", "must be \"host:port\"");
    }
}

Test(config, the_callers_header_is_a_token_or_none)
{
    static const char *const bad[] = {"X Caller", "X-Caller:", "X-Caf\303\251", "(x)"};
    char text[1024];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), CONFIG_REQUIRED "rate = { caller_header = \"%s\"; };\n", bad[i]);
        assert_refused(text, 5, "rate.caller_header", "must be the name of a header");
    }
    struct config *config = config_of(CONFIG_REQUIRED "rate = { caller_header = \"X-Caller_1\"; };\n");
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(str, (char *)config->rate.caller_header, "X-Caller_1"));
    config_free(config);
}

Test(config, a_text_has_a_ceiling_and_no_control_characters)
{
    static char text[16384], path[SETTING_TEXT_BYTES + 2];
    memset(path, 'a', SETTING_TEXT_BYTES);
    snprintf(text, sizeof(text), CONFIG_REQUIRED "state_dir = \"%s\";\n", path);
    struct config *config = config_of(text);
    cr_assert(ne(ptr, config, NULL));
    config_free(config);
    path[SETTING_TEXT_BYTES] = 'a';
    snprintf(text, sizeof(text), CONFIG_REQUIRED "state_dir = \"%s\";\n", path);
    assert_refused(text, 5, "state_dir", "must have 0 to 4095 bytes");
    assert_refused(CONFIG_REQUIRED "state_dir = \"a\\x1bb\";\n", 5, "state_dir", "control characters");
}

Test(config, one_look_finds_every_problem_by_line)
{
    struct config *config = config_of("workers = 999;\nbad = 1;\nsource = \"file:policies\";\nsettle_ms = -1;\n"
                                      "interfaces = ( );\n" CONFIG_FALLBACKS);
    cr_assert(eq(ptr, config, NULL));
    cr_assert(eq(u32, errors.total, 5));
    cr_assert(eq(str, errors.items[0].setting, "workers"));
    cr_assert(eq(str, errors.items[1].setting, "bad"));
    cr_assert(eq(str, errors.items[2].setting, "settle_ms"));
    cr_assert(eq(str, errors.items[3].setting, "interfaces"));
    cr_assert(eq(str, errors.items[4].setting, "listen"));
}

Test(config, more_problems_than_there_is_room_for_are_counted)
{
    static char text[8192];
    size_t length = (size_t)snprintf(text, sizeof(text), CONFIG_REQUIRED);
    for (int i = 0; i < 40; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length, "bad%d = 1;\n", i);
    }
    cr_assert(eq(ptr, config_of(text), NULL));
    cr_assert(eq(u32, errors.count, CONFIG_ERRORS_MAX));
    cr_assert(eq(u32, errors.total, 40));
}

Test(config, an_error_reads_as_file_line_setting_and_reason)
{
    cr_assert(eq(ptr, config_of(CONFIG_REQUIRED "workers = 257;\n"), NULL));
    struct text text;
    text_init(&text, 4096);
    config_error_append(&text, &errors, &errors.items[0]);
    cr_assert(slice_equals(text_slice(&text), SLICE("etc/promogate.conf:5: workers: must be 0 to 256 threads")));
    text_clear(&text);
}

Test(config, settings_that_need_a_restart_keep_what_is_in_force)
{
    struct config *running = config_of(CONFIG_REQUIRED "workers = 1; settle_ms = 10;\n");
    struct config *fresh =
        config_of("listen = \"127.0.0.1:9\"; source = \"file:others\"; workers = 2; settle_ms = 20;\n"
                  "limits = { max_connections = 5; };\n" CONFIG_INTERFACES CONFIG_FALLBACKS);
    const char *names[3];
    cr_assert(eq(sz, config_keep_restart_settings(fresh, running, names, 3), 4));
    cr_assert(eq(str, (char *)names[0], "listen"));
    cr_assert(eq(str, (char *)names[1], "workers"));
    cr_assert(eq(str, (char *)names[2], "source"));
    config_free(running);
    cr_assert(eq(str, (char *)fresh->listen, "127.0.0.1:8080"));
    cr_assert(eq(u32, fresh->workers, 1));
    cr_assert(eq(u32, fresh->settle_ms, 20));
    cr_assert(eq(u32, fresh->limits.max_connections, 8192));
    cr_assert(eq(str, (char *)fresh->paths.source_dir, "etc/policies"));
    config_free(fresh);
}
