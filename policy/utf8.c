#include "policy/utf8.h"

#include <assert.h>

#include "policy/bytes.h"

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The second byte alone tells overlong forms, surrogates and code points that are too high (RFC 3629, section 4). */
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return second >= 0x80 && second <= 0xBF;
    }
}

unsigned utf8_character_bytes(const char *at, const char *end)
{
    unsigned char first = (unsigned char)*at;
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    unsigned length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if ((size_t)(end - at) < length || !second_byte_fits(first, (unsigned char)at[1])) {
        return 0;
    }
    for (unsigned i = 2; i < length; i++) {
        if (!is_continuation(at[i])) {
            return 0;
        }
    }
    return length;
}

bool utf8_is_valid(struct slice text)
{
    const char *end = text.at + text.length;
    for (const char *at = text.at; at < end;) {
        unsigned length = utf8_character_bytes(at, end);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

uint32_t utf8_count(struct slice text)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        count += !is_continuation(text.at[i]);
    }
    return count;
}

unsigned utf8_encode(uint32_t code_point, char *out)
{
    assert(code_point <= 0x10FFFF);
    assert(code_point < 0xD800 || code_point > 0xDFFF);
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | (code_point >> 6));
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | (code_point >> 12));
        out[1] = (char)(0x80 | ((code_point >> 6) & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (code_point >> 18));
    out[1] = (char)(0x80 | ((code_point >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((code_point >> 6) & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

static uint64_t suspects(uint64_t word)
{
    return bytes_mask_below(word, 0x20) | bytes_mask_equal(word, 0x7F) | bytes_mask_not_ascii(word);
}

bool utf8_has_control(struct slice text)
{
    if (!bytes_have(text.at, text.length, suspects)) {
        return false;
    }
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        /* C1 controls are C2 80 .. C2 9F. */
        bool is_c1 = byte == 0xC2 && i + 1 < text.length && (unsigned char)text.at[i + 1] < 0xA0;
        if (byte < 0x20 || byte == 0x7F || is_c1) {
            return true;
        }
    }
    return false;
}
