/*
 * arena.h - many small allocations, one free.
 *
 * Memory  arena_init allocates nothing; arena_clear frees all that was handed out.
 * Errors  out of memory is NULL; what was handed out before stays valid.
 */
#pragma once

#include <stddef.h>

#include "policy/slice.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
};

void arena_init(struct arena *arena);
void arena_clear(struct arena *arena);

/* Zeroed, aligned for any type. A size of 0 gives a pointer that must not be read. */
void *arena_allocate(struct arena *arena, size_t size_bytes);

/* A copy of the bytes, with a NUL behind them; false when memory ends. */
bool arena_copy(struct arena *arena, struct slice text, struct slice *ret_copy);

/* Memory held, in bytes. */
size_t arena_bytes(const struct arena *arena);
