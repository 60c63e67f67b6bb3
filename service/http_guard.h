/*
 * http_guard.h - is this head one that every server and proxy on the way reads alike?
 *
 *     http_guard_begin(&head, &line)
 *     http_guard_header(&head, name, value)          each, in the order received
 *     http_guard_end(&head)                          head.fault.status is 0, or says what is wrong
 *
 * libmicrohttpd is lenient: it takes folded lines, cuts values at NUL, skips nameless headers, takes the first of two
 * lengths. Where two readers of a request can differ about where it ends, a request can be smuggled past one of them.
 * So whatever is ambiguous is refused, and the connection closed, so that nothing behind it is served:
 *
 *     any Transfer-Encoding            411    its chunk parser can be made to spin, and nobody needs it here
 *     Content-Length twice, or not only digits, or with Transfer-Encoding
 *     Host twice, or missing in HTTP/1.1
 *     folded, nameless or NUL-carrying header lines, names that are no tokens, control bytes in values
 *     a target with anything but visible ASCII, a '#', a bad or a zero percent escape, or not starting with '/'
 *     two blanks in the request line
 *     an Expect that is not 100-continue  417
 *     a version other than 1.0 and 1.1    505
 *     Authorization, X-Budget-Ms, Origin or the header that names the caller twice: who would be meant?
 *     a head beyond HTTP_HEAD_BYTES_MAX, HTTP_HEADERS_MAX or HTTP_HEAD_COST_BYTES_MAX   431, its target alone 414
 *
 * A bare LF ends a line as CRLF does (RFC 9112, 2.2 allows it); libmicrohttpd 1.0, set to be strict, refuses it.
 *
 * Folded lines and NULs leave no trace in what libmicrohttpd 0.9 reports but their place: there every header lies in
 * one buffer, as it was received, its line end overwritten by NULs. There http_guard_watch_places makes the guard check
 * that the head is tiled by its parts without a gap; libmicrohttpd 1.0, set to be strict, refuses such lines itself,
 * and with 400 any Transfer-Encoding but "chunked".
 *
 * Ownership  slices look into the request's head.
 * Source     RFC 9110, 9112
 */
#pragma once

#include <stddef.h>

#include "policy/slice.h"

enum {
    HTTP_HEAD_BYTES_MAX = 7 * 1024,
    HTTP_HEADERS_MAX = 64,
    HTTP_HEADER_COST_BYTES = 64,               /* the library's note of a header, beside its bytes */
    HTTP_HEAD_COST_BYTES_MAX = 7 * 1024 + 704, /* head and notes: the rest of 8 KiB is for the answer's head */
};

enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD = 2,
    HTTP_POST = 4,
    HTTP_PUT = 8,
    HTTP_OTHER = 16,
};

/* What is wrong; no status: nothing. */
struct http_fault {
    unsigned status;
    const char *detail;
};

struct http_head {
    struct http_fault fault; /* the first one found */
    enum http_method method;
    uint32_t header_count, host_count;
    bool is_http_1_0, has_body_bytes, has_transfer_encoding, expects_continue;
    uint64_t body_bytes;
    size_t head_bytes;
    struct slice content_type, authorization, traceparent, origin, accept; /* at NULL: absent */
    struct slice budget;                                                   /* X-Budget-Ms */
    struct slice caller;                                                   /* the value of the header that names it */
    struct slice caller_name;          /* private: that header's; empty: there is none */
    const char *end_at, *parts_end_at; /* private: NULL when the parts' places say nothing */
};

/* The request line's parts, and how long the whole head is. */
struct http_request_line {
    struct slice method, target, version;
    const char *target_at; /* where the target was received: `target` is a copy */
    size_t head_bytes;
};

void http_guard_begin(struct http_head *head, const struct http_request_line *line);

/* From here on each part must stand right behind the one before. Only where the library keeps them so. */
void http_guard_watch_places(struct http_head *head, const struct http_request_line *line);

/* The header of that name, in whatever case, names the caller. Empty: none does. It may be one of those known here. */
void http_guard_watch_caller(struct http_head *head, struct slice name);

void http_guard_header(struct http_head *head, struct slice name, struct slice value);
void http_guard_end(struct http_head *head);

/* Visible ASCII from '/' on, no '#', with percent escapes that are some, and not of NUL? */
bool http_guard_target_is_valid(struct slice target);
