/*
 * shelf.h - the documents that a gateway has: what it need not fetch again.
 *
 *     shelf_take ──▶ documents, handed out to be compiled ──▶ shelf_return                        it is not used
 *                                                       └──▶ shelf_turn, shelf_put each           it is in force
 *
 * It keeps the release in force, and of the one before it what differs: so a rollback moves nothing but its root. A
 * document is known by the digest of its blob; it is lent to one borrower, not copied: memory holds it once.
 *
 * Ownership  the shelf owns the bytes that it was given and has not lent.
 * Errors     out of memory: false, and what was to be kept is freed: it will be fetched again.
 */
#pragma once

#include "cache/digest_table.h"

struct shelf_item {
    char *bytes; /* NULL: lent */
    size_t length;
    bool is_before; /* not in force: of the release before */
};

struct shelf {
    struct digest_table numbers;
    struct shelf_item *items; /* by number */
    uint32_t capacity;
};

void shelf_init(struct shelf *shelf);
void shelf_clear(struct shelf *shelf);

bool shelf_has(const struct shelf *shelf, const struct digest *digest);

/* The bytes stay the shelf's; an empty slice: it has none. */
struct slice shelf_look(const struct shelf *shelf, const struct digest *digest);

/* Lends. NULL: it has none, or not here. */
char *shelf_take(struct shelf *shelf, const struct digest *digest);

/* What was lent comes back as it was; what was not lent is freed. Takes the bytes. */
void shelf_return(struct shelf *shelf, const struct digest *digest, char *bytes);

/* Of a new release: takes the bytes (malloc'ed); freed when the shelf has them already. */
bool shelf_put(struct shelf *shelf, const struct digest *digest, char *bytes, size_t length);

/* A new release comes into force: what is here becomes what was before, what was before that is freed, what is lent is
   forgotten. Then shelf_put its documents. */
void shelf_turn(struct shelf *shelf);
