#include "service/http_problem.h"

#define TITLES(ROW)                                                                                                    \
    ROW(400, "Bad Request")                                                                                            \
    ROW(401, "Unauthorized")                                                                                           \
    ROW(403, "Forbidden")                                                                                              \
    ROW(404, "Not Found")                                                                                              \
    ROW(405, "Method Not Allowed")                                                                                     \
    ROW(411, "Length Required")                                                                                        \
    ROW(413, "Content Too Large")                                                                                      \
    ROW(414, "URI Too Long")                                                                                           \
    ROW(415, "Unsupported Media Type")                                                                                 \
    ROW(417, "Expectation Failed")                                                                                     \
    ROW(429, "Too Many Requests")                                                                                      \
    ROW(431, "Request Header Fields Too Large")                                                                        \
    ROW(500, "Internal Server Error")                                                                                  \
    ROW(503, "Service Unavailable")                                                                                    \
    ROW(505, "HTTP Version Not Supported")

const char *http_problem_title(unsigned status)
{
    switch (status) {
#define ROW(code, title)                                                                                               \
    case code:                                                                                                         \
        return title;
        TITLES(ROW)
#undef ROW
    default:
        return "Error";
    }
}

void http_problem_append(struct text *text, unsigned status, const char *detail, const char *pointer)
{
    text_append(text, SLICE("{\"type\":\"about:blank\",\"title\":"));
    text_append_json_string(text, slice_of(http_problem_title(status)));
    text_append(text, SLICE(",\"status\":"));
    text_append_integer(text, status);
    text_append(text, SLICE(",\"detail\":"));
    text_append_json_string(text, slice_of(detail));
    if (pointer != NULL && pointer[0] != '\0') {
        text_append(text, SLICE(",\"pointer\":"));
        text_append_json_string(text, slice_of(pointer));
    }
    text_append_byte(text, '}');
}

void http_problem_append_context(struct text *text, const struct context_error *error)
{
    http_problem_append(text, (unsigned)error->status, error->detail, error->pointer);
}
