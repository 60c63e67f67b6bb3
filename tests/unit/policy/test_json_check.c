#include "policy/json_check.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "support.h"

struct verdict {
    bool can_be_read;
    const char *problems; /* "pointer: reason", with commas in between */
};

static struct verdict check(struct slice json)
{
    char *bytes = exact_copy(json.at, json.length);
    struct document document = {.name = (char *)(uintptr_t) "p.json", .bytes = bytes, .length = json.length};
    struct problems problems;
    problems_init(&problems);
    struct verdict verdict = {.can_be_read = json_check(&document, &problems), .problems = ""};
    cr_assert(json.length == 0 || memcmp(bytes, json.at, json.length) == 0, "the document is left as it was");
    for (size_t i = 0; i < problems.count; i++) {
        verdict.problems = format("%s%s%s: %s", verdict.problems, i > 0 ? ", " : "", problems.items[i].pointer,
                                  problems.items[i].reason);
    }
    problems_clear(&problems);
    free(bytes);
    return verdict;
}

Test(json_check, a_sound_document_has_no_problem)
{
    struct verdict verdict = check(SLICE("{\"a\":[1,-9007199254740992,{\"b\":\"\\u00e9\"}],\"c\":9007199254740992}"));
    cr_expect(verdict.can_be_read);
    cr_expect_str_empty(verdict.problems);
}

Test(json_check, a_syntax_error_is_told_with_line_and_column)
{
    static const struct {
        struct slice json;
        const char *place;
    } rows[] = {
        {{"", 0}, "line 1, column 1"},
        {{"{", 1}, "line 1, column 2"},
        {{"{\n  \"a\": 1,\n}", 13}, "line 3, column 1"},
        {{"\xEF\xBB\xBF{}", 5}, "line 1, column 1"},
        {{"[1]\n\n x", 7}, "line 3, column 2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct verdict verdict = check(rows[i].json);
        cr_expect(!verdict.can_be_read, "row %zu", i);
        cr_expect_not_null(strstr(verdict.problems, rows[i].place), "row %zu: %s", i, verdict.problems);
    }
}

Test(json_check, numbers_that_are_no_integers_within_2_to_the_53_are_told_with_their_pointers)
{
#define NUMBER "is not an integer within 2^53, written without fraction and exponent"
    struct verdict verdict =
        check(SLICE("{\"a\":1.5,\"b\":[0,1e2,[2,9007199254740993]],\"c/d\":{\"~\":-9007199254740993}}"));
    cr_expect(verdict.can_be_read, "reading can go on");
    cr_expect_str_eq(verdict.problems, "/a: " NUMBER ", /b/1: " NUMBER ", /b/2/1: " NUMBER ", /c~1d/~0: " NUMBER);
    cr_expect_str_eq(check(SLICE("1.0")).problems, ": " NUMBER);
    cr_expect_str_eq(check(SLICE("[{},[],\"x\",1e1]")).problems, "/3: " NUMBER);
    cr_expect_str_eq(check(SLICE("[18446744073709551617]")).problems, "/0: " NUMBER);
}

Test(json_check, strings_with_U_0000_are_told_names_too)
{
#define NUL "holds the character U+0000, which a policy set may not"
    cr_expect_str_eq(check(SLICE("{\"a\":\"x\\u0000y\"}")).problems, "/a: " NUL);
    cr_expect_str_eq(check(SLICE("{\"id\\u0000\":[\"\\u0000\"]}")).problems, "/id: " NUL ", /id/0: " NUL);
}

Test(json_check, the_deepest_document_is_read_and_its_problems_have_pointers)
{
    const char *deepest = format("%s1.5%s", repeated("[", 32), repeated("]", 32));
    struct verdict verdict = check(slice_of(deepest));
    cr_expect(verdict.can_be_read);
    cr_expect_str_eq(verdict.problems, format("%s: " NUMBER, repeated("/0", 32)));
    cr_expect(!check(slice_of(format("[%s]", deepest))).can_be_read);
}

Test(json_check, a_document_past_the_size_ceiling_is_refused)
{
    struct document document = {.name = (char *)(uintptr_t) "p.json", .length = (size_t)DOCUMENT_BYTES_MAX + 1};
    struct problems problems;
    problems_init(&problems);
    cr_expect(!json_check(&document, &problems), "before a byte of it is read");
    cr_expect_eq(problems.count, 1);
    problems_clear(&problems);
}
