/*
 * slice.h - bytes that somebody else owns.
 *
 * A slice is a view: it is valid as long as the buffer it looks into, may hold any byte (NUL too), and is
 * never NUL-terminated. It is passed by value.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "policy/bytes.h"

struct slice {
    const char *at;
    uint32_t length;
};

/* The slice of a string literal. */
#define SLICE(literal) ((struct slice){.at = (literal), .length = (uint32_t)(sizeof(literal) - 1)})

static inline struct slice slice_of(const char *string)
{
    return (struct slice){.at = string, .length = (uint32_t)strlen(string)};
}

static inline bool slice_equals(struct slice a, struct slice b)
{
    return a.length == b.length && bytes_equal(a.at, b.at, a.length);
}

/* Byte order, the shorter first where one is a prefix of the other: < 0, 0, > 0. */
static inline int slice_compare(struct slice a, struct slice b)
{
    uint32_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);
    if (order != 0) {
        return order;
    }
    return a.length < b.length ? -1 : a.length > b.length;
}
