/*
 * slot.h - "the current one": a pointer that many threads read and one replaces, without a lock.
 *
 *     worker   slot_reader_register ─┐
 *              loop: ┌▶ online       │  slot_read: one load; what it gives stays valid until the next
 *                    │  read, use    │  quiescent or offline of this thread
 *                    │  quiescent    │
 *                    └─ offline, poll┘  slot_reader_unregister
 *     writer   old = slot_swap(slot, next);   waits until no reader can still hold the old one
 *              free(old)
 *
 * Quiescent-state-based reclamation (liburcu QSBR; Desnoyers, McKenney et al., "User-Level Implementations of
 * Read-Copy Update", 2012): a read costs a load, and a reader tells once per loop that it holds nothing.
 *
 * Threads  slot_read: registered readers that are online, and the slot's writer. slot_swap: one thread at a time, and
 *          never a registered reader - it would wait for itself, or lose what it reads; an assert says so. A reader
 *          that neither rests nor goes offline delays every writer, so go offline before anything that blocks.
 * Errors   none; liburcu ends the process where a lock or a thread's registration cannot work at all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct snapshot;

struct slot {
    void *current;    /* private: slot_read, slot_swap */
    bool is_swapping; /* private */
};

/* `first` may be NULL. */
void slot_init(struct slot *slot, void *first);

static inline void *slot_read(const struct slot *slot)
{
    return __atomic_load_n(&slot->current, __ATOMIC_ACQUIRE);
}

/* A slot of snapshots, read; NULL before the first. */
static inline const struct snapshot *slot_snapshot(const struct slot *slot)
{
    return slot_read(slot);
}

/* Makes `next` (NULL: nothing) the current one; the one before, now the caller's, once no reader holds it. */
void *slot_swap(struct slot *slot, void *next);

/* A registered thread starts online. */
void slot_reader_register(void);
void slot_reader_unregister(void);

/* Between two requests: nothing that was read before is held any longer. */
void slot_reader_quiescent(void);

/* Around what may block: an offline reader delays nobody, and must not read. */
void slot_reader_offline(void);
void slot_reader_online(void);
