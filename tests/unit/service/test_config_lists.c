/* `interfaces`, `fallbacks` and `callers`: every member, on its bound and one past it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "config_text.h"

#define HEAD CONFIG_LISTEN CONFIG_SOURCE

static char text[64 * 1024];

/* Line 3 is the interfaces, line 4 the fallbacks. */
static const char *with_lists(const char *interfaces, const char *fallbacks)
{
    snprintf(text, sizeof(text), HEAD "interfaces = (%s);\nfallbacks = (%s);\n", interfaces, fallbacks);
    return text;
}

static const char *with_interfaces(const char *interfaces)
{
    return with_lists(interfaces, "{ name = \"safe\"; offers = (); }");
}

static const char *with_offers(const char *offers)
{
    char fallbacks[16 * 1024];
    snprintf(fallbacks, sizeof(fallbacks), "{ name = \"safe\"; offers = (%s); }", offers);
    return with_lists("{ name = \"checkout\"; fallback = \"safe\"; }", fallbacks);
}

/* `count` records, their names numbered. */
static const char *numbered(const char *record, int count)
{
    static char records[32 * 1024];
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        length += (size_t)snprintf(records + length, sizeof(records) - length, "%s{ name = \"n%d\"; %s }",
                                   i > 0 ? ", " : "", i, record);
    }
    return records;
}

static void assert_accepted(const char *accepted)
{
    struct config *config = config_of(accepted);
    cr_assert_not_null(config, "%s: %s of %s", errors.items[0].setting, errors.items[0].reason, accepted);
    config_free(config);
}

Test(config_lists, there_are_1_to_64_interfaces)
{
    assert_refused(with_interfaces(""), 3, "interfaces", "must have 1 to 64 entries");
    assert_accepted(with_interfaces(numbered("fallback = \"safe\";", 64)));
    assert_refused(with_interfaces(numbered("fallback = \"safe\";", 65)), 3, "interfaces", "must have 1 to 64 entries");
}

Test(config_lists, there_are_1_to_64_fallbacks)
{
    const char *interface = "{ name = \"a\"; fallback = \"n0\"; }";
    assert_accepted(with_lists(interface, numbered("offers = ();", 64)));
    cr_assert(eq(ptr, config_of(with_lists(interface, numbered("offers = ();", 65))), NULL));
    cr_assert(eq(str, errors.items[1].setting, "fallbacks"));
    cr_assert(eq(ptr, config_of(with_lists(interface, "")), NULL));
}

Test(config_lists, an_interface_needs_a_name_and_a_fallback)
{
    assert_refused(with_interfaces("{ fallback = \"safe\"; }"), 3, "interfaces[0].name", "is required");
    assert_refused(with_interfaces("{ name = \"a\"; }"), 3, "interfaces[0].fallback", "is required");
    assert_refused(with_interfaces("{ name = 5; fallback = \"safe\"; }"), 3, "interfaces[0].name", "must be a string");
    assert_refused(with_interfaces("5"), 3, "interfaces[0]", "must be a group");
}

Test(config_lists, an_interface_has_no_other_members)
{
    assert_refused(with_interfaces("{ name = \"a\"; fallback = \"safe\"; fallbacks = 1; }"), 3,
                   "interfaces[0].fallbacks", "is no setting");
}

Test(config_lists, names_have_1_to_64_bytes_and_no_control_characters)
{
    const char *reason = "must have 1 to 64 bytes and no control characters";
    char interface[256], name[66] = "";
    memset(name, 'a', 64);
    snprintf(interface, sizeof(interface), "{ name = \"%s\"; fallback = \"safe\"; }", name);
    assert_accepted(with_interfaces(interface));
    name[64] = 'a';
    snprintf(interface, sizeof(interface), "{ name = \"%s\"; fallback = \"safe\"; }", name);
    assert_refused(with_interfaces(interface), 3, "interfaces[0].name", reason);
    assert_refused(with_interfaces("{ name = \"\"; fallback = \"safe\"; }"), 3, "interfaces[0].name", reason);
    assert_refused(with_interfaces("{ name = \"a\\tb\"; fallback = \"safe\"; }"), 3, "interfaces[0].name", reason);
    assert_refused(with_interfaces("{ name = \"a\\xc2\\x85\"; fallback = \"safe\"; }"), 3, "interfaces[0].name",
                   reason);
}

Test(config_lists, a_name_is_taken_once)
{
    assert_refused(with_interfaces("{ name = \"a\"; fallback = \"safe\"; }, { name = \"a\"; fallback = \"safe\"; }"), 3,
                   "interfaces[1].name", "another one already");
    assert_refused(with_lists("{ name = \"a\"; fallback = \"f\"; }",
                              "{ name = \"f\"; offers = (); }, { name = \"f\"; offers = (); }"),
                   4, "fallbacks[1].name", "another one already");
}

Test(config_lists, degrade_is_auto_on_or_never)
{
    assert_accepted(with_interfaces("{ name = \"a\"; degrade = \"on\"; fallback = \"safe\"; }"));
    assert_refused(with_interfaces("{ name = \"a\"; degrade = \"off\"; fallback = \"safe\"; }"), 3,
                   "interfaces[0].degrade", "\"auto\", \"on\" or \"never\"");
    assert_refused(with_interfaces("{ name = \"a\"; degrade = true; fallback = \"safe\"; }"), 3,
                   "interfaces[0].degrade", "must be a string");
}

Test(config_lists, an_interface_names_a_fallback_that_exists)
{
    assert_refused(with_interfaces("{ name = \"a\"; fallback = \"other\"; }"), 3, "interfaces[0].fallback",
                   "names none of the fallbacks");
}

Test(config_lists, a_fallback_has_0_to_8_offers)
{
    const char *offer = "{ coupon = \"C\"; off = 1; }";
    char offers[1024] = "";
    for (int i = 0; i < 8; i++) {
        strcat(strcat(offers, i > 0 ? ", " : ""), offer);
    }
    assert_accepted(with_offers(""));
    assert_accepted(with_offers(offers));
    strcat(strcat(offers, ", "), offer);
    assert_refused(with_offers(offers), 4, "fallbacks[0].offers", "must have 0 to 8 entries");
}

Test(config_lists, an_offer_takes_off_0_to_a_trillion_fen)
{
    assert_accepted(with_offers("{ coupon = \"C\"; off = 0; }"));
    assert_accepted(with_offers("{ coupon = \"C\"; off = 1000000000000; }"));
    assert_refused(with_offers("{ coupon = \"C\"; off = 1000000000001; }"), 4, "fallbacks[0].offers[0].off",
                   "must be 0 to 1000000000000 fen");
    assert_refused(with_offers("{ coupon = \"C\"; off = -1; }"), 4, "fallbacks[0].offers[0].off", "must be 0 to");
    assert_refused(with_offers("{ coupon = \"C\"; off = 1.5; }"), 4, "fallbacks[0].offers[0].off",
                   "must be an integer");
    assert_refused(with_offers("{ coupon = \"C\"; off = 18446744073709551616; }"), 4, "fallbacks[0].offers[0].off",
                   "must be 0 to");
}

Test(config_lists, an_offer_has_a_coupon_an_off_and_nothing_else)
{
    assert_refused(with_offers("{ off = 1; }"), 4, "fallbacks[0].offers[0].coupon", "is required");
    assert_refused(with_offers("{ coupon = \"C\"; }"), 4, "fallbacks[0].offers[0].off", "is required");
    assert_refused(with_offers("{ coupon = \"\"; off = 1; }"), 4, "fallbacks[0].offers[0].coupon", "must have 1 to 64");
    assert_refused(with_offers("{ coupon = \"C\"; off = 1; kind = \"x\"; }"), 4, "fallbacks[0].offers[0].kind",
                   "is no setting");
}

/* Line 5 is the callers. */
static const char *with_callers(const char *callers)
{
    snprintf(text, sizeof(text), CONFIG_REQUIRED "callers = (%s);\n", callers);
    return text;
}

Test(config_lists, there_are_0_to_64_callers)
{
    assert_accepted(CONFIG_REQUIRED);
    assert_accepted(with_callers(""));
    assert_accepted(with_callers(numbered("per_second = 1;", 64)));
    assert_refused(with_callers(numbered("per_second = 1;", 65)), 5, "callers", "must have 0 to 64 entries");
    assert_refused(CONFIG_REQUIRED "callers = 5;\n", 5, "callers", "must be a list");
}

Test(config_lists, a_caller_has_a_name_and_a_rate_and_nothing_else)
{
    assert_refused(with_callers("{ per_second = 1; }"), 5, "callers[0].name", "is required");
    assert_refused(with_callers("{ name = \"a\"; }"), 5, "callers[0].per_second", "is required");
    assert_refused(with_callers("{ name = \"a\"; per_second = 1; burst = 1; }"), 5, "callers[0].burst",
                   "is no setting");
    assert_refused(with_callers("{ name = \"a\"; per_second = \"1\"; }"), 5, "callers[0].per_second",
                   "must be an integer");
}

Test(config_lists, a_callers_name_is_held_to_the_rules_of_names)
{
    const char *reason = "must have 1 to 64 bytes and no control characters";
    assert_refused(with_callers("{ name = \"\"; per_second = 1; }"), 5, "callers[0].name", reason);
    assert_refused(with_callers("{ name = \"a\\tb\"; per_second = 1; }"), 5, "callers[0].name", reason);
    assert_refused(with_callers("{ name = \"a\"; per_second = 1; }, { name = \"a\"; per_second = 2; }"), 5,
                   "callers[1].name", "another one already");
}

Test(config_lists, a_caller_may_ask_for_0_to_10_million_a_second)
{
    assert_accepted(with_callers("{ name = \"a\"; per_second = 0; }, { name = \"b\"; per_second = 10000000; }"));
    assert_refused(with_callers("{ name = \"a\"; per_second = 10000001; }"), 5, "callers[0].per_second",
                   "must be 0 to 10000000 decisions");
    assert_refused(with_callers("{ name = \"a\"; per_second = -1; }"), 5, "callers[0].per_second", "must be 0 to");
    assert_refused(with_callers("{ name = \"a\"; per_second = 4294967296; }"), 5, "callers[0].per_second",
                   "must be 0 to");
}
