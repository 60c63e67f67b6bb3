#include "policy/problem.h"

#include <criterion/criterion.h>

Test(problems, keep_file_pointer_and_reason)
{
    struct problems problems;
    problems_init(&problems);
    problems_add(&problems, "a.json", "/id", "is %d, not %s", 5, "a string");
    cr_assert_eq(problems.count, 1);
    cr_expect_str_eq(problems.items[0].file, "a.json");
    cr_expect_str_eq(problems.items[0].pointer, "/id");
    cr_expect_str_eq(problems.items[0].reason, "is 5, not a string");
    problems_clear(&problems);
    cr_expect_eq(problems.total, 0);
}

Test(problems, past_their_ceiling_are_counted_only)
{
    struct problems problems;
    problems_init(&problems);
    for (int i = 0; i < PROBLEMS_MAX + 1; i++) {
        problems_add(&problems, "a.json", "", "%d", i);
    }
    cr_expect_eq(problems.count, PROBLEMS_MAX);
    cr_expect_eq(problems.total, PROBLEMS_MAX + 1);
    cr_expect_not(problems.lacks_memory);
    problems_clear(&problems);
}

Test(problems, lack_of_memory_is_told_from_what_a_retry_cannot_mend)
{
    struct problems problems;
    problems_init(&problems);
    problems_add(&problems, "a.json", "", "is out of memory"); /* whatever the words */
    cr_expect_not(problems.lacks_memory);
    problems_add_out_of_memory(&problems, "a.json");
    cr_expect(problems.lacks_memory);
    cr_expect_str_eq(problems.items[1].reason, "out of memory");
    problems_clear(&problems);
    cr_expect_not(problems.lacks_memory);
}

static void assert_pointer(struct slice name, const char *expected)
{
    struct text pointer;
    text_init(&pointer, 256);
    problem_pointer_append_name(&pointer, name);
    cr_expect(slice_equals(text_slice(&pointer), slice_of(expected)), "%.*s", (int)pointer.length, pointer.bytes);
    text_clear(&pointer);
}

Test(problems, pointers_are_escaped_as_RFC_6901_demands)
{
    assert_pointer(SLICE("id"), "/id");
    assert_pointer(SLICE(""), "/");
    assert_pointer(SLICE("a/b"), "/a~1b");
    assert_pointer(SLICE("m~n"), "/m~0n");
    assert_pointer(SLICE("~1"), "/~01");
    assert_pointer(SLICE("名 \"\\"), "/名 \"\\");
    assert_pointer(SLICE("a\0b"), "/ab");
}

Test(problems, pointers_name_elements_by_index)
{
    struct text pointer;
    text_init(&pointer, 256);
    problem_pointer_append_name(&pointer, SLICE("aois"));
    problem_pointer_append_index(&pointer, 0);
    problem_pointer_append_index(&pointer, UINT32_MAX);
    cr_expect(slice_equals(text_slice(&pointer), SLICE("/aois/0/4294967295")));
    text_clear(&pointer);
}
