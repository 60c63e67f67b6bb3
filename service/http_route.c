#include "service/http_route.h"

static bool fits(const struct http_route *route, struct slice path)
{
    bool is_length_right = route->is_prefix ? path.length >= route->path.length : path.length == route->path.length;
    return is_length_right && memcmp(route->path.at, path.at, route->path.length) == 0;
}

const struct http_route *http_route_find(const struct http_routes *routes, struct slice path, enum http_method method,
                                         struct http_fault *ret_fault, const char **ret_allow)
{
    const char *allow = NULL;
    for (unsigned i = 0; i < routes->count; i++) {
        const struct http_route *route = &routes->rows[i];
        if (fits(route, path)) {
            if ((route->methods & method) != 0) {
                return route;
            }
            allow = route->allow;
        }
    }
    *ret_allow = allow;
    *ret_fault = allow != NULL ? (struct http_fault){.status = 405, .detail = "the path has no such method"}
                               : (struct http_fault){.status = 404, .detail = "there is nothing at this path"};
    return NULL;
}
