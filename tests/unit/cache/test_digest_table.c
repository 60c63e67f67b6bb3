#include "cache/digest_table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct digest digest_number(uint32_t i)
{
    return digest_of(&i, sizeof(i));
}

Test(digest_table, numbers_are_dense_and_stay)
{
    struct digest_table table;
    digest_table_init(&table);
    struct digest unknown = digest_number(UINT32_MAX);
    cr_assert(eq(u32, digest_table_find(&table, &unknown), DIGEST_TABLE_NONE));
    for (uint32_t i = 0; i < 10000; i++) {
        struct digest digest = digest_number(i);
        uint32_t number;
        cr_assert(digest_table_intern(&table, &digest, &number));
        cr_assert(eq(u32, number, i));
        cr_assert(digest_table_intern(&table, &digest, &number));
        cr_assert(eq(u32, number, i));
    }
    for (uint32_t i = 0; i < 10000; i++) {
        struct digest digest = digest_number(i);
        cr_assert(eq(u32, digest_table_find(&table, &digest), i));
    }
    cr_assert(eq(u32, digest_table_find(&table, &unknown), DIGEST_TABLE_NONE));
    digest_table_clear(&table);
}

Test(digest_table, digests_that_share_their_first_bytes_are_told_apart)
{
    struct digest_table table;
    digest_table_init(&table);
    for (uint32_t i = 0; i < 40; i++) {
        struct digest digest = {0};
        digest.bytes[DIGEST_BYTES - 1] = (uint8_t)i;
        uint32_t number;
        cr_assert(digest_table_intern(&table, &digest, &number));
        cr_assert(eq(u32, number, i));
    }
    digest_table_clear(&table);
}
