#pragma once
/*
 * Request contexts read from a file of JSON lines, through the library's own reader.
 *
 * A struct context is 68 KiB, most of it room for array attributes. Thousands of them side by side would measure the
 * memory's speed and not evaluate()'s, which always sees a context that was just parsed. So they are kept packed, and
 * contexts_unpack puts one into the place where a gateway's worker would have it.
 *
 * Ownership  contexts own the file's bytes and the arrays, which unpacked contexts look into.
 * Errors     a sentence for the operator, or NULL when all is well; the struct is then untouched.
 */

#include "policy/context.h"
#include <stddef.h>

enum { CONTEXTS_COUNT_MAX = 16384 };
static const size_t contexts_bytes_max = (size_t)64 << 20;

struct contexts {
    char *bytes;
    struct contexts_packed **items;
    size_t count;
};

const char *contexts_read(const char *path, struct contexts *ret_contexts);
void contexts_clear(struct contexts *contexts);

void contexts_unpack(const struct contexts *contexts, size_t index, struct context *ret_context);
