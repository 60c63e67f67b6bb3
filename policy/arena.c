#include "policy/arena.h"

#include <assert.h>
#include <stdlib.h>

/* Large enough that a policy of the incident's size needs one malloc or two, small enough for a test's policy. */
static const size_t chunk_bytes = 16384;

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, capacity;
    max_align_t bytes[];
};

void arena_init(struct arena *arena)
{
    arena->chunks = NULL;
}

void arena_clear(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t need_bytes)
{
    size_t capacity = need_bytes > chunk_bytes ? need_bytes : chunk_bytes;
    struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + capacity);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->capacity = capacity;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *arena_allocate(struct arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 2) {
        return NULL;
    }
    size_t need = (size_bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->capacity - chunk->used < need) {
        chunk = add_chunk(arena, need);
        if (chunk == NULL) {
            return NULL;
        }
    }
    void *memory = (char *)chunk->bytes + chunk->used;
    chunk->used += need;
    assert(chunk->used <= chunk->capacity);
    return memory;
}

bool arena_copy(struct arena *arena, struct slice text, struct slice *ret_copy)
{
    char *copy = arena_allocate(arena, (size_t)text.length + 1);
    if (copy == NULL) {
        return false;
    }
    if (text.length > 0) {
        memcpy(copy, text.at, text.length);
    }
    *ret_copy = (struct slice){.at = copy, .length = text.length};
    return true;
}

size_t arena_bytes(const struct arena *arena)
{
    size_t bytes = 0;
    for (const struct arena_chunk *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) {
        bytes += sizeof(*chunk) + chunk->capacity;
    }
    return bytes;
}
