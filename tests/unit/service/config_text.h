/*
 * config_text.h - configurations for tests: the four required settings, and what a test adds.
 */
#pragma once

#include <criterion/criterion.h>

#include "service/config.h"

#define CONFIG_LISTEN     "listen = \"127.0.0.1:8080\";\n"
#define CONFIG_SOURCE     "source = \"file:policies\";\n"
#define CONFIG_INTERFACES "interfaces = ( { name = \"checkout\"; degrade = \"auto\"; fallback = \"safe\"; } );\n"
#define CONFIG_FALLBACKS  "fallbacks = ( { name = \"safe\"; offers = ( { coupon = \"C-SAFE\"; off = 300; } ); } );\n"
#define CONFIG_REQUIRED   CONFIG_LISTEN CONFIG_SOURCE CONFIG_INTERFACES CONFIG_FALLBACKS

/* Of the last config_of. */
static struct config_errors errors;

__attribute__((unused)) static struct config *config_of(const char *text)
{
    return config_parse(slice_of(text), "etc/promogate.conf", &errors);
}

/* Refused: with one error, of that setting, line and reason. */
__attribute__((unused)) static void assert_refused(const char *text, uint32_t line, const char *setting,
                                                   const char *reason)
{
    struct config *config = config_of(text);
    cr_assert_null(config, "was accepted: %s", text);
    cr_assert_eq(errors.total, 1, "%u errors of %s", errors.total, text);
    const struct config_error *error = &errors.items[0];
    cr_assert_eq(error->line, line, "line %u of %s", error->line, text);
    cr_assert_str_eq(error->setting, setting, "%s of %s", error->setting, text);
    cr_assert_not_null(strstr(error->reason, reason), "%s of %s", error->reason, text);
}
