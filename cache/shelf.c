#include "cache/shelf.h"

#include <stdlib.h>

void shelf_init(struct shelf *shelf)
{
    *shelf = (struct shelf){0};
    digest_table_init(&shelf->numbers);
}

void shelf_clear(struct shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->numbers.count; i++) {
        free(shelf->items[i].bytes);
    }
    free(shelf->items);
    digest_table_clear(&shelf->numbers);
    shelf_init(shelf);
}

static struct shelf_item *find(const struct shelf *shelf, const struct digest *digest)
{
    uint32_t number = digest_table_find(&shelf->numbers, digest);
    return number == DIGEST_TABLE_NONE ? NULL : &shelf->items[number];
}

bool shelf_has(const struct shelf *shelf, const struct digest *digest)
{
    const struct shelf_item *item = find(shelf, digest);
    return item != NULL && item->bytes != NULL;
}

struct slice shelf_look(const struct shelf *shelf, const struct digest *digest)
{
    const struct shelf_item *item = find(shelf, digest);
    return item == NULL || item->bytes == NULL ? (struct slice){0}
                                               : (struct slice){.at = item->bytes, .length = (uint32_t)item->length};
}

char *shelf_take(struct shelf *shelf, const struct digest *digest)
{
    struct shelf_item *item = find(shelf, digest);
    if (item == NULL) {
        return NULL;
    }
    char *bytes = item->bytes;
    item->bytes = NULL;
    return bytes;
}

void shelf_return(struct shelf *shelf, const struct digest *digest, char *bytes)
{
    struct shelf_item *item = find(shelf, digest);
    if (item != NULL && item->bytes == NULL) {
        item->bytes = bytes;
    } else {
        free(bytes);
    }
}

static bool make_room(struct shelf *shelf)
{
    if (shelf->numbers.count < shelf->capacity) {
        return true;
    }
    uint32_t capacity = shelf->capacity == 0 ? 32 : shelf->capacity * 2;
    struct shelf_item *items = reallocarray(shelf->items, capacity, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    shelf->items = items;
    shelf->capacity = capacity;
    return true;
}

bool shelf_put(struct shelf *shelf, const struct digest *digest, char *bytes, size_t length)
{
    struct shelf_item *item = find(shelf, digest);
    uint32_t number;
    if (item != NULL) { /* in force again, or under two names */
        free(item->bytes);
        *item = (struct shelf_item){.bytes = bytes, .length = length};
        return true;
    }
    if (!make_room(shelf) || !digest_table_intern(&shelf->numbers, digest, &number)) {
        free(bytes);
        return false;
    }
    shelf->items[number] = (struct shelf_item){.bytes = bytes, .length = length};
    return true;
}

/* Out of memory loses documents, which can be fetched again, and nothing else. */
void shelf_turn(struct shelf *shelf)
{
    struct shelf turned;
    shelf_init(&turned);
    for (uint32_t i = 0; i < shelf->numbers.count; i++) {
        struct shelf_item *item = &shelf->items[i];
        if (item->bytes == NULL) {
            continue;
        }
        if (item->is_before) {
            free(item->bytes);
        } else if (shelf_put(&turned, &shelf->numbers.digests[i], item->bytes, item->length)) {
            find(&turned, &shelf->numbers.digests[i])->is_before = true;
        }
        item->bytes = NULL;
    }
    shelf_clear(shelf);
    *shelf = turned;
}
