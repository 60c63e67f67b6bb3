/*
 * hex.h - the value of a hexadecimal digit: escapes in JSON (\u00e9) and in targets (%C3%A9) are made of them.
 */
#pragma once

/* 0..15 for 0-9, a-f, A-F; -1 for anything else. */
static inline int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
