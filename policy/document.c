#include "policy/document.h"

#include <assert.h>
#include <stdlib.h>

void documents_init(struct documents *documents)
{
    *documents = (struct documents){0};
}

void documents_clear(struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++) {
        free(documents->items[i].name);
        free(documents->items[i].bytes);
    }
    free(documents->items);
    documents_init(documents);
}

static bool make_room(struct documents *documents)
{
    if (documents->count < documents->capacity) {
        return true;
    }
    size_t capacity = documents->capacity > 0 ? documents->capacity * 2 : 64;
    struct document *items = realloc(documents->items, capacity * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    documents->items = items;
    documents->capacity = capacity;
    return true;
}

bool documents_add(struct documents *documents, const char *name, char *bytes, size_t length)
{
    char *name_copy = strdup(name);
    if (name_copy == NULL || !make_room(documents)) {
        free(name_copy);
        free(bytes);
        return false;
    }
    documents->items[documents->count++] = (struct document){.name = name_copy, .bytes = bytes, .length = length};
    documents->bytes += length;
    return true;
}
