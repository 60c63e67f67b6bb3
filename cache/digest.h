/*
 * digest.h - the name of content: BLAKE2b with 16 bytes of output (RFC 7693), by libsodium.
 *
 * Cryptographic, because equal names are taken for equal contents: nobody who can only write policies may craft two
 * pieces of one name. 16 bytes keep hash lists short; a collision by accident needs 2^64 pieces.
 *
 * Threads  any.
 */
#pragma once

#include <stddef.h>

#include "policy/slice.h"

enum { DIGEST_BYTES = 16, DIGEST_HEX_LENGTH = 32 };

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

struct digest digest_of(const void *bytes, size_t length);

/* The same with a key: who lacks it can neither compute nor guess it. */
struct digest digest_keyed(const struct digest *key, const void *bytes, size_t length);

static inline bool digest_equals(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

/* Lower case, with its NUL. */
void digest_to_hex(const struct digest *digest, char ret_hex[DIGEST_HEX_LENGTH + 1]);

/* Exactly 32 lower-case digits, or false. */
bool digest_from_hex(struct slice hex, struct digest *ret_digest);
