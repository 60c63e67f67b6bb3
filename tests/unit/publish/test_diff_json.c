#include "publish/diff_json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct changes changes;
static struct text text;

static void set_up(void)
{
    changes_init(&changes);
    text_init(&text, 1 << 20);
}

static void tear_down(void)
{
    changes_clear(&changes);
    text_clear(&text);
}

TestSuite(diff_json, .init = set_up, .fini = tear_down);

static struct document document_of(const char *json)
{
    static char name[] = "a.json";
    return (struct document){.name = name, .bytes = (char *)(uintptr_t)json, .length = strlen(json)};
}

static enum diff_outcome diff(const char *before, const char *after)
{
    struct document a = document_of(before), b = document_of(after);
    return diff_json(&a, &b, &changes);
}

static char *told(const char *before, const char *after)
{
    cr_assert(eq(int, diff(before, after), DIFF_DONE));
    changes_append(&text, &changes);
    text_append_byte(&text, '\0');
    return text.bytes;
}

static char *told_json(const char *before, const char *after)
{
    cr_assert(eq(int, diff(before, after), DIFF_DONE));
    changes_append_json(&text, &changes);
    text_append_byte(&text, '\0');
    return text.bytes;
}

Test(diff_json, order_of_members_and_white_space_do_not_count)
{
    cr_assert(eq(str, told("{\"a\":1,\"b\":[1,{}]}", " {\"b\" : [ 1, {} ], \"a\" : 1}"), ""));
}

Test(diff_json, a_value_is_told_with_its_place)
{
    cr_assert(eq(str, told("{\"a/b\":{\"c~\":[1,2]}}", "{\"a/b\":{\"c~\":[1,3]}}"), "    /a~1b/c~0/1: 2 -> 3\n"));
}

Test(diff_json, what_came_and_what_went)
{
    cr_assert(eq(str, told("{\"a\":1,\"b\":{\"x\":true}}", "{\"a\":1,\"c\":null}"),
                 "    /b: removed {\"x\":true}\n    /c: added null\n"));
}

Test(diff_json, another_type_is_another_value)
{
    cr_assert(eq(str, told_json("{\"a\":true,\"b\":\"1\"}", "{\"a\":false,\"b\":1}"),
                 "[{\"pointer\":\"/a\",\"from\":true,\"to\":false},{\"pointer\":\"/b\",\"from\":\"1\",\"to\":1}]"));
}

Test(diff_json, integers_are_exact_to_2_to_the_53)
{
    cr_assert(eq(str, told("[9007199254740992,1000000000000000]", "[-9007199254740992,999999999999999]"),
                 "    /0: 9007199254740992 -> -9007199254740992\n    /1: 1000000000000000 -> 999999999999999\n"));
}

Test(diff_json, lists_of_strings_are_sets)
{
    cr_assert(
        eq(str, told("[\"a\",\"b\",\"c\"]", "[\"c\",\"d\",\"a\"]"), "    (document): +1 -1: +[\"d\"] -[\"b\"]\n"));
}

Test(diff_json, a_set_names_its_first_five)
{
    cr_assert(eq(str, told_json("{\"s\":[]}", "{\"s\":[\"6\",\"5\",\"4\",\"3\",\"2\",\"1\"]}"),
                 "[{\"pointer\":\"/s\",\"added\":6,\"removed\":0,\"added_first\":[\"1\",\"2\",\"3\",\"4\",\"5\"],"
                 "\"removed_first\":[]}]"));
}

Test(diff_json, a_string_that_comes_twice_counts_twice)
{
    cr_assert(eq(str, told("[\"a\"]", "[\"a\",\"a\"]"), "    (document): +1 -0: +[\"a\"]\n"));
}

Test(diff_json, another_order_is_told_so)
{
    cr_assert(eq(str, told("[\"a\",\"b\"]", "[\"b\",\"a\"]"), "    (document): the same, in another order\n"));
}

Test(diff_json, two_empty_lists_are_the_same)
{
    cr_assert(eq(str, told("[]", "[ ]"), ""));
}

Test(diff_json, a_longer_list_has_more_elements)
{
    cr_assert(eq(str, told("[{\"a\":1}]", "[{\"a\":2},{\"b\":[]}]"), "    /0/a: 1 -> 2\n    /1: added {\"b\":[]}\n"));
}

Test(diff_json, a_terminal_gets_no_control_characters)
{
    cr_assert(eq(str, told("{\"a\":\"\xc2\x9b\"}", "{\"a\":\"\\u001b\"}"), "    /a: \"\\xc2\\x9b\" -> \"\\u001b\"\n"));
}

Test(diff_json, what_is_no_strict_json_cannot_be_compared)
{
    static const char *const jsons[] = {"", "{", "{} x", "[1.5]", "[9007199254740993]", "[\"\\u0000\"]", "[\"\xff\"]"};
    for (size_t i = 0; i < sizeof(jsons) / sizeof(jsons[0]); i++) {
        cr_expect(eq(int, diff(jsons[i], "{}"), DIFF_UNREADABLE), "%s", jsons[i]);
        cr_expect(eq(int, diff("{}", jsons[i]), DIFF_UNREADABLE), "%s", jsons[i]);
    }
}

Test(diff_json, a_long_value_is_shortened_between_characters)
{
    char before[600] = "{\"a\":\"", after[] = "{\"a\":\"\"}";
    for (int i = 0; i < 100; i++) {
        strcat(before, "午");
    }
    strcat(before, "\"}");
    const char *line = told(before, after);
    cr_assert(strstr(line, "午... (302 bytes) -> \"\"\n") != NULL, "%s", line);
}

Test(diff_json, the_id_is_a_string_of_the_topmost_object)
{
    struct arena arena;
    struct slice id;
    arena_init(&arena);
    struct document documents[] = {document_of("{\"x\":{\"id\":\"no\"},\"id\":\"yes\"}"),
                                   document_of("{\"ID\":\"no\"}"), document_of("{\"id\":1}"), document_of("[]")};
    static const char *const ids[] = {"yes", "", "", ""};
    for (size_t i = 0; i < 4; i++) {
        cr_assert(eq(int, diff_json_id(&documents[i], &arena, &id), DIFF_DONE));
        cr_expect(slice_equals(id, slice_of(ids[i])), "%zu", i);
    }
    arena_clear(&arena);
}
