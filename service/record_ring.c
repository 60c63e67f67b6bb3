#include "service/record_ring.h"

#include <stdlib.h>

enum { HEAD_BYTES = 8 };

static const uint32_t skip = UINT32_MAX;

/* Before each record: its length, or `skip`: the rest up to the end holds nothing. */
struct head {
    uint32_t bytes, padding;
};

bool record_ring_init(struct record_ring *ring, uint64_t capacity_min)
{
    uint64_t capacity = 1024;
    while (capacity < capacity_min) {
        capacity *= 2;
    }
    *ring = (struct record_ring){.bytes = malloc(capacity), .capacity = capacity};
    return ring->bytes != NULL;
}

void record_ring_clear(struct record_ring *ring)
{
    free(ring->bytes);
    *ring = (struct record_ring){0};
}

static uint64_t taken_by(uint32_t bytes)
{
    return HEAD_BYTES + ((uint64_t)bytes + 7) / 8 * 8;
}

static struct head *head_at(const struct record_ring *ring, uint64_t position)
{
    return (struct head *)(void *)(ring->bytes + (position & (ring->capacity - 1)));
}

static bool has_room(struct record_ring *ring, uint64_t written, uint64_t wanted)
{
    if (ring->capacity - (written - ring->read_seen) < wanted) {
        ring->read_seen = atomic_load_explicit(&ring->read, memory_order_acquire);
    }
    return ring->capacity - (written - ring->read_seen) >= wanted;
}

char *record_ring_begin(struct record_ring *ring, uint32_t bytes)
{
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint64_t taken = taken_by(bytes);
    uint64_t to_end = ring->capacity - (written & (ring->capacity - 1));
    uint64_t skipped = taken <= to_end ? 0 : to_end;
    if (taken > ring->capacity / 2 || !has_room(ring, written, skipped + taken)) {
        counter_add(&ring->dropped, 1);
        return NULL;
    }
    if (skipped > 0) {
        head_at(ring, written)->bytes = skip;
    }
    struct head *head = head_at(ring, written + skipped);
    head->bytes = bytes;
    ring->begun = written + skipped + taken;
    return (char *)(head + 1);
}

bool record_ring_is_full(struct record_ring *ring, uint32_t bytes)
{
    bool is_full = !has_room(ring, atomic_load_explicit(&ring->written, memory_order_relaxed), taken_by(bytes));
    counter_add(&ring->dropped, is_full);
    return is_full;
}

void record_ring_commit(struct record_ring *ring)
{
    atomic_store_explicit(&ring->written, ring->begun, memory_order_release);
}

/* False: nothing is written past it. */
static bool is_written(struct record_ring *ring, uint64_t position)
{
    if (ring->written_seen == position) {
        ring->written_seen = atomic_load_explicit(&ring->written, memory_order_acquire);
    }
    return ring->written_seen != position;
}

bool record_ring_peek(struct record_ring *ring, struct slice *ret_record)
{
    uint64_t position = atomic_load_explicit(&ring->read, memory_order_relaxed);
    if (!is_written(ring, position)) {
        return false;
    }
    const struct head *head = head_at(ring, position);
    if (head->bytes == skip) { /* what was skipped is committed together with the record behind it */
        position += ring->capacity - (position & (ring->capacity - 1));
        atomic_store_explicit(&ring->read, position, memory_order_release);
        head = head_at(ring, position);
    }
    *ret_record = (struct slice){.at = (const char *)(head + 1), .length = head->bytes};
    return true;
}

void record_ring_next(struct record_ring *ring)
{
    uint64_t position = atomic_load_explicit(&ring->read, memory_order_relaxed);
    uint64_t next = position + taken_by(head_at(ring, position)->bytes);
    atomic_store_explicit(&ring->read, next, memory_order_release);
}
