/*
 * piece_store.h - pieces at hand: those of documents that are held, cut once more.
 *
 * Ownership  the store copies what it keeps.
 * Errors     piece_store_cut: false when memory ends; what is in the store stays good.
 */
#pragma once

#include "cache/digest_table.h"
#include "cache/piece.h"
#include "policy/arena.h"

struct piece_store {
    struct digest_table numbers;
    struct slice *values; /* by number */
    uint32_t capacity;
    struct arena arena;
};

void piece_store_init(struct piece_store *store);
void piece_store_clear(struct piece_store *store);

/* Cuts the bytes and keeps every piece. */
bool piece_store_cut(struct piece_store *store, struct slice bytes);

/* An empty slice: not there. */
struct slice piece_store_find(const struct piece_store *store, const struct digest *digest);
