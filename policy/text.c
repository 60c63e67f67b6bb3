#include "policy/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/bytes.h"

enum { CAPACITY_FIRST_BYTES = 256 };

void text_init(struct text *text, size_t capacity_max)
{
    assert(capacity_max <= UINT32_MAX);
    *text = (struct text){.capacity_max = capacity_max};
}

void text_clear(struct text *text)
{
    free(text->bytes);
    *text = (struct text){.capacity_max = text->capacity_max};
}

void text_shrink(struct text *text, size_t keep_bytes)
{
    text_reset(text);
    if (text->capacity > keep_bytes) {
        text_clear(text);
    }
}

bool text_reserve_slow(struct text *text, size_t more)
{
    if (text->failed || more > text->capacity_max - text->length) {
        text->failed = true;
        return false;
    }
    size_t need = text->length + more;
    size_t capacity = text->capacity > 0 ? text->capacity : CAPACITY_FIRST_BYTES;
    while (capacity < need) {
        capacity *= 2;
    }
    if (capacity > text->capacity_max) {
        capacity = text->capacity_max;
    }
    char *bytes = realloc(text->bytes, capacity);
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

/* Two digits a division. */
static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
    "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
    "9899";

void text_append_integer(struct text *text, int64_t value)
{
    char digits[20]; /* of 2^63, with its sign */
    char *at = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (; rest >= 100; rest /= 100) {
        at -= 2;
        memcpy(at, &pairs[2 * (rest % 100)], 2);
    }
    if (rest >= 10) {
        at -= 2;
        memcpy(at, &pairs[2 * rest], 2);
    } else {
        *--at = (char)('0' + rest);
    }
    if (value < 0) {
        *--at = '-';
    }
    text_append(text, (struct slice){.at = at, .length = (uint32_t)(digits + sizeof(digits) - at)});
}

/* What stands behind the backslash for each byte that needs one; 'u' where only \u00XX does. */
static char escape_of(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return byte < 0x20 ? 'u' : '\0';
    }
}

static void append_escaped(struct text *text, unsigned char byte, char escape)
{
    static const char hex[] = "0123456789abcdef";
    char sequence[6] = {'\\', escape, '0', '0', hex[byte >> 4], hex[byte & 15]};
    text_append(text, (struct slice){.at = sequence, .length = escape == 'u' ? 6 : 2});
}

static uint64_t escaped(uint64_t word)
{
    return bytes_mask_equal(word, '"') | bytes_mask_equal(word, '\\') | bytes_mask_below(word, 0x20);
}

void text_append_json_string(struct text *text, struct slice string)
{
    text_append_byte(text, '"');
    const char *end = string.at + string.length;
    for (const char *at = string.at; at < end;) {
        const char *next = bytes_find(at, end, escaped);
        text_append(text, (struct slice){.at = at, .length = (uint32_t)(next - at)});
        at = next;
        if (at < end) {
            append_escaped(text, (unsigned char)*at, escape_of((unsigned char)*at));
            at++;
        }
    }
    text_append_byte(text, '"');
}

void text_append_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    assert(length >= 0);
    /* One byte more: vsnprintf writes a NUL, which is not part of the text. */
    if (text_reserve(text, (size_t)length + 1)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}
