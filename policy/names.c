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

/* The slot that holds the name, or the free one where it belongs (linear probing). */
static struct names_slot *find_slot(const struct names *names, struct slice name, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32), mask = names->slot_count - 1;
    for (uint32_t at = (uint32_t)hash & mask;; at = (at + 1) & mask) {
        struct names_slot *slot = &names->slots[at];
        bool is_free = slot->number_plus_one == 0;
        if (is_free || (slot->tag == tag && slice_equals(names->items[slot->number_plus_one - 1], name))) {
            slot->tag = tag;
            return slot;
        }
    }
}

static bool grow_slots(struct names *names)
{
    uint32_t slot_count = names->slot_count > 0 ? names->slot_count * 2 : SLOTS_FIRST;
    struct names_slot *slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    free(names->slots);
    names->slots = slots;
    names->slot_count = slot_count;
    for (uint32_t number = 0; number < names->count; number++) {
        struct slice name = names->items[number];
        find_slot(names, name, hash_bytes(name.at, name.length))->number_plus_one = number + 1;
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
    struct names_slot *slot = find_slot(names, name, hash_bytes(name.at, name.length));
    if (slot->number_plus_one == 0) {
        struct slice copy;
        if (!make_room(names) || !arena_copy(&names->arena, name, &copy)) {
            return false;
        }
        names->items[names->count++] = copy;
        slot->number_plus_one = names->count;
    }
    *ret_number = slot->number_plus_one - 1;
    assert(*ret_number < names->count);
    return true;
}
