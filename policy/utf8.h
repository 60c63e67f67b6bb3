/*
 * utf8.h - is it UTF-8, and how many characters?
 *
 * UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing above U+10FFFF.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/slice.h"

/* The length in bytes (1..4) of the valid character at `at`, 0 if there is none before `end`. */
unsigned utf8_character_bytes(const char *at, const char *end);

bool utf8_is_valid(struct slice text);

/* Characters of a valid text. */
uint32_t utf8_count(struct slice text);

/* Writes the UTF-8 form of a code point (no surrogate, <= U+10FFFF) to `out`, which has room for 4; its length. */
unsigned utf8_encode(uint32_t code_point, char *out);

/* Does it hold a control character: U+0000..U+001F, U+007F, or U+0080..U+009F? The text is valid UTF-8. */
bool utf8_has_control(struct slice text);
