#include "service/switch_intake.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(switch_intake, .timeout = 60);

enum { NOW_S = 1770969600 }; /* 2026-02-13T08:00:00Z */

#define ON             "{\"mode\":\"on\"}"
#define NEVER(until)   "{\"mode\":\"never\",\"until\":\"" until "\"}"
#define IN_AN_HOUR     "2026-02-13T09:00:00Z"
#define A_SECOND_LATER "2026-02-13T09:00:01Z"

static struct switch_intake intake; /* it is large */
static char ignored[4096];          /* "a: reason; " of the last take */

static void note_ignored(void *cls, const char *name, const char *reason)
{
    (void)cls;
    size_t length = strlen(ignored);
    snprintf(ignored + length, sizeof(ignored) - length, "%s: %s; ", name, reason);
}

static bool take_at(const char *value, int64_t now_unix_s)
{
    ignored[0] = '\0';
    return switch_intake_take(&intake, slice_of(value), now_unix_s, note_ignored, NULL);
}

static bool take(const char *value)
{
    return take_at(value, NOW_S);
}

/* "a=on b=never ", in the order of the document. */
static const char *in_force(void)
{
    static char text[4096];
    size_t length = 0;
    text[0] = '\0';
    cr_expect_eq(intake.in_force.faulty, 0);
    for (uint32_t i = 0; i < intake.in_force.count; i++) {
        const struct switch_entry *entry = &intake.in_force.entries[i];
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s=%s ", entry->name, entry->mode);
    }
    return text;
}

static void start(void)
{
    switch_intake_init(&intake, NULL);
}

Test(switch_intake, the_first_answer_is_news_whatever_it_is_and_the_same_again_is_none)
{
    static const char *const values[] = {"", "{}", "{\"a\":" ON "}", "nonsense", "{\"a\":1}"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        start();
        cr_expect(take(values[i]), "%s", values[i]);
        cr_expect_not(take(values[i]), "%s", values[i]);
        cr_expect_str_eq(ignored, "", "%s is told once", values[i]);
    }
}

Test(switch_intake, what_is_said_comes_into_force_and_goes)
{
    start();
    take("");
    cr_expect(take("{\"a\":" ON ",\"*\":{\"mode\":\"auto\"},\"b\":" NEVER(IN_AN_HOUR) "}"));
    cr_expect_str_eq(in_force(), "a=on *=auto b=never ");
    cr_expect(take("{\"a\":" ON "}"));
    cr_expect_str_eq(in_force(), "a=on ");
    cr_expect(take(""));
    cr_expect_str_eq(in_force(), "");
    cr_expect_str_eq(ignored, "");
}

Test(switch_intake, what_was_known_before_a_restart_stays_until_an_answer_says_otherwise)
{
    static struct switch_document known;
    const struct switch_entry on = {.name = "a", .mode = "on"};
    known = (struct switch_document){.count = 1, .entries = {on}};
    switch_intake_init(&intake, &known);
    cr_expect_str_eq(in_force(), "a=on ");
    cr_expect(take("nonsense"));
    cr_expect_str_eq(in_force(), "a=on ");
    cr_expect_not(take("{\"a\":7}"));
    cr_expect_str_eq(in_force(), "a=on ");
    cr_expect(take("{}"));
    cr_expect_str_eq(in_force(), "");
}

Test(switch_intake, another_text_that_says_the_same_is_no_news)
{
    start();
    take("{\"a\":" ON "}");
    cr_expect_not(take("{ \"a\" : {\"mode\":\"on\", \"drill\":false} }"));
    cr_expect(take("{\"a\":{\"mode\":\"on\",\"reason\":\"why\"}}"));
}

Test(switch_intake, a_value_that_is_no_object_is_ignored_as_a_whole)
{
    start();
    take("{\"a\":" ON "}");
    cr_expect_not(take("{\"a\":"));
    cr_expect_str_eq(ignored, ": is no JSON object; ");
    cr_expect_str_eq(in_force(), "a=on ");
    cr_expect_not(take("{\"a\":" ON "}"));
    cr_expect_str_eq(ignored, "");
}

static void assert_ignored(const char *value, const char *words)
{
    char json[512];
    start();
    take("{\"a\":{\"mode\":\"on\",\"reason\":\"before\"},\"b\":" ON "}");
    snprintf(json, sizeof(json), "{\"b\":{\"mode\":\"auto\"},\"a\":%s,\"c\":%s}", value, value);
    cr_expect(take(json), "%s: b has changed", json);
    cr_expect_str_eq(in_force(), "b=auto a=on ", "%s: a stays, c has nothing to stay", json);
    cr_expect_str_eq(intake.in_force.entries[1].reason, "before");
    char expected[512];
    snprintf(expected, sizeof(expected), "a: %s; c: %s; ", words, words);
    cr_expect_str_eq(ignored, expected);
}

Test(switch_intake, an_entry_that_is_ignored_leaves_its_name_as_it_was)
{
    assert_ignored("1", "is no object");
    assert_ignored("{\"mode\":\"on\",\"color\":1}",
                   "has a member that is none of mode, reason, actor, until and drill");
    assert_ignored("{\"mode\":\"off\"}", "has a mode that is none of on, auto and never");
    assert_ignored("{\"mode\":\"On\"}", "has a mode that is none of on, auto and never");
    assert_ignored("{\"mode\":\"never\"}", "says never without an until");
    assert_ignored(NEVER(A_SECOND_LATER), "says never for longer than an hour");
}

Test(switch_intake, names_that_are_none_are_ignored_and_leave_nothing_behind)
{
    start();
    cr_expect(take("{\"\":" ON ",\"a\\nb\":" ON "}"));
    cr_expect_str_eq(in_force(), "");
    cr_expect_str_eq(ignored,
                     ": has a name that is no text of 1 to 64 bytes; : has a name that is no text of 1 to 64 bytes; ");
}

Test(switch_intake, never_may_last_an_hour_and_no_second_longer)
{
    start();
    take("{\"a\":" NEVER(IN_AN_HOUR) "}");
    cr_expect_str_eq(in_force(), "a=never ");
    start();
    take("{\"a\":" NEVER(A_SECOND_LATER) "}");
    cr_expect_str_eq(in_force(), "");
    start();
    take_at("{\"a\":" NEVER(A_SECOND_LATER) "}", NOW_S + 1);
    cr_expect_str_eq(in_force(), "a=never ");
}

Test(switch_intake, on_may_last_for_ever)
{
    start();
    take("{\"a\":" ON ",\"b\":{\"mode\":\"on\",\"until\":\"9999-12-31T23:59:59Z\"}}");
    cr_expect_str_eq(in_force(), "a=on b=on ");
}

Test(switch_intake, a_never_that_was_ignored_does_not_come_into_force_by_its_neighbours)
{
    start();
    take("{\"a\":" NEVER(A_SECOND_LATER) "}");
    cr_expect(take_at("{\"a\":" NEVER(A_SECOND_LATER) ",\"b\":" ON "}", NOW_S + 3000));
    cr_expect_str_eq(in_force(), "b=on ");
    cr_expect_str_eq(ignored, "a: said never for longer than an hour; ");
    cr_expect(take_at("{\"a\":{\"mode\":\"never\",\"reason\":\"again\",\"until\":\"" A_SECOND_LATER "\"},\"b\":" ON "}",
                      NOW_S + 3000),
              "it is another order now");
    cr_expect_str_eq(in_force(), "a=never b=on ");
}

Test(switch_intake, a_never_in_force_stays_when_the_clock_is_set_back)
{
    start();
    take("{\"a\":" NEVER(IN_AN_HOUR) "}");
    cr_expect(take_at("{\"a\":" NEVER(IN_AN_HOUR) ",\"b\":" ON "}", NOW_S - 7200));
    cr_expect_str_eq(in_force(), "a=never b=on ");
}

Test(switch_intake, as_many_as_a_document_holds_are_taken_in_and_kept)
{
    static char json[SWITCH_DOCUMENT_BYTES_MAX], faulty[SWITCH_DOCUMENT_BYTES_MAX];
    size_t length = 0, faulty_length = 0;
    for (int i = 0; i < SWITCH_DOCUMENT_ENTRIES_MAX; i++) {
        length += (size_t)snprintf(json + length, sizeof(json) - length, "%c\"n%d\":" ON, i == 0 ? '{' : ',', i);
        faulty_length += (size_t)snprintf(faulty + faulty_length, sizeof(faulty) - faulty_length, "%c\"n%d\":1",
                                          i == 0 ? '{' : ',', i);
    }
    json[length] = faulty[faulty_length] = '}';
    start();
    cr_expect(take(json));
    cr_expect_eq(intake.in_force.count, SWITCH_DOCUMENT_ENTRIES_MAX);
    cr_expect_not(take(faulty));
    cr_expect_eq(intake.in_force.count, SWITCH_DOCUMENT_ENTRIES_MAX);
}
