#include "service/options.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <getopt.h>

static struct options parse(const char *a, const char *b)
{
    char *argv[] = {"promogate", (char *)a, (char *)b, NULL};
    optind = 0;
    return options_parse(b != NULL ? 3 : a != NULL ? 2 : 1, argv);
}

Test(options, alone_it_serves_the_configuration_of_this_folder)
{
    struct options options = parse(NULL, NULL);
    cr_assert_eq(options.command, OPTIONS_SERVE);
    cr_assert_str_eq(options.config_path, "promogate.conf");
    cr_assert_not(options.has_config_path);
}

Test(options, each_option_is_its_command)
{
    cr_expect_eq(parse("--check", NULL).command, OPTIONS_CHECK);
    cr_expect_eq(parse("--print-config", NULL).command, OPTIONS_PRINT_CONFIG);
    cr_expect_eq(parse("--print-settings", NULL).command, OPTIONS_PRINT_SETTINGS);
    cr_expect_eq(parse("--version", NULL).command, OPTIONS_VERSION);
    cr_expect_eq(parse("--help", NULL).command, OPTIONS_HELP);
    cr_expect_eq(parse("-h", NULL).command, OPTIONS_HELP);
}

Test(options, the_file_is_named_short_or_long)
{
    cr_expect_str_eq(parse("-c", "x.conf").config_path, "x.conf");
    cr_expect_str_eq(parse("--config", "x.conf").config_path, "x.conf");
    cr_expect(parse("-c", "x.conf").has_config_path);
}

Test(options, what_is_not_known_is_wrong, .init = cr_redirect_stderr)
{
    cr_expect_eq(parse("--nope", NULL).command, OPTIONS_WRONG);
    cr_expect_eq(parse("extra", NULL).command, OPTIONS_WRONG);
    cr_expect_eq(parse("-c", NULL).command, OPTIONS_WRONG);
}
