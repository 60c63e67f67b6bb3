/*
 * json_reader.h - strict JSON, a token at a time, in place.
 *
 *     json_reader_init(&reader, bytes, length);
 *     while ((token = json_reader_next(&reader)) != JSON_END) {
 *         if (token == JSON_ERROR) ... reader.error says why, reader.at where
 *         switch (token) ...
 *     }
 *
 * Exactly RFC 8259 over UTF-8 (RFC 3629) without BOM; what it forbids is an error, so is an escaped lone surrogate, a
 * nesting deeper than JSON_DEPTH_MAX, and anything behind the value. Two things are told apart that other
 * readers join, because promogate has no floats: JSON_INTEGER is a number written without fraction and exponent
 * that fits 64 bits, JSON_NUMBER is every other number (its value is not kept).
 * Duplicate names are the caller's to refuse: only it knows which names count.
 *
 * Memory    strings are unescaped in place, so the input is written to; slices look into it.
 * Errors    JSON_ERROR is final.
 */
#pragma once

#include <stddef.h>

#include "policy/slice.h"

enum { JSON_DEPTH_MAX = 32 };

enum json_token {
    JSON_ERROR,
    JSON_END, /* the value is complete and nothing but white space follows */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_NAME,    /* of a member: `string`; its value is the next token */
    JSON_STRING,  /* `string` */
    JSON_INTEGER, /* `integer` */
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

struct json_reader {
    char *at;
    const char *end;
    struct slice string;
    int64_t integer;
    const char *error;

    /* private */
    uint32_t depth;
    uint32_t object_bits; /* bit d: the container at depth d is an object */
    uint8_t expected;     /* enum expectation in json_reader.c */
};

void json_reader_init(struct json_reader *reader, char *bytes, size_t length);

enum json_token json_reader_next(struct json_reader *reader);

/* To the end of the value that `token`, the last one, begins; what it is does not matter. A fault in it is the next
   token's. */
static inline void json_reader_skip(struct json_reader *reader, enum json_token token)
{
    if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN) {
        uint32_t outer_depth = reader->depth - 1;
        while (token != JSON_ERROR && reader->depth > outer_depth) {
            token = json_reader_next(reader);
        }
    }
}
