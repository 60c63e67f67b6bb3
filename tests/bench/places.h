#pragma once
/*
 * The AOI codes that callers are at, from a file with one code a line: the busiest place first, because Zipf's law
 * draws by rank. Codes are kept percent-encoded, as a query holds them.
 *
 * Ownership: the caller's struct; places_clear frees what reading allocated. Threads: read-only once read.
 * Errors: a sentence for the operator, or NULL when all is well; the struct is then untouched.
 */

#include <stddef.h>

#define PLACES_COUNT_MAX   1000000
#define PLACES_CODE_MAX    64 /* bytes of a code, the contract's limit */
#define PLACES_ENCODED_MAX (3 * PLACES_CODE_MAX)

struct places {
    char *text; /* codes, each with its zero */
    size_t *starts;
    size_t count;
};

const char *places_read(const char *path, struct places *ret_places);
void places_clear(struct places *places);

static inline const char *places_code(const struct places *places, size_t rank)
{
    return places->text + places->starts[rank];
}
