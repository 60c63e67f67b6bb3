#include "policy/name_table.h"

#include <assert.h>

#include "policy/hash.h"

struct text_ref name_table_append(struct text *text, struct slice string)
{
    struct text_ref ref = {.at = (uint32_t)text->length, .length = string.length};
    text_append(text, string);
    return ref;
}

uint32_t name_table_first(const struct name_table *table, struct slice name)
{
    return (uint32_t)hash_bytes(name.at, name.length) & table->mask;
}

static bool allocate_slots(struct arena *arena, uint32_t count, struct name_table *table)
{
    uint32_t slots = 2;
    while (slots < count * 2) {
        slots *= 2;
    }
    table->mask = slots - 1;
    table->slots = arena_allocate(arena, slots * sizeof(*table->slots));
    return table->slots != NULL;
}

bool name_table_build(struct arena *arena, const struct names *names, struct text *text, struct text_ref **ret_refs,
                      struct name_table *ret_table)
{
    struct text_ref *refs = arena_allocate(arena, names->count * sizeof(*refs));
    struct name_table table;
    if (refs == NULL || !allocate_slots(arena, names->count, &table)) {
        return false;
    }
    for (uint32_t number = 0; number < names->count; number++) {
        refs[number] = name_table_append(text, names->items[number]);
        uint32_t slot = name_table_first(&table, names->items[number]);
        while (table.slots[slot] != 0) {
            slot = name_table_next(&table, slot);
        }
        table.slots[slot] = number + 1;
    }
    *ret_refs = refs;
    *ret_table = table;
    return !text->failed;
}
