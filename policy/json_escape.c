#include "policy/json_escape.h"

#include <string.h>

#include "policy/hex.h"
#include "policy/utf8.h"

/* The four digits behind \u, or -1. */
static int32_t hex_quad(const char *at, const char *end)
{
    if (end - at < 4) {
        return -1;
    }
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static bool is_high_surrogate(int32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(int32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* As json_escape_decode, behind \u. */
static bool decode_unicode(const char **at, const char *end, char **out)
{
    int32_t unit = hex_quad(*at, end);
    if (unit < 0 || is_low_surrogate(unit)) {
        return false;
    }
    *at += 4;
    uint32_t code_point = (uint32_t)unit;
    if (is_high_surrogate(unit)) {
        int32_t low = end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' ? hex_quad(*at + 2, end) : -1;
        if (!is_low_surrogate(low)) {
            return false;
        }
        *at += 6;
        code_point = 0x10000 + (((uint32_t)unit - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
    }
    *out += utf8_encode(code_point, *out);
    return true;
}

bool json_escape_decode(const char **at, const char *end, char **out)
{
    if (*at == end) {
        return false;
    }
    static const char names[] = "\"\\/bfnrt";
    static const char bytes[] = "\"\\/\b\f\n\r\t";
    char escape = *(*at)++;
    if (escape == 'u') {
        return decode_unicode(at, end, out);
    }
    const char *known = escape == '\0' ? NULL : strchr(names, escape);
    if (known == NULL) {
        return false;
    }
    *(*out)++ = bytes[known - names];
    return true;
}
