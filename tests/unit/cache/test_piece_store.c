#include "cache/piece_store.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "cache/assembly.h"
#include "cache/blob_writer.h"

enum { LENGTH = 100000 };

static bool ignore(void *context, const struct digest *digest, struct slice piece)
{
    (void)context, (void)digest, (void)piece;
    return true;
}

Test(piece_store, what_was_cut_can_be_put_together_from_it)
{
    char *bytes = malloc(LENGTH);
    for (uint32_t i = 0; i < LENGTH; i++) {
        bytes[i] = (char)(i * 2654435761u >> 13);
    }
    struct piece_store store;
    piece_store_init(&store);
    cr_assert(piece_store_cut(&store, (struct slice){bytes, LENGTH}));
    uint32_t count = store.numbers.count;
    cr_assert(piece_store_cut(&store, (struct slice){bytes, LENGTH}));
    cr_assert(eq(u32, store.numbers.count, count), "twice is once");

    struct blob blob;
    cr_assert(blob_write(bytes, LENGTH, ignore, NULL, &blob));
    struct assembly *assembly = assembly_create(LENGTH);
    cr_assert(assembly_want(assembly, &blob));
    struct assembly_need need;
    while (assembly_missing(assembly, &need, 1) > 0) {
        struct slice value = piece_store_find(&store, &need.digest);
        cr_assert(gt(u32, value.length, 0));
        cr_assert(eq(int, (int)assembly_offer(assembly, &need.digest, value), ASSEMBLY_USED));
    }
    char *again = assembly_take(assembly, 0);
    cr_assert(eq(int, memcmp(again, bytes, LENGTH), 0));
    free(again);
    assembly_free(assembly);
    piece_store_clear(&store);
    free(bytes);
}

Test(piece_store, what_it_has_not_is_empty)
{
    struct piece_store store;
    piece_store_init(&store);
    struct digest digest = digest_of("x", 1);
    cr_assert(eq(u32, piece_store_find(&store, &digest).length, 0));
    piece_store_clear(&store);
}
