/* Switches as they are written; test_switch_document.c is about reading them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "cache/switch_document.h"

TestSuite(switch_document_write, .timeout = 60);

static struct switch_document document; /* it is large */

static const char *read_bytes(struct slice json)
{
    char *copy = malloc(json.length + 1);
    const char *reason = NULL;
    memcpy(copy, json.at, json.length);
    bool is_read = switch_document_read(copy, json.length, &document, &reason);
    free(copy);
    return is_read ? NULL : reason;
}

static const char *read_json(const char *json)
{
    return read_bytes(slice_of(json));
}

/* Writing */

static void assert_text(struct text *text, const char *expected)
{
    cr_expect_not(text->failed);
    cr_expect(slice_equals(text_slice(text), slice_of(expected)), "%.*s", (int)text->length, text->bytes);
    text_clear(text);
}

Test(switch_document_write, what_is_written_is_read_as_the_same_but_for_the_faulty)
{
    static struct switch_document before;
    struct text text;
    cr_assert_null(read_json(
        "{\"a\":{\"mode\":\"on\",\"reason\":\"\\\"\\\\\",\"actor\":\"结\",\"until\":"
        "\"2026-02-13T17:00:00+08:00\",\"drill\":true},\"b\":{\"mode\":1},\"*\":{\"drill\":false,\"mode\":\"auto\"}}"));
    before = document;
    text_init(&text, SWITCH_DOCUMENT_BYTES_MAX);
    switch_document_append(&text, &before);
    cr_assert_null(read_bytes(text_slice(&text)));
    switch_document_remove(&before, SLICE("b"));
    cr_expect(switch_document_equals(&document, &before));
    assert_text(&text,
                "{\"a\":{\"mode\":\"on\",\"reason\":\"\\\"\\\\\",\"actor\":\"结\",\"until\":\"2026-02-13T09:00:00Z\","
                "\"drill\":true},\"*\":{\"mode\":\"auto\"}}");
}

Test(switch_document_write, no_switches_are_an_empty_object)
{
    struct text text;
    text_init(&text, 64);
    switch_document_append(&text, &(struct switch_document){0});
    assert_text(&text, "{}");
}

/* Changing */

static const struct switch_entry entry_on = {.mode = "on", .reason = "why"};
#define ON "{\"mode\":\"on\",\"reason\":\"why\"}"

/* The text that the edit makes; the test frees it by assert_text. */
static struct text edited(const char *json, const char *name, const struct switch_entry *entry)
{
    struct text text;
    const char *reason = NULL;
    text_init(&text, 2 * SWITCH_DOCUMENT_BYTES_MAX);
    cr_expect(switch_document_edit(slice_of(json), slice_of(name), entry, &text, &reason), "%s: %s", json, reason);
    return text;
}

static void assert_edit(const char *json, const char *name, const struct switch_entry *entry, const char *expected)
{
    struct text text = edited(json, name, entry);
    assert_text(&text, expected);
}

Test(switch_document_write, an_edit_puts_one_entry_and_leaves_all_others_byte_for_byte)
{
    assert_edit("", "a", &entry_on, "{\"a\":" ON "}");
    assert_edit("{}", "a", &entry_on, "{\"a\":" ON "}");
    assert_edit("{ \"b\": { \"mode\" : \"auto\" } }", "a", &entry_on, "{\"b\": { \"mode\" : \"auto\" },\"a\":" ON "}");
    assert_edit("{\"b\":{\"mode\":\"auto\"},\"a\":{\"mode\":\"auto\"},\"c\":{\"mode\":\"\\u006fn\"}}", "a", &entry_on,
                "{\"b\":{\"mode\":\"auto\"},\"a\":" ON ",\"c\":{\"mode\":\"\\u006fn\"}}");
    assert_edit("{\"new\":{\"mode\":\"on\",\"color\":[1,{}]},\"a\":7}", "a", &entry_on,
                "{\"new\":{\"mode\":\"on\",\"color\":[1,{}]},\"a\":" ON "}");
    assert_edit("{\"a\":1,\"b\":{\"mode\":\"on\"},\"\\u0061\":2}", "a", &entry_on,
                "{\"a\":" ON ",\"b\":{\"mode\":\"on\"}}");
}

Test(switch_document_write, an_edit_removes_one_entry_and_of_the_last_all)
{
    assert_edit("{\"a\":{\"mode\":\"on\"},\"b\":{\"mode\":\"on\"}}", "a", NULL, "{\"b\":{\"mode\":\"on\"}}");
    assert_edit("{\"a\":{\"mode\":\"on\"},\"b\":{\"mode\":\"on\"}}", "nobody", NULL,
                "{\"a\":{\"mode\":\"on\"},\"b\":{\"mode\":\"on\"}}");
    assert_edit("{\"a\":{\"mode\":\"on\"}}", "a", NULL, "");
    assert_edit("{\"a\":1,\"a\":2}", "a", NULL, "");
    assert_edit("", "a", NULL, "");
}

Test(switch_document_write, an_edit_that_is_made_again_changes_nothing)
{
    struct text once = edited("{ \"b\": 1 }", "a", &entry_on);
    text_append_byte(&once, '\0');
    struct text twice = edited(once.bytes, "a", &entry_on);
    assert_text(&twice, once.bytes);
    text_clear(&once);
}

static const char *edit_refusal(struct slice bytes, const char *name)
{
    struct text text;
    const char *reason = NULL;
    text_init(&text, 2 * SWITCH_DOCUMENT_BYTES_MAX);
    bool is_done = switch_document_edit(bytes, slice_of(name), &entry_on, &text, &reason);
    text_clear(&text);
    return is_done ? NULL : reason;
}

Test(switch_document_write, an_edit_of_what_cannot_be_read_is_refused)
{
    cr_expect_str_eq(edit_refusal(SLICE("[]"), "a"), "is no JSON object");
    cr_expect_str_eq(edit_refusal(SLICE("{\"a\":{\"mode\":\"on\"}"), "a"), "is no JSON object");
}

Test(switch_document_write, an_edit_ends_at_the_bounds_of_a_document)
{
    struct text json;
    text_init(&json, SWITCH_DOCUMENT_BYTES_MAX);
    for (unsigned i = 0; i < 64; i++) {
        text_append_format(&json, "%c\"n%u\":{\"mode\":\"on\"}", i == 0 ? '{' : ',', i);
    }
    size_t length = json.length;
    text_append_byte(&json, '}');
    cr_expect_null(edit_refusal(text_slice(&json), "one more"));
    json.length = length;
    text_append(&json, SLICE(",\"n64\":{\"mode\":\"on\"}}"));
    cr_expect_null(edit_refusal(text_slice(&json), "n64"));
    cr_expect_str_eq(edit_refusal(text_slice(&json), "one more"), "has more than 65 members");
    text_clear(&json);
}

Test(switch_document_write, an_edit_may_not_make_the_text_too_large)
{
    struct text json;
    const char *const added = ",\"a\":" ON;
    text_init(&json, SWITCH_DOCUMENT_BYTES_MAX);
    text_append(&json, SLICE("{\"b\":"));
    while (json.length < SWITCH_DOCUMENT_BYTES_MAX - strlen(added) - 3) {
        text_append_byte(&json, ' '); /* of the value, which stays as it is */
    }
    text_append(&json, SLICE("{}}"));
    cr_expect_null(edit_refusal(text_slice(&json), "a"));
    json.length -= 3;
    text_append(&json, SLICE(" {}}"));
    cr_expect_str_eq(edit_refusal(text_slice(&json), "a"), "would be larger than 64 KiB");
    text_clear(&json);
}
