/*
 * problem.h - everything that is wrong with a policy set, each with its file, JSON pointer and reason.
 *
 * A set is refused with all its problems, not only the first, so that an operator mends it in one go.
 *
 * Ownership  problems own their texts; problems_clear frees them.
 * Errors     past PROBLEMS_MAX, or out of memory, a problem is only counted: `total` stays right. The latter sets
 *            `lacks_memory` too.
 */
#pragma once

#include <stddef.h>

#include "policy/text.h"

enum { PROBLEMS_MAX = 10000 };

struct problem {
    char *file;    /* "" when it is about the set as a whole */
    char *pointer; /* RFC 6901; "" is the whole document */
    char *reason;  /* an English clause that says what is wrong and what is allowed */
};

struct problems {
    struct problem *items;
    size_t count, capacity;
    size_t total;      /* those beyond the ceiling too */
    bool lacks_memory; /* set with a problem that is not the set's own: the same documents may be fine a little later */
};

void problems_init(struct problems *problems);
void problems_clear(struct problems *problems);

void problems_add(struct problems *problems, const char *file, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "out of memory", and `lacks_memory`. */
void problems_add_out_of_memory(struct problems *problems, const char *file);

/* Append a step to a JSON pointer (RFC 6901): `/name`, with `~` and `/` in it escaped, or `/index`. A U+0000 is left
   out: pointers are C strings. */
void problem_pointer_append_name(struct text *pointer, struct slice name);
void problem_pointer_append_index(struct text *pointer, uint32_t index);
