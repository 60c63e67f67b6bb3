/*
 * digest_table.h - digests as dense numbers: the first is 0, the next new one 1, and so on.
 *
 * Digests are even already: their first bytes are the hash.
 *
 * Errors  false when memory ends; the table stays as it was.
 */
#pragma once

#include "cache/digest.h"

#define DIGEST_TABLE_NONE UINT32_MAX

struct digest_table {
    struct digest *digests; /* by number */
    uint32_t count, capacity;
    uint32_t *slots; /* number + 1, 0 free; a power of two of them, at most half full */
    uint32_t slot_count;
};

void digest_table_init(struct digest_table *table);
void digest_table_clear(struct digest_table *table);

/* `*ret_number` equals the count before when it is new. */
bool digest_table_intern(struct digest_table *table, const struct digest *digest, uint32_t *ret_number);

/* DIGEST_TABLE_NONE: not there. */
uint32_t digest_table_find(const struct digest_table *table, const struct digest *digest);
