#include "publish/switch_view.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(switch_view, .timeout = 60);

static struct switch_view view, other; /* they are large */

static bool read_to(struct switch_view *ret_view, const char *json)
{
    size_t length = strlen(json);
    char *exact = malloc(length > 0 ? length : 1); /* AddressSanitizer watches its end */
    const char *reason = NULL;
    memcpy(exact, json, length);
    bool is_read = switch_view_read(exact, length, ret_view, &reason);
    cr_expect(is_read || reason != NULL);
    free(exact);
    return is_read;
}

#define STATE(interface, mode) "{\"interface\":\"" interface "\",\"mode\":\"" mode "\"}"

Test(switch_view, all_that_a_gateway_says_of_an_interface_is_read)
{
    cr_assert(read_to(
        &view, "{\"switches\":[{\"interface\":\"checkout\",\"mode\":\"on\",\"source\":\"redis\",\"actor\":\"ann\","
               "\"reason\":\"why\",\"until\":\"2026-02-13T09:00:00Z\",\"breaker\":\"shedding\",\"share_bp\":500,"
               "\"orders\":[{\"source\":\"file\",\"mode\":\"auto\",\"interface\":\"no\"}]},"
               "{\"interface\":\"cart\",\"mode\":\"auto\",\"source\":null,\"until\":null}],\"more\":{}}"));
    cr_assert_eq(view.count, 2);
    const struct switch_state *state = switch_view_find(&view, "checkout");
    cr_assert_not_null(state);
    cr_expect_str_eq(state->mode, "on");
    cr_expect_str_eq(state->source, "redis");
    cr_expect_str_eq(state->actor, "ann");
    cr_expect_str_eq(state->reason, "why");
    cr_expect_str_eq(state->until, "2026-02-13T09:00:00Z");
    cr_expect_str_eq(state->breaker, "shedding");
    cr_expect_str_eq(switch_view_find(&view, "cart")->source, "");
}

Test(switch_view, one_interface_may_stand_for_itself)
{
    cr_assert(read_to(&view, STATE("checkout", "never")));
    cr_assert_eq(view.count, 1);
    cr_expect_str_eq(view.states[0].mode, "never");
}

Test(switch_view, no_interface_is_a_view_too)
{
    cr_assert(read_to(&view, "{\"switches\":[]}"));
    cr_expect_eq(view.count, 0);
}

Test(switch_view, what_is_none_is_refused)
{
    static const char *const rows[] = {
        "",
        "[]",
        "null",
        "{}",
        "{\"switches\":{}}",
        "{\"switches\":null}",
        "{\"switches\":[1]}",
        "{\"switches\":[]",
        "{\"switches\":[{\"interface\":\"a\"}]}",
        "{\"switches\":[{\"mode\":\"on\"}]}",
        "{\"switches\":[]}x",
        "{\"switches\":[],\"switches\":[]}",
        "{\"switches\":[" STATE("a", "off") "]}",
        "{\"switches\":[" STATE("", "on") "]}",
        "{\"interface\":1,\"mode\":\"on\"}",
        "{\"interface\":\"a\",\"mode\":\"on\",\"reason\":[]}",
        "{\"interface\":\"a\\u0000\",\"mode\":\"on\"}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_not(read_to(&view, rows[i]), "%s", rows[i]);
    }
}

static bool read_states(unsigned count)
{
    struct text json;
    text_init(&json, 64 * 1024);
    for (unsigned i = 0; i < count; i++) {
        text_append_format(&json, "%s{\"interface\":\"n%u\",\"mode\":\"on\"}", i == 0 ? "{\"switches\":[" : ",", i);
    }
    text_append(&json, SLICE("]}"));
    text_append_byte(&json, '\0');
    bool is_read = read_to(&view, json.bytes);
    text_clear(&json);
    return is_read;
}

Test(switch_view, it_has_at_most_65_interfaces_and_texts_end_at_their_bounds)
{
    cr_expect(read_states(65));
    cr_expect_not(read_states(66));
    char json[1024], name[66];
    memset(name, 'n', 65);
    name[65] = '\0';
    snprintf(json, sizeof(json), "{\"interface\":\"%s\",\"mode\":\"on\"}", name + 1);
    cr_expect(read_to(&view, json));
    snprintf(json, sizeof(json), "{\"interface\":\"%s\",\"mode\":\"on\"}", name);
    cr_expect_not(read_to(&view, json));
}

static const char *problem_of(const char *json)
{
    static char text[SWITCH_VIEW_PROBLEM_BYTES];
    char bytes[1024];
    size_t length = strlen(json);
    memcpy(bytes, json, length);
    switch_view_read_problem(bytes, length, text);
    return text;
}

Test(switch_view, a_problem_is_its_detail_and_pointer_or_its_title)
{
    cr_expect_str_eq(
        problem_of("{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"too long\","
                   "\"pointer\":\"/ttl_s\"}"),
        "too long (/ttl_s)");
    cr_expect_str_eq(problem_of("{\"title\":\"Forbidden\",\"detail\":null}"), "Forbidden");
    cr_expect_str_eq(problem_of("<html>"), "");
    cr_expect_str_eq(problem_of(""), "");
    cr_expect_str_eq(problem_of("{\"detail\":7,\"title\":\"T\"}"), "T");
}

static const char *difference(const char *a, const char *b)
{
    cr_assert(read_to(&view, a));
    cr_assert(read_to(&other, b));
    return switch_view_difference(&view, &other);
}

Test(switch_view, two_agree_when_each_interface_has_the_same_mode_in_both)
{
    cr_expect_null(difference(
        "{\"switches\":[" STATE("a", "on") "," STATE("b", "auto") "]}",
        "{\"switches\":[{\"interface\":\"b\",\"mode\":\"auto\",\"breaker\":\"open\"}," STATE("a", "on") "]}"));
    cr_expect_null(difference("{\"switches\":[]}", "{\"switches\":[]}"));
    cr_expect_str_eq(difference("{\"switches\":[" STATE("a", "on") "," STATE("b", "auto") "]}",
                                "{\"switches\":[" STATE("a", "on") "," STATE("b", "never") "]}"),
                     "b");
    cr_expect_str_eq(difference("{\"switches\":[" STATE("a", "on") "]}", "{\"switches\":[]}"), "a");
    cr_expect_str_eq(difference("{\"switches\":[]}", "{\"switches\":[" STATE("c", "on") "]}"), "c");
}

Test(switch_view, it_can_be_reduced_to_one_interface)
{
    cr_assert(read_to(&view, "{\"switches\":[" STATE("a", "on") "," STATE("b", "auto") "]}"));
    cr_expect_not(switch_view_reduce(&view, "c"));
    cr_expect_eq(view.count, 2);
    cr_expect(switch_view_reduce(&view, "b"));
    cr_assert_eq(view.count, 1);
    cr_expect_str_eq(view.states[0].mode, "auto");
}

Test(switch_view, the_first_that_is_otherwise_is_told)
{
    cr_assert(read_to(&view, "{\"switches\":[" STATE("a", "on") "," STATE("b", "auto") "]}"));
    cr_expect_str_eq(switch_view_other_than(&view, "on")->interface, "b");
    cr_expect_str_eq(switch_view_other_than(&view, "auto")->interface, "a");
    switch_view_reduce(&view, "a");
    cr_expect_null(switch_view_other_than(&view, "on"));
}
