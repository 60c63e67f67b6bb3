#include "publish/problem_list.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct problems problems;
static struct text text;

static void set_up(void)
{
    problems_init(&problems);
    text_init(&text, 1 << 20);
}

static void tear_down(void)
{
    problems_clear(&problems);
    text_clear(&text);
}

TestSuite(problem_list, .init = set_up, .fini = tear_down);

static char *printed(void)
{
    problem_list_append(&text, &problems);
    text_append_byte(&text, '\0');
    return text.bytes;
}

static char *printed_json(void)
{
    problem_list_append_json(&text, &problems);
    text_append_byte(&text, '\0');
    return text.bytes;
}

Test(problem_list, a_problem_is_file_pointer_and_reason)
{
    problems_add(&problems, "a.json", "/offer/bp", "must be an integer");
    problems_add(&problems, "b.json", "", "is no JSON");
    cr_assert(eq(str, printed(), "a.json: /offer/bp: must be an integer\nb.json: (document): is no JSON\n"));
}

Test(problem_list, a_problem_of_the_set_has_no_file)
{
    problems_add(&problems, "", "", "out of memory");
    cr_assert(eq(str, printed(), "(set): (document): out of memory\n"));
}

Test(problem_list, whatever_a_file_is_called_a_problem_stays_on_one_line)
{
    problems_add(&problems, "a\nb\x1b\xff.json", "/\xe5\x8d\x88\t", "no");
    cr_assert(eq(str, printed(), "a\\x0ab\\x1b\\xff.json: /\xe5\x8d\x88\\x09: no\n"));
}

Test(problem_list, problems_past_the_ceiling_are_counted)
{
    problems_add(&problems, "a.json", "", "no");
    problems.total = 4;
    cr_assert(eq(str, printed(), "a.json: (document): no\n(set): (document): 3 more problems\n"));
}

Test(problem_list, json_is_a_list_of_objects_in_valid_utf_8)
{
    problems_add(&problems, "a\n\xff.json", "/x", "say \"no\"");
    problems_add(&problems, "b", "", "no");
    cr_assert(eq(str, printed_json(),
                 "[{\"file\":\"a\\n\\\\xff.json\",\"pointer\":\"/x\",\"reason\":\"say \\\"no\\\"\"},"
                 "{\"file\":\"b\",\"pointer\":\"\",\"reason\":\"no\"}]"));
}

Test(problem_list, no_problems_are_an_empty_list)
{
    cr_assert(eq(str, printed_json(), "[]"));
}
