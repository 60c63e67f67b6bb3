/*
 * record_ring.h - records from one thread to another, in order and without a lock: the writer never waits.
 *
 *     writer   record_ring_begin ─▶ fill ─▶ record_ring_commit ──▶ │ record │ record │  free  │
 *                     └─ NULL: no room, counted and forgotten          ▲
 *     reader   record_ring_peek ─▶ use ─▶ record_ring_next ────────────┘
 *
 * A record lies in one piece: where it does not fit before the end, the rest is skipped. Each side keeps a copy of how
 * far the other had come when it last looked, and looks again only when that does not suffice: so the two rarely touch
 * the same cache line.
 *
 * Threads  one writes, one reads; `dropped` may be read by any.
 * Source   Lamport, "Proving the Correctness of Multiprocess Programs", 1977: the queue of one writer and one reader.
 */
#pragma once

#include "policy/slice.h"
#include "service/counter.h"

enum { RECORD_RING_APART_BYTES = 64 }; /* a cache line */

struct record_ring {
    char *bytes;
    uint64_t capacity; /* a power of two */
    char apart_1[RECORD_RING_APART_BYTES];

    _Atomic uint64_t written; /* bytes ever; the writer's, as what follows */
    uint64_t read_seen, begun;
    counter dropped;
    char apart_2[RECORD_RING_APART_BYTES];

    _Atomic uint64_t read; /* bytes ever; the reader's, as what follows */
    uint64_t written_seen;
};

/* At least `capacity_min` bytes; false when memory ends. Zeroed memory is a ring without room. */
bool record_ring_init(struct record_ring *ring, uint64_t capacity_min);
void record_ring_clear(struct record_ring *ring);

/* Room for a record, aligned to 8 bytes, until the commit; NULL: there is none. More than half the ring is never room.
 */
char *record_ring_begin(struct record_ring *ring, uint32_t bytes);
void record_ring_commit(struct record_ring *ring);

/* The oldest record, until record_ring_next; false: there is none. */
bool record_ring_peek(struct record_ring *ring, struct slice *ret_record);
void record_ring_next(struct record_ring *ring);
