#include "service/http_guard.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A head as libmicrohttpd 0.9 keeps it: one buffer, line ends, colons and the blanks of the request line overwritten by
 * NULs. `text` is written with CR LF; headers are handed to the guard in order.
 */
struct received {
    char bytes[16 * 1024];
    struct http_request_line line;
    struct http_head head;
};

static struct slice between(const char *from, const char *to)
{
    return (struct slice){.at = from, .length = (uint32_t)(to - from)};
}

static char *cut(char *at)
{
    *at = '\0';
    return at + 1;
}

static void give_headers(struct received *received, char *at)
{
    while (at[0] != '\r') {
        char *end = strstr(at, "\r\n");
        char *colon = strchr(at, ':');
        char *value = cut(colon);
        value += strspn(value, " \t");
        end[0] = end[1] = '\0';
        http_guard_header(&received->head, between(at, colon), between(value, end));
        at = end + 2;
    }
    at[0] = at[1] = '\0';
}

/* rate.caller_header */
static struct slice caller_name;

static struct http_head *read_head(const char *text)
{
    static struct received received;
    char *at = received.bytes;
    snprintf(at, sizeof(received.bytes), "%s", text);
    char *target = cut(strchr(at, ' '));
    char *version = cut(strchr(target, ' '));
    char *end = strstr(version, "\r\n");
    received.line = (struct http_request_line){.method = between(at, target - 1),
                                               .target = between(target, version - 1),
                                               .version = between(version, end),
                                               .target_at = target,
                                               .head_bytes = strlen(text)};
    end[0] = end[1] = '\0';
    http_guard_begin(&received.head, &received.line);
    http_guard_watch_places(&received.head, &received.line);
    http_guard_watch_caller(&received.head, caller_name);
    give_headers(&received, end + 2);
    http_guard_end(&received.head);
    return &received.head;
}

static unsigned status_of(const char *text)
{
    return read_head(text)->fault.status;
}

#define LINE "GET /v1/evaluate?user_id=u HTTP/1.1\r\n"
#define POST "POST /v1/evaluate HTTP/1.1\r\nHost: h\r\n"

Test(http_guard, a_plain_head_has_no_fault)
{
    struct http_head *head = read_head(LINE "Host: h\r\nAccept: */*\r\nX-Empty:\r\n\r\n");
    cr_assert_eq(head->fault.status, 0, "%s", head->fault.detail);
    cr_assert_eq(head->method, HTTP_GET);
    cr_assert_eq(head->header_count, 3);
}

Test(http_guard, what_the_service_needs_is_collected_whatever_its_case)
{
    struct http_head *head =
        read_head(POST "content-LENGTH: 12\r\nContent-Type: application/json\r\nExpect: 100-Continue\r\n"
                       "Authorization: Bearer t\r\nTraceparent: x\r\n\r\n");
    cr_assert_eq(head->fault.status, 0);
    cr_assert_eq(head->body_bytes, 12);
    cr_assert(head->expects_continue);
    cr_assert(slice_equals(head->content_type, SLICE("application/json")));
    cr_assert(slice_equals(head->authorization, SLICE("Bearer t")));
    cr_assert(slice_equals(head->traceparent, SLICE("x")));
}

Test(http_guard, each_ambiguity_is_refused_with_its_status)
{
    static const struct {
        const char *text;
        unsigned status;
    } rows[] = {
        {POST "Transfer-Encoding: chunked\r\n\r\n", 411},
        {POST "Transfer-Encoding:\r\nContent-Length: 1\r\n\r\n", 411},
        {POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {POST "Content-Length: +1\r\n\r\n", 400},
        {POST "Content-Length: 0x1\r\n\r\n", 400},
        {POST "Content-Length:\r\n\r\n", 400},
        {POST "Content-Length: 1 \r\n\r\n", 400},
        {POST "Content-Length: 18446744073709551621\r\n\r\n", 413},
        {POST "Expect: more\r\n\r\n", 417},
        {LINE "Host: h\r\nAuthorization: a\r\nAuthorization: a\r\n\r\n", 400},
        {LINE "Host: h\r\nX-Budget-Ms: 5\r\nx-budget-ms: 5\r\n\r\n", 400},
        {LINE "Host: h\r\nOrigin: a\r\nOrigin:\r\n\r\n", 400},
        {LINE "Accept: x\r\n\r\n", 400},
        {LINE "Host: h\r\nHost: h\r\n\r\n", 400},
        {LINE "Host: h\r\nA B: x\r\n\r\n", 400},
        {LINE "Host: h\r\nA : x\r\n\r\n", 400},
        {LINE "Host: h\r\n: x\r\n\r\n", 400},
        {LINE "Host: h\r\nA: \001\r\n\r\n", 400},
        {LINE "Host: h\r\nA: b\177\r\n\r\n", 400},
        {LINE "Host: h\r\nA: 1234567\tb\001\r\n\r\n", 400},
        {LINE "Host: h\r\nContent-Length: 1\r\n\r\n", 400},
        {"GET /a HTTP/1.2\r\nHost: h\r\n\r\n", 505},
        {"GET /a HTTP/1.1 \r\nHost: h\r\n\r\n", 505},
        {"GET  /a HTTP/1.1\r\nHost: h\r\n\r\n", 505},
        {"G(T /a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(status_of(rows[i].text), rows[i].status, "row %zu: %u", i, status_of(rows[i].text));
    }
}

Test(http_guard, what_only_looks_odd_is_served)
{
    static const char *const texts[] = {
        "GET /a HTTP/1.0\r\n\r\n",
        LINE "Host: h\r\nA: b\tc\r\n\r\n",
        LINE "Host: h\r\nA: \303\251\r\n\r\n",
        LINE "Host: h\r\nA:    b\r\n\r\n",
        LINE "Host: h\r\nContent-Length: 0\r\n\r\n",
        "PATCH /a HTTP/1.1\r\nHost: h\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_expect_eq(status_of(texts[i]), 0, "row %zu: %u", i, status_of(texts[i]));
    }
}

Test(http_guard, a_target_is_visible_ASCII_from_a_slash_on_with_escapes_that_are_some)
{
    static const char *const good[] = {"/", "/a?b=%e7%94%A8&c", "/%20", "/a%25", "/?"};
    static const char *const bad[] = {"",          "a",    "/ ",   "/\t",         "/\177",
                                      "/\303\251", "/%",   "/%4",  "/%zz",        "/%00",
                                      "/a%0",      "/a#b", "/%4g", "/12345678\1", "/1234567890123456 "};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_expect(http_guard_target_is_valid(slice_of(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_not(http_guard_target_is_valid(slice_of(bad[i])), "row %zu", i);
    }
}

Test(http_guard, every_byte_outside_visible_ASCII_is_found_at_every_place)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        for (unsigned place = 1; place < 20; place++) {
            char target[21];
            memset(target, 'z', sizeof(target)); /* so that no '%' begins an escape */
            target[0] = '/';
            target[place] = (char)byte;
            bool is_visible = byte > 0x20 && byte < 0x7F && byte != '#' && byte != '%';
            struct slice whole = {.at = target, .length = 20};
            cr_assert_eq(http_guard_target_is_valid(whole), is_visible, "byte %u at %u", byte, place);
        }
    }
}

/* The guard is told a head in which the part after `name` does not stand where it should. */
static unsigned status_with_gap(const char *buffer, uint32_t name_at, uint32_t value_at, uint32_t value_length)
{
    struct http_head head;
    struct http_request_line line = {.method = {buffer, 3},
                                     .target = {buffer + 4, 2},
                                     .version = {buffer + 7, 8},
                                     .target_at = buffer + 4,
                                     .head_bytes = 39};
    http_guard_begin(&head, &line);
    http_guard_watch_places(&head, &line);
    http_guard_header(&head, (struct slice){buffer + name_at, 4}, (struct slice){buffer + value_at, value_length});
    http_guard_end(&head);
    return head.fault.status;
}

/*                                  0123456789012345678901234567890123456789 */
static const char plain[] = "GET\0/a\0HTTP/1.1\0\0Host\0 abcdefghijkl\0\0\0\0";

Test(http_guard, a_head_that_its_parts_tile_has_no_gap)
{
    cr_assert_eq(status_with_gap(plain, 17, 23, 12), 0);
}

Test(http_guard, a_value_that_ends_before_its_line_held_a_NUL)
{
    cr_assert_eq(status_with_gap(plain, 17, 23, 5), 400);
}

Test(http_guard, a_name_that_does_not_follow_the_line_before_hides_a_header)
{
    cr_assert_eq(status_with_gap(plain, 19, 25, 11), 400);
}

Test(http_guard, a_value_away_from_its_name_was_folded)
{
    cr_assert_eq(status_with_gap(plain, 17, 25, 11), 400);
}

Test(http_guard, a_head_of_7168_bytes_is_served_and_one_of_7169_is_431)
{
    static char text[8 * 1024];
    int length = snprintf(text, sizeof(text), LINE "Host: h\r\nA: ");
    memset(text + length, 'x', (size_t)(7168 - length - 4));
    strcpy(text + 7168 - 4, "\r\n\r\n");
    cr_assert_eq(status_of(text), 0);
    strcpy(text + 7168 - 4, "x\r\n\r\n");
    cr_assert_eq(status_of(text), 431);
}

Test(http_guard, a_target_of_7168_bytes_is_not_414_and_one_of_7169_is)
{
    static char text[8 * 1024];
    for (unsigned bytes = 7168; bytes <= 7169; bytes++) {
        char target[7170] = "/";
        memset(target + 1, 'x', bytes - 1);
        snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", target);
        cr_expect_eq(status_of(text), bytes == 7168 ? 431 : 414);
    }
}

Test(http_guard, there_may_be_64_headers_and_not_65)
{
    char text[4096] = LINE "Host: h\r\n";
    for (unsigned i = 0; i < 63; i++) {
        strcat(text, "A: b\r\n");
    }
    strcat(text, "\r\n");
    cr_assert_eq(status_of(text), 0);
    strcpy(text + strlen(text) - 2, "A: b\r\n\r\n");
    cr_assert_eq(status_of(text), 431);
}

Test(http_guard, the_callers_header_is_found_in_whatever_case)
{
    caller_name = SLICE("X-Caller");
    struct http_head *head = read_head(LINE "Host: h\r\nX-Calles: no\r\nx-CALLER: payments\r\nX-Caller-Id: no\r\n\r\n");
    cr_assert_eq(head->fault.status, 0);
    cr_assert(slice_equals(head->caller, SLICE("payments")));
    head = read_head(LINE "Host: h\r\nX-Caller:\r\n\r\n");
    cr_assert_not_null(head->caller.at, "there, and empty");
    cr_assert_eq(head->caller.length, 0);
    cr_assert_null(read_head(LINE "Host: h\r\nX-Callers: a\r\n\r\n")->caller.at);
}

Test(http_guard, without_a_name_no_header_is_the_callers)
{
    cr_assert_null(read_head(LINE "Host: h\r\nX-Caller: a\r\nX-Caller: a\r\n\r\n")->caller.at);
    cr_assert_eq(status_of(LINE "Host: h\r\nX-Caller: a\r\nX-Caller: a\r\n\r\n"), 0);
}

Test(http_guard, a_caller_who_is_named_twice_is_refused)
{
    caller_name = SLICE("X-Caller");
    cr_assert_eq(status_of(LINE "Host: h\r\nX-Caller: a\r\nx-caller: a\r\n\r\n"), 400);
    cr_assert_eq(status_of(LINE "Host: h\r\nX-Caller:\r\nX-Caller: a\r\n\r\n"), 400);
}

Test(http_guard, a_header_that_is_known_anyway_may_name_the_caller_too)
{
    caller_name = SLICE("Authorization");
    struct http_head *head = read_head(LINE "Host: h\r\nAuthorization: t\r\n\r\n");
    cr_assert_eq(head->fault.status, 0);
    cr_assert(slice_equals(head->caller, SLICE("t")));
    cr_assert(slice_equals(head->authorization, SLICE("t")));
}

Test(http_guard, budget_and_origin_are_kept)
{
    struct http_head *head = read_head(LINE "Host: h\r\nOrigin: http://a\r\nX-Budget-Ms: 50\r\n\r\n");
    cr_assert_eq(head->fault.status, 0);
    cr_assert(slice_equals(head->origin, SLICE("http://a")));
    cr_assert(slice_equals(head->budget, SLICE("50")));
}
