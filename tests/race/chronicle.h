/*
 * chronicle.h - which things were put into force, in their order: what an answer may rest on.
 *
 *     writer    announce(7) ── swap ── settle(7)
 *     caller         floor ── ask ── answered ── ceiling
 *
 * Number 7 may be seen in answers from its announcement on; once it is settled no later question may be answered by an
 * older one. So the number behind an answer lies between the floor before its question and the ceiling behind it.
 *
 * Numbers begin with 1 and are announced in order, each with its mark: what answers call it.
 *
 * Threads  one writer announces and settles, one thread waits; the rest from any thread, without a lock.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct chronicle {
    uint64_t *marks;         /* by number */
    _Atomic uint32_t *slots; /* mark to number, open addressing; 0: free. Written behind marks. */
    uint32_t numbers_max, slot_count;
    _Atomic uint32_t announced, settled;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t has_come;
    uint32_t awaited; /* 0: nobody waits */
};

/* False when memory ends. */
bool chronicle_init(struct chronicle *chronicle, uint32_t numbers_max);
void chronicle_clear(struct chronicle *chronicle);

void chronicle_announce(struct chronicle *chronicle, uint32_t number, uint64_t mark);
/* The last announced. */
void chronicle_settle(struct chronicle *chronicle);

/* The last settled. */
uint32_t chronicle_floor(const struct chronicle *chronicle);
/* The last announced. */
uint32_t chronicle_ceiling(const struct chronicle *chronicle);

/* 0: nothing of that mark was announced. */
uint32_t chronicle_number_of(const struct chronicle *chronicle, uint64_t mark);

/* Waits until that number is settled. */
void chronicle_wait(struct chronicle *chronicle, uint32_t number);
