#include "policy/names.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/hash.h"

enum { SLOTS_FIRST = 64 };

void names_init(struct names *names)
{
    *names = (struct names){0};
    arena_init(&names->arena);
}

void names_clear(struct names *names)
{
    arena_clear(&names->arena);
    free(names->items);
    free(names->slots);
    names_init(names);
}

static uint32_t slot_of(const struct names *names, struct slice name)
{
    return (uint32_t)hash_bytes(name.at, name.length) & (names->slot_count - 1);
}

/* The slot that holds the name, or the free one where it belongs (linear probing). */
static uint32_t find_slot(const struct names *names, struct slice name)
{
    uint32_t slot = slot_of(names, name);
    while (names->slots[slot] != 0 && !slice_equals(names->items[names->slots[slot] - 1], name)) {
        slot = (slot + 1) & (names->slot_count - 1);
    }
    return slot;
}

static bool grow_slots(struct names *names)
{
    uint32_t slot_count = names->slot_count > 0 ? names->slot_count * 2 : SLOTS_FIRST;
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    free(names->slots);
    names->slots = slots;
    names->slot_count = slot_count;
    for (uint32_t number = 0; number < names->count; number++) {
        slots[find_slot(names, names->items[number])] = number + 1;
    }
    return true;
}

static bool make_room(struct names *names)
{
    if (names->count < names->capacity) {
        return true;
    }
    uint32_t capacity = names->capacity > 0 ? names->capacity * 2 : SLOTS_FIRST / 2;
    struct slice *items = realloc(names->items, capacity * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    names->items = items;
    names->capacity = capacity;
    return true;
}

bool names_intern(struct names *names, struct slice name, uint32_t *ret_number)
{
    if (names->count * 2 >= names->slot_count && !grow_slots(names)) {
        return false;
    }
    uint32_t slot = find_slot(names, name);
    if (names->slots[slot] == 0) {
        struct slice copy;
        if (!make_room(names) || !arena_copy(&names->arena, name, &copy)) {
            return false;
        }
        names->items[names->count++] = copy;
        names->slots[slot] = names->count;
    }
    *ret_number = names->slots[slot] - 1;
    assert(*ret_number < names->count);
    return true;
}
