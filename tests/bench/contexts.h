#pragma once
/*
 * Request contexts read from a file of JSON lines, through the library's own reader.
 *
 * Ownership  contexts own the file's bytes, which their slices look into.
 * Errors     a sentence for the operator, or NULL when all is well; the struct is then untouched.
 */

#include "policy/context.h"
#include <stddef.h>

enum { CONTEXTS_COUNT_MAX = 4096 };
static const size_t contexts_bytes_max = (size_t)64 << 20;

struct contexts {
    char *bytes;
    struct context *items;
    size_t count;
};

const char *contexts_read(const char *path, struct contexts *ret_contexts);
void contexts_clear(struct contexts *contexts);
