#include "tests/bench/response.h"

#include <string.h>
#include <strings.h>

static const char head_end[] = "\r\n\r\n";
static const char length_name[] = "content-length:";
static const char degraded_name[] = "x-promo-degraded:";

#define TEXT_LENGTH(text) (sizeof(text) - 1)

void response_reset(struct response *response)
{
    response->status = 0;
    response->cause = RESPONSE_CAUSE_NONE;
    response->head_done = false;
    response->body_bytes = 0;
    response->body_left = 0;
    response->head_held = 0;
}

static bool number_read(const char *text, const char *end, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *digits;

    while (text < end && *text == ' ') {
        text++;
    }
    for (digits = text; text < end && *text >= '0' && *text <= '9' && text - digits < 12; text++) {
        number = number * 10 + (uint64_t)(*text - '0');
    }
    if (text == digits || text != end) {
        return false;
    }
    *ret_number = number;
    return true;
}

static bool is_named(const char *line, const char *end, const char *name, size_t length)
{
    return (size_t)(end - line) >= length && strncasecmp(line, name, length) == 0;
}

static enum response_cause cause_read(const char *text, const char *end)
{
    static const struct {
        enum response_cause cause;
        const char *name;
    } rows[] = {
#define ROW(enumerator, name) {enumerator, name},
        RESPONSE_CAUSES(ROW)
#undef ROW
    };

    while (text < end && *text == ' ') {
        text++;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strlen(rows[i].name) == (size_t)(end - text) && memcmp(rows[i].name, text, (size_t)(end - text)) == 0) {
            return rows[i].cause;
        }
    }
    return RESPONSE_CAUSE_OTHER;
}

static bool status_read(const char *line, const char *end, unsigned *ret_status)
{
    static const char version[] = "HTTP/1.1 ";
    size_t at = TEXT_LENGTH(version);
    if ((size_t)(end - line) < at + 3 || memcmp(line, version, at) != 0) {
        return false;
    }
    *ret_status = (unsigned)((line[at] - '0') * 100 + (line[at + 1] - '0') * 10 + (line[at + 2] - '0'));
    return true;
}

/* The head up to and with the CRLF of its last line. False when it does not say how long the body is, or says it twice.
 */
static bool head_parse(struct response *response, const char *head, size_t length)
{
    const char *stop = head + length;
    const char *end = memchr(head, '\r', length);
    unsigned lengths = 0;

    if (!end || !status_read(head, end, &response->status)) {
        return false;
    }
    for (const char *line = end + 2; line < stop; line = end + 2) {
        end = memchr(line, '\r', (size_t)(stop - line));
        if (!end) {
            return false;
        }
        char first = (char)(*line | 0x20);
        if (first == 'c' && is_named(line, end, length_name, TEXT_LENGTH(length_name))) {
            if (!number_read(line + TEXT_LENGTH(length_name), end, &response->body_bytes)) {
                return false;
            }
            lengths++;
        } else if (first == 'x' && is_named(line, end, degraded_name, TEXT_LENGTH(degraded_name))) {
            response->cause = cause_read(line + TEXT_LENGTH(degraded_name), end);
        }
    }
    return lengths == 1;
}

static enum response_state body_take(struct response *response, size_t count)
{
    if (count > response->body_left) {
        return RESPONSE_BROKEN;
    }
    response->body_left -= count;
    return response->body_left == 0 ? RESPONSE_COMPLETE : RESPONSE_PARTIAL;
}

/* A head that holds its end: parse it, then count what follows. */
static enum response_state whole_head_take(struct response *response, const char *bytes, size_t count, const char *end)
{
    size_t head_length = (size_t)(end - bytes) + 2;
    if (!head_parse(response, bytes, head_length)) {
        return RESPONSE_BROKEN;
    }
    response->head_done = true;
    response->body_left = response->body_bytes;
    return body_take(response, count - head_length - 2);
}

static enum response_state head_hold(struct response *response, const char *bytes, size_t count)
{
    size_t fits = sizeof response->head - response->head_held;
    size_t taken = count < fits ? count : fits;

    memcpy(response->head + response->head_held, bytes, taken);
    response->head_held += taken;
    const char *end = memmem(response->head, response->head_held, head_end, TEXT_LENGTH(head_end));
    if (!end) {
        return taken < count ? RESPONSE_BROKEN : RESPONSE_PARTIAL;
    }
    enum response_state state = whole_head_take(response, response->head, response->head_held, end);
    return taken == count || state == RESPONSE_BROKEN ? state : body_take(response, count - taken);
}

enum response_state response_take(struct response *response, const char *bytes, size_t count)
{
    if (response->head_done) {
        return body_take(response, count);
    }
    if (response->head_held > 0) {
        return head_hold(response, bytes, count);
    }
    const char *end = memmem(bytes, count, head_end, TEXT_LENGTH(head_end));
    return end ? whole_head_take(response, bytes, count, end) : head_hold(response, bytes, count);
}
