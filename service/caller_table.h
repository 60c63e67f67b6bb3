/*
 * caller_table.h - which bucket a caller's requests are counted in: found by every worker, without a shared write.
 *
 *     key = caller_table_key("payments")        64 bits of hash stand for the header's value
 *     place = caller_table_find(&table, key, ...)
 *
 *     names    the callers of the configuration: each has a place of its own, always
 *     guests   whoever else: 128 windows of 8 keys, a cache line each. A guest is known from its first request on: a
 *              worker writes its key by one compare-and-swap, and from then on all only read
 *     other    who finds its window full shares this place with all such
 *
 *        key ──▶ names ── no ──▶ window of the key ── not there ──▶ a free word? ── no ──▶ CALLER_TABLE_OTHER
 *                  │ yes            │ yes                              │ yes: the key is written
 *                  ▼                ▼                                  ▼
 *                place            place                              place
 *
 * The control thread lets go of idle guests. All of this holds without order between the threads, since a place means
 * nothing but which words are counted in: who comes in the very moment in which a place changes hands counts one
 * request with its new holder. Two workers that meet a new guest while a word before theirs becomes free may write its
 * key twice; the first is found from then on, the second becomes idle and goes.
 *
 * A caller that invents a name for each request fills the windows, and then `other` is full of it: named callers and
 * the total limit are what holds. Two callers of one hash share a bucket; among 1000 callers the chance is 3 in 10^14.
 *
 * Threads   find: any. name, let_go: the control thread.
 * Constants 1024 guests: some tens of teams call a payment system; 35 KB of words a worker. Windows of 8: one cache
 *           line, and at 256 callers one in 10^4 windows is full.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/slice.h"

enum {
    CALLER_TABLE_NAMES_MAX = 64,
    CALLER_TABLE_GUESTS = 1024,
    CALLER_TABLE_WINDOW = 8,

    CALLER_TABLE_OTHER = 0,
    CALLER_TABLE_NAMES = 1, /* the first of their places */
    CALLER_TABLE_FIRST_GUEST = CALLER_TABLE_NAMES + CALLER_TABLE_NAMES_MAX,
    CALLER_TABLE_PLACES = CALLER_TABLE_FIRST_GUEST + CALLER_TABLE_GUESTS,
    CALLER_TABLE_NOWHERE = CALLER_TABLE_PLACES, /* no place: the caller is not counted */

    CALLER_TABLE_PROBES = 4 * CALLER_TABLE_NAMES_MAX, /* a power of two; at most a quarter is taken */
};

/* Open addressing, linear probing; a whole one is written aside, then made current. */
struct caller_names {
    _Atomic uint64_t keys[CALLER_TABLE_PROBES]; /* 0: nobody */
    _Atomic uint8_t places[CALLER_TABLE_PROBES];
};

struct caller_table {                                          /* private */
    _Alignas(64) _Atomic uint64_t guests[CALLER_TABLE_GUESTS]; /* 0: free */
    struct caller_names names[2];
    _Atomic uint32_t current_names;
    uint64_t named[CALLER_TABLE_NAMES_MAX]; /* by place; the control thread's */
};

/* Zeroed memory is an empty table. Never 0. */
uint64_t caller_table_key(struct slice caller);

/* The caller's place. An unknown one becomes a guest, or is nowhere where guests are not wanted. */
uint32_t caller_table_find(struct caller_table *table, uint64_t key, bool wants_guests);

/*
 * The callers of the configuration, each once: who has a place keeps it, wherever it stands in the list now.
 * `ret_places` has `count` elements.
 */
void caller_table_name(struct caller_table *table, const uint64_t *keys, uint32_t count, uint32_t *ret_places);

/* Is the guest's place taken? */
static inline bool caller_table_has_guest(const struct caller_table *table, uint32_t place)
{
    return atomic_load_explicit(&table->guests[place - CALLER_TABLE_FIRST_GUEST], memory_order_relaxed) != 0;
}

/* A guest's place is free again. */
void caller_table_let_go(struct caller_table *table, uint32_t place);
