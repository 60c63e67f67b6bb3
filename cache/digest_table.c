#include "cache/digest_table.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 32 };

void digest_table_init(struct digest_table *table)
{
    *table = (struct digest_table){0};
}

void digest_table_clear(struct digest_table *table)
{
    free(table->digests);
    free(table->slots);
    digest_table_init(table);
}

/* The slot that holds the digest, or the free one where it belongs. */
static uint32_t slot_of(const struct digest_table *table, const struct digest *digest)
{
    uint32_t hash;
    memcpy(&hash, digest->bytes, sizeof(hash));
    uint32_t mask = table->slot_count - 1, slot = hash & mask;
    while (table->slots[slot] != 0 && !digest_equals(&table->digests[table->slots[slot] - 1], digest)) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

static bool grow(struct digest_table *table)
{
    uint32_t capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2;
    struct digest *digests = reallocarray(table->digests, capacity, sizeof(*digests));
    if (digests == NULL) {
        return false;
    }
    table->digests = digests;
    uint32_t *slots = calloc((size_t)capacity * 2, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = capacity * 2;
    table->capacity = capacity;
    for (uint32_t i = 0; i < table->count; i++) {
        slots[slot_of(table, &digests[i])] = i + 1;
    }
    return true;
}

bool digest_table_intern(struct digest_table *table, const struct digest *digest, uint32_t *ret_number)
{
    uint32_t found = digest_table_find(table, digest);
    if (found != DIGEST_TABLE_NONE) {
        *ret_number = found;
        return true;
    }
    if (table->count == table->capacity && !grow(table)) {
        return false;
    }
    table->slots[slot_of(table, digest)] = table->count + 1;
    table->digests[table->count] = *digest;
    *ret_number = table->count++;
    return true;
}

uint32_t digest_table_find(const struct digest_table *table, const struct digest *digest)
{
    if (table->slot_count == 0) {
        return DIGEST_TABLE_NONE;
    }
    uint32_t slot = slot_of(table, digest);
    return table->slots[slot] == 0 ? DIGEST_TABLE_NONE : table->slots[slot] - 1;
}
