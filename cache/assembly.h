/*
 * assembly.h - from pieces to bytes: several blobs at once, level by level.
 *
 *     assembly_want(a, &blob) …
 *     while ((count = assembly_missing(a, digests, max)) > 0)
 *         look them up or fetch them;  assembly_offer(a, &digest, piece) for each
 *     assembly_take(a, i, &bytes)
 *
 * A piece is asked for when its place is known: first all topmost ones, then their children. One that several places
 * need is asked for once. Offered pieces are verified: digest, format, level and length must be what the parent said.
 *
 * Ownership  the bytes of a finished blob go to who takes them (malloc'ed).
 * Ceilings   the bytes of all wanted blobs are known from their names and checked at the door; memory is claimed as
 *            pieces arrive, and for a whole blob only when it is taken: a lie about lengths costs nothing.
 * Errors     a piece that was BAD may be offered again, from elsewhere. The reason is a static text; NULL when memory
 *            ended.
 */
#pragma once

#include <stddef.h>

#include "cache/piece.h"

struct assembly;

enum assembly_verdict {
    ASSEMBLY_USED,
    ASSEMBLY_UNWANTED, /* nothing waits for it */
    ASSEMBLY_BAD,      /* not what its name says: assembly_reason tells how */
    ASSEMBLY_NO_MEMORY,
};

/* `bytes_max` of all wanted blobs together. NULL when memory ends. */
struct assembly *assembly_create(uint64_t bytes_max);
void assembly_free(struct assembly *assembly);

/* Numbers them 0, 1, 2…; false past `bytes_max` (see assembly_reason) or when memory ends. */
bool assembly_want(struct assembly *assembly, const struct blob *blob);

/*
 * Up to `max` names of pieces that are needed next, and how many bytes at most their values have. The same ones are
 * named again until they are offered. 0: everything wanted is complete.
 */
struct assembly_need {
    struct digest digest;
    uint32_t value_bytes_max; /* exact for data */
};
size_t assembly_missing(struct assembly *assembly, struct assembly_need *ret_needs, size_t max);

enum assembly_verdict assembly_offer(struct assembly *assembly, const struct digest *digest, struct slice value);

/* Of the last refusal: a clause that begins with its verb. */
const char *assembly_reason(const struct assembly *assembly);

/* The bytes of a complete blob, with a NUL behind them that does not count; the caller frees them. Once for each: what
   no other blob needs is let go. NULL: memory ended. */
char *assembly_take(struct assembly *assembly, size_t index);
