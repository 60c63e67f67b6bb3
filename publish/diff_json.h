/*
 * diff_json.h - two JSON documents, compared by meaning: member order and white space do not count.
 *
 * Lists of strings (codes, interfaces, values of `in`) are compared as sets; other lists element by element.
 *
 * Errors  a document that is no strict JSON with integers within 2^53 (policy/json_check.h) cannot be compared.
 */
#pragma once

#include "policy/document.h"
#include "publish/changes.h"

enum diff_outcome {
    DIFF_DONE,
    DIFF_UNREADABLE,
    DIFF_NO_MEMORY,
};

enum diff_outcome diff_json(const struct document *before, const struct document *after, struct changes *changes);

/* The member `id` of an object, copied into `arena`; empty when there is none. */
enum diff_outcome diff_json_id(const struct document *document, struct arena *arena, struct slice *ret_id);
