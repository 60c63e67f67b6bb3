/*
 * piece_set.h - pieces by name, each with what is known of it.
 *
 * Numbered from 0 in the order in which they were added.
 *
 * Ownership  values are copied.
 * Errors     false when memory ends; the set stays as it was.
 */
#pragma once

#include "cache/digest_table.h"
#include "policy/arena.h"

enum piece_state {
    PIECE_UNKNOWN,
    PIECE_MISSING,
    PIECE_EXPIRING, /* there, but it will go */
    PIECE_THERE,
};

struct piece_item {
    struct slice value; /* `at` NULL: only the name is known */
    enum piece_state state;
    bool is_written; /* by this process */
};

struct piece_set {
    struct digest_table names;
    struct piece_item *items; /* by number */
    uint32_t capacity;
    struct arena values;
};

void piece_set_init(struct piece_set *set);
void piece_set_clear(struct piece_set *set);

static inline uint32_t piece_set_count(const struct piece_set *set)
{
    return set->names.count;
}

static inline bool piece_set_has(const struct piece_set *set, const struct digest *digest)
{
    return digest_table_find(&set->names, digest) != DIGEST_TABLE_NONE;
}

/* One that is there already stays as it is. `value` may have `at` NULL. */
bool piece_set_add(struct piece_set *set, const struct digest *digest, struct slice value);

uint32_t piece_set_count_of(const struct piece_set *set, enum piece_state state);
