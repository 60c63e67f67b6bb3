#include "service/http_guard.h"

#include <strings.h>

#include "policy/bytes.h"
#include "policy/hex.h"

static void fail(struct http_head *head, unsigned status, const char *detail)
{
    if (head->fault.status == 0) {
        head->fault = (struct http_fault){.status = status, .detail = detail};
    }
}

/* tchar of RFC 9110, 5.6.2: a bit each, of the bytes 0x20 to 0x3F, 0x40 to 0x5F, 0x60 to 0x7F. */
static const uint32_t token_bits[4] = {0, 0x03FF6CFA, 0xC7FFFFFE, 0x57FFFFFF};

static bool is_token_byte(unsigned char byte)
{
    return byte < 0x80 && (token_bits[byte >> 5] >> (byte & 31) & 1) != 0;
}

static bool is_token(struct slice text)
{
    bool is_one = text.length > 0;
    for (uint32_t i = 0; i < text.length; i++) {
        is_one &= is_token_byte((unsigned char)text.at[i]);
    }
    return is_one;
}

/* What no target may hold: controls, blank, DEL, '#', and what is not ASCII. */
static inline uint64_t not_of_target(uint64_t word)
{
    return bytes_mask_below(word, 0x21) | bytes_mask_equal(word, 0x7F) | bytes_mask_equal(word, '#') |
           bytes_mask_not_ascii(word);
}

/* What no value may hold, but for the tab: controls and DEL. */
static inline uint64_t not_of_value(uint64_t word)
{
    return bytes_mask_below(word, 0x20) | bytes_mask_equal(word, 0x7F);
}

/* The next '%' from `at` on; NULL: none. Escapes come in runs, so the byte itself is looked at first. */
static const char *next_escape(const char *at, const char *end)
{
    return at < end && *at == '%' ? at : memchr(at, '%', (size_t)(end - at));
}

static bool has_bad_escape(struct slice target)
{
    const char *end = target.at + target.length;
    for (const char *at = target.at; (at = next_escape(at, end)) != NULL; at += 3) {
        int high = end - at > 2 ? hex_digit(at[1]) : -1;
        int low = high >= 0 ? hex_digit(at[2]) : -1;
        if (low < 0 || (high | low) == 0) {
            return true;
        }
    }
    return false;
}

bool http_guard_target_is_valid(struct slice target)
{
    return target.length > 0 && target.at[0] == '/' && !bytes_have(target.at, target.length, not_of_target) &&
           !has_bad_escape(target);
}

static enum http_method method_of(struct slice method)
{
    return slice_equals(method, SLICE("GET"))    ? HTTP_GET
           : slice_equals(method, SLICE("POST")) ? HTTP_POST
           : slice_equals(method, SLICE("PUT"))  ? HTTP_PUT
           : slice_equals(method, SLICE("HEAD")) ? HTTP_HEAD
                                                 : HTTP_OTHER;
}

static void check_sizes(struct http_head *head, const struct http_request_line *line)
{
    if (line->target.length > HTTP_HEAD_BYTES_MAX) {
        fail(head, 414, "the target is longer than 7168 bytes");
    } else if (line->head_bytes > HTTP_HEAD_BYTES_MAX) {
        fail(head, 431, "the head is longer than 7168 bytes");
    }
}

/* A NUL in the target makes it look shorter than it is: then the version does not stand right behind it. */
static bool is_tiled(const struct http_request_line *line)
{
    return line->target_at == line->method.at + line->method.length + 1 &&
           line->version.at == line->target_at + line->target.length + 1;
}

void http_guard_begin(struct http_head *head, const struct http_request_line *line)
{
    *head = (struct http_head){.method = method_of(line->method), .head_bytes = line->head_bytes};
    check_sizes(head, line);
    head->is_http_1_0 = slice_equals(line->version, SLICE("HTTP/1.0"));
    if (!head->is_http_1_0 && !slice_equals(line->version, SLICE("HTTP/1.1"))) {
        fail(head, 505, "the version is neither HTTP/1.0 nor HTTP/1.1");
    }
    if (head->method == HTTP_OTHER && !is_token(line->method)) {
        fail(head, 400, "the method is not a token");
    }
    if (!is_tiled(line)) {
        fail(head, 400, "the request line is not method, blank, target, blank, version");
    }
    if (!http_guard_target_is_valid(line->target)) {
        fail(head, 400, "the target is not a path of visible ASCII with valid percent escapes");
    }
}

void http_guard_watch_places(struct http_head *head, const struct http_request_line *line)
{
    head->end_at = line->method.at + line->head_bytes;
    head->parts_end_at = line->version.at + line->version.length;
}

void http_guard_watch_caller(struct http_head *head, struct slice name)
{
    head->caller_name = name;
}

static bool is_nul_run(const char *from, ptrdiff_t length)
{
    for (ptrdiff_t i = 0; i < length; i++) {
        if (from[i] != '\0') {
            return false;
        }
    }
    return true;
}

/* One line end, overwritten: LF is one NUL, CRLF two. */
static bool is_line_end(const char *from, const char *to)
{
    return to > from && to - from <= 2 && is_nul_run(from, to - from);
}

static bool is_blank_run(const char *from, const char *to)
{
    for (; from < to; from++) {
        if (*from != ' ' && *from != '\t') {
            return false;
        }
    }
    return true;
}

static void check_place(struct http_head *head, struct slice name, struct slice value)
{
    const char *colon = name.at + name.length;
    bool is_in_place = is_line_end(head->parts_end_at, name.at) && value.at > colon && value.at < head->end_at &&
                       is_blank_run(colon + 1, value.at);
    if (!is_in_place) {
        fail(head, 400, "a header line is folded, nameless or holds a NUL");
    }
    head->parts_end_at = value.at + value.length;
}

static bool is_named(struct slice name, const char *lower)
{
    return strncasecmp(name.at, lower, name.length) == 0;
}

/* A tab is none here. */
static bool has_control(struct slice value)
{
    for (uint32_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.at[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
            return true;
        }
    }
    return false;
}

static void take_length(struct http_head *head, struct slice value)
{
    if (head->has_body_bytes) {
        fail(head, 400, "Content-Length occurs more than once");
    }
    head->has_body_bytes = true;
    if (value.length == 0 || value.length > 18) { /* fits 64 bits */
        fail(head, value.length == 0 ? 400 : 413, "Content-Length is not a number that can be served");
        return;
    }
    for (uint32_t i = 0; i < value.length; i++) {
        if (value.at[i] < '0' || value.at[i] > '9') {
            fail(head, 400, "Content-Length is not a plain number");
            return;
        }
        head->body_bytes = head->body_bytes * 10 + (uint64_t)(value.at[i] - '0');
    }
}

static void take_expectation(struct http_head *head, struct slice value)
{
    head->expects_continue = true;
    if (value.length != 12 || !is_named(value, "100-continue")) {
        fail(head, 417, "the only expectation known is 100-continue");
    }
}

static void take_once(struct http_head *head, struct slice value, const char *twice, struct slice *kept)
{
    if (kept->at != NULL) {
        fail(head, 400, twice);
    }
    *kept = value;
}

/* The length tells most headers from it. */
static void take_caller(struct http_head *head, struct slice name, struct slice value)
{
    if (name.length == head->caller_name.length && name.length > 0 &&
        strncasecmp(name.at, head->caller_name.at, name.length) == 0) {
        take_once(head, value, "the header that names the caller occurs more than once", &head->caller);
    }
}

/* Few names of interest share their length. */
static void take(struct http_head *head, struct slice name, struct slice value)
{
    switch (name.length) {
    case 4:
        head->host_count += is_named(name, "host");
        break;
    case 6:
        if (is_named(name, "expect")) {
            take_expectation(head, value);
        } else if (is_named(name, "origin")) {
            take_once(head, value, "Origin occurs more than once", &head->origin);
        } else if (is_named(name, "accept")) {
            head->accept = value;
        }
        break;
    case 11:
        if (is_named(name, "traceparent")) {
            head->traceparent = value;
        } else if (is_named(name, "x-budget-ms")) {
            take_once(head, value, "X-Budget-Ms occurs more than once", &head->budget);
        }
        break;
    case 12:
        if (is_named(name, "content-type")) {
            head->content_type = value;
        }
        break;
    case 13:
        if (is_named(name, "authorization")) {
            take_once(head, value, "Authorization occurs more than once", &head->authorization);
        }
        break;
    case 14:
        if (is_named(name, "content-length")) {
            take_length(head, value);
        }
        break;
    case 17:
        head->has_transfer_encoding |= is_named(name, "transfer-encoding");
        break;
    default:
        break;
    }
}

void http_guard_header(struct http_head *head, struct slice name, struct slice value)
{
    if (head->end_at != NULL) {
        check_place(head, name, value);
    }
    if (!is_token(name)) {
        fail(head, 400, "a header's name is not a token");
    }
    if (bytes_have(value.at, value.length, not_of_value) && has_control(value)) {
        fail(head, 400, "a header's value has a control byte");
    }
    if (++head->header_count > HTTP_HEADERS_MAX) {
        fail(head, 431, "there are more than 64 headers");
    }
    take_caller(head, name, value);
    take(head, name, value);
}

static void check_end(struct http_head *head)
{
    const char *at = head->parts_end_at; /* the last line's end, and that of the empty line */
    ptrdiff_t rest = head->end_at - at;
    if (rest < 2 || rest > 4 || !is_nul_run(at, rest)) {
        fail(head, 400, "a header line is folded, nameless or holds a NUL");
    }
}

void http_guard_end(struct http_head *head)
{
    if (head->end_at != NULL) {
        check_end(head);
    }
    if (head->head_bytes + (size_t)head->header_count * HTTP_HEADER_COST_BYTES > HTTP_HEAD_COST_BYTES_MAX) {
        fail(head, 431, "the head is too long for that many headers: each counts 64 bytes more");
    }
    if (head->host_count != 1 && !(head->host_count == 0 && head->is_http_1_0)) {
        fail(head, 400, head->host_count == 0 ? "Host is missing" : "Host occurs more than once");
    }
    if (head->has_transfer_encoding) {
        fail(head, 411, "Transfer-Encoding is not served: send a Content-Length");
    }
    if (head->body_bytes > 0 && (head->method == HTTP_GET || head->method == HTTP_HEAD)) {
        fail(head, 400, "GET and HEAD have no body here");
    }
}
