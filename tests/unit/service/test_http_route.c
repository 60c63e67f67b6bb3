#include "service/http_route.h"

#include <criterion/criterion.h>

static const struct http_route rows[] = {
    {.path = {"/a", 2}, .methods = HTTP_GET | HTTP_HEAD, .allow = "GET, HEAD, POST"},
    {.path = {"/a", 2}, .methods = HTTP_POST, .allow = "GET, HEAD, POST"},
    {.path = {"/b/", 3}, .is_prefix = true, .methods = HTTP_GET, .allow = "GET"},
};

static const struct http_routes routes = {.rows = rows, .count = 3};

static const struct http_route *find(const char *path, enum http_method method, unsigned *ret_status,
                                     const char **ret_allow)
{
    struct http_fault fault = {0};
    *ret_allow = NULL;
    const struct http_route *route = http_route_find(&routes, slice_of(path), method, &fault, ret_allow);
    *ret_status = fault.status;
    return route;
}

Test(http_route, path_and_method_choose_the_row)
{
    unsigned status;
    const char *allow;
    cr_expect_eq(find("/a", HTTP_HEAD, &status, &allow), &rows[0]);
    cr_expect_eq(find("/a", HTTP_POST, &status, &allow), &rows[1]);
    cr_expect_eq(find("/b/c/d", HTTP_GET, &status, &allow), &rows[2]);
}

Test(http_route, a_path_that_is_not_there_is_404)
{
    unsigned status;
    const char *allow;
    static const char *const paths[] = {"/", "/A", "/a/", "/ab", "/b", "/%61", "//a", ""};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        cr_expect_null(find(paths[i], HTTP_GET, &status, &allow), "%s", paths[i]);
        cr_expect_eq(status, 404);
        cr_expect_null(allow);
    }
}

Test(http_route, a_method_that_the_path_lacks_is_405_and_says_which_it_has)
{
    unsigned status;
    const char *allow;
    cr_assert_null(find("/a", HTTP_OTHER, &status, &allow));
    cr_assert_eq(status, 405);
    cr_assert_str_eq(allow, "GET, HEAD, POST");
}
