#include "service/http_problem.h"

#include <criterion/criterion.h>

static const char *problem(unsigned status, const char *detail, const char *pointer)
{
    static char bytes[1024];
    struct text text;
    text_init(&text, sizeof(bytes) - 1);
    http_problem_append(&text, status, detail, pointer);
    cr_assert_not(text.failed);
    memcpy(bytes, text.bytes, text.length);
    bytes[text.length] = '\0';
    text_clear(&text);
    return bytes;
}

Test(http_problem, the_member_at_fault_is_named)
{
    cr_assert_str_eq(problem(400, "is missing", "/user_id"),
                     "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"is missing\","
                     "\"pointer\":\"/user_id\"}");
}

Test(http_problem, without_a_member_there_is_no_pointer)
{
    const char *text = "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"x\"}";
    cr_assert_str_eq(problem(404, "x", NULL), text);
    cr_assert_str_eq(problem(404, "x", ""), text);
}

Test(http_problem, a_detail_is_escaped)
{
    cr_assert(strstr(problem(400, "a \"quoted\" one", NULL), "\"detail\":\"a \\\"quoted\\\" one\"") != NULL);
}
