/*
 * json_escape.h - what stands behind a backslash in a JSON string, as UTF-8.
 *
 *     \n  \"  \\  \/  \b \f \r \t      one byte
 *     \u00e9                          the character
 *     \ud83d\ude00                    a surrogate pair is one character; half a pair is none
 *
 * The UTF-8 is never longer than the escape, so a string may be unescaped in place.
 *
 * Source  RFC 8259, section 7; RFC 3629 for what has no UTF-8.
 */
#pragma once

#include <stdbool.h>

/* `*at` stands behind the backslash. True: it stands behind the escape, and `*out` behind the bytes that were written.
   False: it is none. */
bool json_escape_decode(const char **at, const char *end, char **out);
