#include "publish/ordered_members.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct json_reader reader;
static struct ordered_members members;
static struct context_error error;
static char bytes[256];

/* A copy of the text, to be read; ' stands for ". */
static bool begin(const char *text)
{
    size_t length = strlen(text);
    cr_assert(lt(sz, length, sizeof(bytes)));
    for (size_t i = 0; i < length; i++) {
        bytes[i] = text[i] == '\'' ? '"' : text[i];
    }
    json_reader_init(&reader, bytes, length);
    return ordered_members_begin(&members, &reader, &error);
}

static bool take(const char *name)
{
    return ordered_members_take(&members, slice_of(name), &error);
}

/* The member at its place, its value an integer. */
static void expect_integer(const char *name, int64_t value)
{
    cr_assert(take(name));
    cr_assert(eq(int, json_reader_next(&reader), JSON_INTEGER));
    cr_assert(eq(i64, reader.integer, value));
}

static void expect_error(const char *pointer, const char *detail)
{
    cr_expect(eq(str, error.pointer, (char *)pointer));
    cr_expect(eq(str, error.detail, (char *)detail));
}

Test(ordered_members, each_is_taken_at_its_place)
{
    cr_assert(begin("{'a':1,'b':2}"));
    expect_integer("a", 1);
    expect_integer("b", 2);
    cr_assert(ordered_members_end(&members, &error));
    cr_assert(eq(int, json_reader_next(&reader), JSON_END));
}

Test(ordered_members, looking_at_the_next_takes_nothing)
{
    cr_assert(begin("{'a':1}"));
    cr_assert(not(ordered_members_is_next(&members, SLICE("b"))));
    cr_assert(ordered_members_is_next(&members, SLICE("a")));
    cr_assert(ordered_members_is_next(&members, SLICE("a")));
    expect_integer("a", 1);
    cr_assert(not(ordered_members_is_next(&members, SLICE("a"))));
    cr_assert(ordered_members_end(&members, &error));
}

Test(ordered_members, what_is_no_object_has_none)
{
    cr_assert(not(begin("[1]")));
    expect_error("", "is not an object");
}

Test(ordered_members, another_name_at_the_place_is_told_with_what_belongs_there)
{
    cr_assert(begin("{'b/c':2}"));
    cr_assert(not(take("a")));
    expect_error("/b~1c", "stands where a belongs");
}

Test(ordered_members, a_name_that_comes_twice_is_at_the_wrong_place)
{
    cr_assert(begin("{'a':1,'a':2}"));
    expect_integer("a", 1);
    cr_assert(not(take("b")));
    expect_error("/a", "stands where b belongs");
}

Test(ordered_members, a_name_that_does_not_come_is_missing)
{
    cr_assert(begin("{}"));
    cr_assert(not(take("a")));
    expect_error("/a", "is missing");
}

Test(ordered_members, a_name_behind_the_last_is_one_too_many)
{
    cr_assert(begin("{'a':1,'z':2}"));
    expect_integer("a", 1);
    cr_assert(not(ordered_members_end(&members, &error)));
    expect_error("/z", "is a member too many");
}

Test(ordered_members, broken_json_is_the_readers_to_tell)
{
    cr_assert(begin("{'a':1 'b'"));
    expect_integer("a", 1);
    cr_assert(not(ordered_members_end(&members, &error)));
    cr_assert(eq(str, (char *)reader.error, "lacks a comma or a closing bracket"));
    cr_assert(begin("{'a'"));
    cr_assert(not(take("a")));
    cr_assert(eq(str, (char *)reader.error, "lacks a colon behind a member's name"));
}
