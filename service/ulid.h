/*
 * ulid.h - decision ids: sortable by time, unique without asking anybody.
 *
 *      01AN4Z07BY      79KA1307SR9X4MV3
 *     |----------|    |----------------|
 *      48 bits ms        80 random bits      Crockford's base 32, 26 characters
 *
 * The random bits are of xoshiro256++ (Blackman, Vigna), seeded from the system once per thread: unguessable ids are
 * not the purpose, distinct ones are.
 *
 * Source   github.com/ulid/spec
 * Threads  a source belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ULID_BYTES = 26 };

struct ulid_source {
    uint64_t state[4];
    uint64_t last_ms; /* whose characters are kept: most ids of a loop's turn share them */
    char last_text[10];
};

/* False when the system has no random bytes to give. */
bool ulid_source_init(struct ulid_source *source);

/* Writes ULID_BYTES characters, without NUL. Of the time the low 48 bits count. */
void ulid_write(struct ulid_source *source, uint64_t unix_ms, char ret_text[static ULID_BYTES]);
