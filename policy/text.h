/*
 * text.h - text that grows at its end, up to a ceiling.
 *
 *     struct text text;
 *     text_init(&text, 64 * 1024);
 *     text_append(&text, SLICE("{\"name\":"));
 *     text_append_json_string(&text, name);
 *     if (text.failed) ...                        one check at the end is enough
 *
 * Once memory or the ceiling is reached the text is `failed`: further appends do nothing until text_reset.
 *
 * Ownership  the text owns `bytes`; text_clear frees them. Not NUL-terminated.
 */
#pragma once

#include <stddef.h>

#include "policy/slice.h"

struct text {
    char *bytes;
    size_t length, capacity, capacity_max;
    bool failed;
};

void text_init(struct text *text, size_t capacity_max);
void text_clear(struct text *text);

/* Empty again, the memory kept. */
static inline void text_reset(struct text *text)
{
    text->length = 0;
    text->failed = false;
}

/* Gives memory back where more than `keep_bytes` are held; the text is empty afterwards. */
void text_shrink(struct text *text, size_t keep_bytes);

/* Room for `more` bytes? False makes the text failed. */
bool text_reserve_slow(struct text *text, size_t more);

static inline bool text_reserve(struct text *text, size_t more)
{
    return text->capacity - text->length >= more ? !text->failed : text_reserve_slow(text, more);
}

static inline void text_append(struct text *text, struct slice slice)
{
    if (text_reserve(text, slice.length) && slice.length > 0) {
        memcpy(text->bytes + text->length, slice.at, slice.length);
        text->length += slice.length;
    }
}

static inline void text_append_byte(struct text *text, char byte)
{
    if (text_reserve(text, 1)) {
        text->bytes[text->length++] = byte;
    }
}

/* Decimal, without leading zeros. */
void text_append_integer(struct text *text, int64_t value);

/* Quoted, with the escapes that JSON demands and no others. */
void text_append_json_string(struct text *text, struct slice string);

void text_append_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct slice text_slice(const struct text *text)
{
    return (struct slice){.at = text->bytes, .length = (uint32_t)text->length};
}
