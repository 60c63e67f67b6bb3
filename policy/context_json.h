/*
 * context_json.h - a context from JSON, strictly, and back.
 *
 * context_json_parse reads a whole text that is one context object; context_json_read reads one from a reader that
 * stands before it (an element of a batch).
 *
 * Memory   strings are unescaped in place: the bytes are written to, and the context looks into them.
 * Errors   CONTEXT_INVALID: the JSON is well formed, a rule is broken; the reader stands behind the object, so that a
 *          batch goes on. CONTEXT_MALFORMED: it is not JSON; nothing behind it can be read.
 */
#pragma once

#include <stddef.h>

#include "policy/context.h"
#include "policy/json_reader.h"

enum context_outcome {
    CONTEXT_VALID,
    CONTEXT_INVALID,
    CONTEXT_MALFORMED,
};

enum context_outcome context_json_parse(char *bytes, size_t length, const struct context_rules *rules,
                                        struct context *context, struct context_error *reterr);

/* `token` is the value's first token, just read. */
enum context_outcome context_json_read(struct json_reader *reader, enum json_token token,
                                       const struct context_rules *rules, struct context *context,
                                       struct context_error *reterr);

struct text;

/* A valid context as it was understood, defaults included: reading it gives the same. */
void context_json_append(struct text *text, const struct context *context);
