/*
 * name_table.h - a closed table from names to numbers, as a snapshot carries it.
 *
 * Open addressing with linear probing, at most half full: a slot holds a number + 1, 0 where it is free. Names stand in
 * the snapshot's text.
 */
#pragma once

#include "policy/arena.h"
#include "policy/names.h"
#include "policy/text.h"

/* A string within a snapshot's text. */
struct text_ref {
    uint32_t at, length;
};

struct name_table {
    uint32_t *slots;
    uint32_t mask; /* slots - 1 */
};

/* Appends `string` to the text. */
struct text_ref name_table_append(struct text *text, struct slice string);

/* Builds the table of all names, each appended to `text`; refs and slots in the arena. False when memory ends. */
bool name_table_build(struct arena *arena, const struct names *names, struct text *text, struct text_ref **ret_refs,
                      struct name_table *ret_table);

/* The first slot to probe for a name, and the one after. */
uint32_t name_table_first(const struct name_table *table, struct slice name);
static inline uint32_t name_table_next(const struct name_table *table, uint32_t slot)
{
    return (slot + 1) & table->mask;
}
