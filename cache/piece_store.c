#include "cache/piece_store.h"

#include <stdlib.h>

#include "cache/blob_writer.h"

void piece_store_init(struct piece_store *store)
{
    *store = (struct piece_store){0};
    digest_table_init(&store->numbers);
    arena_init(&store->arena);
}

void piece_store_clear(struct piece_store *store)
{
    digest_table_clear(&store->numbers);
    arena_clear(&store->arena);
    free(store->values);
    piece_store_init(store);
}

static bool make_room(struct piece_store *store)
{
    if (store->numbers.count < store->capacity) {
        return true;
    }
    uint32_t capacity = store->capacity == 0 ? 32 : store->capacity * 2;
    struct slice *values = reallocarray(store->values, capacity, sizeof(*values));
    if (values == NULL) {
        return false;
    }
    store->values = values;
    store->capacity = capacity;
    return true;
}

static bool keep(void *context, const struct digest *digest, struct slice piece)
{
    struct piece_store *store = context;
    uint32_t number;
    struct slice copy;
    if (digest_table_find(&store->numbers, digest) != DIGEST_TABLE_NONE) {
        return true;
    }
    if (!make_room(store) || !arena_copy(&store->arena, piece, &copy) ||
        !digest_table_intern(&store->numbers, digest, &number)) {
        return false;
    }
    store->values[number] = copy;
    return true;
}

bool piece_store_cut(struct piece_store *store, struct slice bytes)
{
    struct blob blob;
    return blob_write(bytes.at, bytes.length, keep, store, &blob);
}

struct slice piece_store_find(const struct piece_store *store, const struct digest *digest)
{
    uint32_t number = digest_table_find(&store->numbers, digest);
    return number == DIGEST_TABLE_NONE ? (struct slice){0} : store->values[number];
}
