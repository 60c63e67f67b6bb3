#include "publish/piece_set.h"

#include <assert.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 64 };

void piece_set_init(struct piece_set *set)
{
    *set = (struct piece_set){0};
    digest_table_init(&set->names);
    arena_init(&set->values);
}

void piece_set_clear(struct piece_set *set)
{
    digest_table_clear(&set->names);
    arena_clear(&set->values);
    free(set->items);
    *set = (struct piece_set){0};
}

static bool make_room(struct piece_set *set)
{
    if (set->names.count < set->capacity) {
        return true;
    }
    uint32_t capacity = set->capacity == 0 ? CAPACITY_MIN : set->capacity * 2;
    struct piece_item *items = reallocarray(set->items, capacity, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    set->items = items;
    set->capacity = capacity;
    return true;
}

bool piece_set_add(struct piece_set *set, const struct digest *digest, struct slice value)
{
    uint32_t number;
    struct slice copy = {0};
    if (piece_set_has(set, digest)) {
        return true;
    }
    if (!make_room(set) || (value.at != NULL && !arena_copy(&set->values, value, &copy)) ||
        !digest_table_intern(&set->names, digest, &number)) {
        return false;
    }
    assert(number == set->names.count - 1);
    set->items[number] = (struct piece_item){.value = copy};
    return true;
}

uint32_t piece_set_count_of(const struct piece_set *set, enum piece_state state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < set->names.count; i++) {
        count += set->items[i].state == state;
    }
    return count;
}
