#include "cache/switch_document.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(switch_document, .timeout = 60);

static struct switch_document document; /* it is large */

/* NULL: it was read. The reader gets exactly these bytes: AddressSanitizer watches their end. */
static const char *read_bytes(struct slice json)
{
    char *exact = malloc(json.length > 0 ? json.length : 1);
    const char *reason = NULL;
    if (json.length > 0) {
        memcpy(exact, json.at, json.length);
    }
    bool is_read = switch_document_read(exact, json.length, &document, &reason);
    cr_expect(is_read || reason != NULL);
    free(exact);
    return is_read ? NULL : reason;
}

static const char *read_json(const char *json)
{
    return read_bytes(slice_of(json));
}

/* The fault of the only member, whose value this is; NULL: none. */
static const char *fault_of(const char *value)
{
    struct text json;
    text_init(&json, 4096);
    text_append_format(&json, "{\"checkout\":%s}", value);
    cr_assert_null(read_bytes(text_slice(&json)), "%s", value);
    text_clear(&json);
    cr_assert_eq(document.count, 1);
    const struct switch_entry *entry = &document.entries[0];
    cr_expect_str_eq(entry->name, "checkout");
    cr_expect_eq(document.faulty, entry->fault != NULL);
    cr_expect_eq(entry->fault != NULL, entry->mode[0] == '\0');
    return entry->fault;
}

/* `count` times the byte, in a buffer that lasts for two calls. */
static const char *repeated(char byte, size_t count)
{
    static char buffers[2][2048];
    static unsigned turn;
    char *buffer = buffers[turn++ % 2];
    memset(buffer, byte, count);
    buffer[count] = '\0';
    return buffer;
}

static void assert_fault(const char *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void assert_fault(const char *words, const char *format, ...)
{
    char value[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    const char *fault = fault_of(value);
    cr_expect(fault != NULL && strstr(fault, words) != NULL, "%s: %s", value, fault != NULL ? fault : "no fault");
}

/* Reading */

Test(switch_document, all_that_an_entry_can_say_is_read)
{
    cr_assert_null(
        read_json("{\"checkout\": {\"mode\": \"on\", \"reason\": \"coupons run out\", \"actor\": \"li.wei\",\n"
                  " \"until\": \"2026-02-13T17:00:00+08:00\", \"drill\": true},\n"
                  " \"*\": {\"mode\": \"auto\"}}"));
    cr_assert_eq(document.count, 2);
    cr_expect_eq(document.faulty, 0);
    const struct switch_entry *entry = switch_document_find(&document, SLICE("checkout"));
    cr_assert_not_null(entry);
    cr_expect_str_eq(entry->mode, "on");
    cr_expect_str_eq(entry->reason, "coupons run out");
    cr_expect_str_eq(entry->actor, "li.wei");
    cr_expect_eq(entry->until_unix_s, 1770973200);
    cr_expect(entry->is_drill);
    const struct switch_entry *all = switch_document_find(&document, SLICE("*"));
    cr_assert_not_null(all);
    cr_expect_str_eq(all->reason, "");
    cr_expect_eq(all->until_unix_s, 0);
    cr_expect_not(all->is_drill);
    cr_expect_null(switch_document_find(&document, SLICE("cart")));
}

Test(switch_document, no_text_and_no_member_are_no_switches)
{
    cr_expect_null(read_json(""));
    cr_expect_eq(document.count, 0);
    cr_expect_null(read_json(" {} "));
    cr_expect_eq(document.count, 0);
}

Test(switch_document, what_is_no_JSON_object_is_refused_and_touches_nothing)
{
    static const char *const rows[] = {" ",
                                       "on",
                                       "[]",
                                       "null",
                                       "1",
                                       "{\"a\":{\"mode\":\"on\"}",
                                       "{}x",
                                       "{,}",
                                       "{\"a\"}",
                                       "{} {}",
                                       "\"on\"",
                                       "{\"a\":{\"mode\":\"\\ud800\"}}",
                                       "{\"a\":{\"mode\":\"\xff\"}}"};
    cr_assert_null(read_json("{\"kept\":{\"mode\":\"on\"}}"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *reason = read_json(rows[i]);
        cr_expect(reason != NULL && strcmp(reason, "is no JSON object") == 0, "%s", rows[i]);
        cr_expect(document.count == 1 && switch_document_find(&document, SLICE("kept")) != NULL, "%s", rows[i]);
    }
}

Test(switch_document, a_member_that_is_wrong_is_a_fault_of_its_entry)
{
    assert_fault("is no object", "\"on\"");
    assert_fault("is no object", "[{\"mode\":\"on\"}]");
    assert_fault("is no object", "null");
    assert_fault("has no mode", "{}");
    assert_fault("has no mode", "{\"reason\":\"why\"}");
    assert_fault("none of mode, reason", "{\"mode\":\"on\",\"color\":1}");
    assert_fault("none of mode, reason", "{\"mode\":\"on\",\"Reason\":\"why\"}");
    assert_fault("none of mode, reason", "{\"mode\":\"on\",\"reason\\u0000\":\"why\"}");
    assert_fault("a member twice", "{\"mode\":\"on\",\"mode\":\"on\"}");
    assert_fault("a member twice", "{\"mode\":\"on\",\"drill\":true,\"drill\":true}");
    assert_fault("that is no string", "{\"mode\":1}");
    assert_fault("that is no string", "{\"mode\":true}");
    assert_fault("that is no string", "{\"mode\":\"on\",\"reason\":null}");
    assert_fault("that is no string", "{\"mode\":\"on\",\"actor\":[\"a\"]}");
    assert_fault("that is no string", "{\"mode\":\"on\",\"until\":1770973200}");
    assert_fault("neither true nor false", "{\"mode\":\"on\",\"drill\":\"true\"}");
    assert_fault("neither true nor false", "{\"mode\":\"on\",\"drill\":1}");
    assert_fault("a mode that", "{\"mode\":\"\"}");
    assert_fault("a mode that", "{\"mode\":\"on\\u0000\"}");
    assert_fault("a reason that", "{\"mode\":\"on\",\"reason\":\"a\\nb\"}");
    assert_fault("a reason that", "{\"mode\":\"on\",\"reason\":\"a\\u0085b\"}");
    assert_fault("an actor that", "{\"mode\":\"on\",\"actor\":\"a\\u0000\"}");
    assert_fault("an until that", "{\"mode\":\"on\",\"until\":\"2026-02-13\"}");
    assert_fault("an until that", "{\"mode\":\"on\",\"until\":\"\"}");
}

Test(switch_document, each_length_ends_at_its_bound)
{
    cr_expect_null(fault_of("{\"mode\":\"12345678\"}"));
    assert_fault("a mode that", "{\"mode\":\"123456789\"}");
    char value[2048];
    snprintf(value, sizeof(value), "{\"mode\":\"on\",\"reason\":\"%s\",\"actor\":\"%s\"}", repeated('r', 256),
             repeated('a', 256));
    cr_expect_null(fault_of(value));
    cr_expect_eq(strlen(document.entries[0].reason), 256);
    cr_expect_eq(strlen(document.entries[0].actor), 256);
    assert_fault("a reason that", "{\"mode\":\"on\",\"reason\":\"%s\"}", repeated('r', 257));
    assert_fault("an actor that", "{\"mode\":\"on\",\"actor\":\"%s\"}", repeated('a', 257));
}

Test(switch_document, until_is_after_1970_and_within_the_calendar)
{
    cr_expect_null(fault_of("{\"mode\":\"on\",\"until\":\"1970-01-01T00:00:01Z\"}"));
    cr_expect_eq(document.entries[0].until_unix_s, 1);
    assert_fault("an until that", "{\"mode\":\"on\",\"until\":\"1970-01-01T00:00:00Z\"}");
    cr_expect_null(fault_of("{\"mode\":\"on\",\"until\":\"9999-12-31T23:59:59Z\"}"));
    assert_fault("an until that", "{\"mode\":\"on\",\"until\":\"9999-12-31T23:59:59-00:01\"}");
}

Test(switch_document, a_fault_leaves_its_neighbours_alone)
{
    cr_assert_null(read_json(
        "{\"a\":{\"mode\":\"on\"},\"b\":{\"mode\":[{\"mode\":\"on\"}],\"x\":{}},\"c\":{\"mode\":\"never\"}}"));
    cr_assert_eq(document.count, 3);
    cr_expect_eq(document.faulty, 1);
    cr_expect_str_eq(document.entries[0].mode, "on");
    cr_expect_not_null(document.entries[1].fault);
    cr_expect_str_eq(document.entries[2].mode, "never");
}

Test(switch_document, a_name_that_is_there_twice_is_one_faulty_entry)
{
    cr_assert_null(read_json(
        "{\"a\":{\"mode\":\"on\",\"reason\":\"why\"},\"b\":{\"mode\":\"on\"},\"\\u0061\":{\"mode\":\"on\"},\"a\":1}"));
    cr_assert_eq(document.count, 2);
    cr_expect_eq(document.faulty, 1);
    const struct switch_entry *entry = switch_document_find(&document, SLICE("a"));
    cr_assert_not_null(entry);
    cr_expect_str_eq(entry->fault, "is there twice");
    cr_expect_str_eq(entry->mode, "");
    cr_expect_str_eq(entry->reason, "");
}

static const char *name_fault(const char *escaped)
{
    char json[1024];
    snprintf(json, sizeof(json), "{\"%s\":{\"mode\":\"on\"}}", escaped);
    cr_assert_null(read_json(json), "%s", json);
    cr_assert_eq(document.count, 1);
    cr_expect_eq(document.entries[0].fault == NULL, document.entries[0].name[0] != '\0');
    return document.entries[0].fault;
}

Test(switch_document, a_name_has_1_to_64_bytes_without_control_characters)
{
    cr_expect_null(name_fault(repeated('n', 64)));
    cr_expect_null(name_fault("结算"));
    cr_expect_not_null(name_fault(repeated('n', 65)));
    cr_expect_not_null(name_fault(""));
    cr_expect_not_null(name_fault("a\\u0000"));
    cr_expect_not_null(name_fault("a\\u001f"));
    cr_expect_not_null(name_fault("a\\u007f"));
}

Test(switch_document, names_that_are_none_are_told_apart_from_each_other)
{
    cr_assert_null(read_json("{\"\":{\"mode\":\"on\"},\"a\\nb\":{\"mode\":\"on\"}}"));
    cr_expect_eq(document.count, 2);
    cr_expect_eq(document.faulty, 2);
}

/* An object of so many members. */
static const char *read_members(unsigned count)
{
    struct text json;
    text_init(&json, SWITCH_DOCUMENT_BYTES_MAX);
    for (unsigned i = 0; i < count; i++) {
        text_append_format(&json, "%c\"n%u\":{\"mode\":\"on\"}", i == 0 ? '{' : ',', i);
    }
    text_append_byte(&json, '}');
    const char *reason = read_bytes(text_slice(&json));
    text_clear(&json);
    return reason;
}

Test(switch_document, there_are_at_most_65_names)
{
    cr_expect_null(read_members(65));
    cr_expect_eq(document.count, 65);
    const char *reason = read_members(66);
    cr_expect(reason != NULL && strcmp(reason, "has more than 65 members") == 0);
}

Test(switch_document, the_text_has_at_most_64_KiB)
{
    struct text json;
    text_init(&json, SWITCH_DOCUMENT_BYTES_MAX + 1);
    text_append(&json, SLICE("{}"));
    while (json.length < SWITCH_DOCUMENT_BYTES_MAX) {
        text_append_byte(&json, ' ');
    }
    cr_expect_null(read_bytes(text_slice(&json)));
    text_append_byte(&json, ' ');
    const char *reason = read_bytes(text_slice(&json));
    cr_expect(reason != NULL && strcmp(reason, "is larger than 64 KiB") == 0);
    text_clear(&json);
}

/* Entries */

Test(switch_document, entries_are_put_found_and_removed)
{
    cr_assert_null(read_json("{\"a\":{\"mode\":\"on\",\"reason\":\"why\"},\"b\":1,\"c\":{\"mode\":\"on\"}}"));
    cr_expect_eq(switch_document_put(&document, SLICE("a")), &document.entries[0]);
    cr_expect_str_eq(document.entries[0].reason, "why");
    struct switch_entry *mended = switch_document_put(&document, SLICE("b"));
    cr_expect_null(mended->fault);
    cr_expect_eq(document.faulty, 0);
    cr_expect_str_eq(mended->name, "b");
    cr_expect_str_eq(switch_document_put(&document, SLICE("d"))->name, "d");
    cr_assert_eq(document.count, 4);
    switch_document_remove(&document, SLICE("b"));
    switch_document_remove(&document, SLICE("nobody"));
    cr_assert_eq(document.count, 3);
    cr_expect_str_eq(document.entries[1].name, "c");
    cr_expect_str_eq(document.entries[2].name, "d");
}

Test(switch_document, removing_a_faulty_entry_takes_its_fault_along)
{
    cr_assert_null(read_json("{\"a\":1,\"b\":{\"mode\":\"on\"}}"));
    switch_document_remove(&document, SLICE("a"));
    cr_expect_eq(document.faulty, 0);
    cr_expect_eq(document.count, 1);
}

Test(switch_document, one_past_65_names_there_is_no_room)
{
    cr_assert_null(read_members(65));
    cr_expect_null(switch_document_put(&document, SLICE("new")));
    cr_expect_not_null(switch_document_put(&document, SLICE("n64")));
}

Test(switch_document, entries_are_equal_only_in_all_that_they_say)
{
    static const char *const rows[] = {
        "{\"a\":{\"mode\":\"on\"}}",
        "{\"b\":{\"mode\":\"on\"}}",
        "{\"a\":{\"mode\":\"auto\"}}",
        "{\"a\":{\"mode\":\"on\",\"reason\":\"r\"}}",
        "{\"a\":{\"mode\":\"on\",\"actor\":\"r\"}}",
        "{\"a\":{\"mode\":\"on\",\"until\":\"2026-02-13T17:00:00+08:00\"}}",
        "{\"a\":{\"mode\":\"on\",\"drill\":true}}",
        "{\"a\":1}",
        "{}",
        "{\"a\":{\"mode\":\"on\"},\"b\":{\"mode\":\"on\"}}",
    };
    static struct switch_document other;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert_null(read_json(rows[i]));
        other = document;
        for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
            cr_assert_null(read_json(rows[j]));
            cr_expect_eq(switch_document_equals(&document, &other), i == j, "%s %s", rows[i], rows[j]);
        }
    }
}
