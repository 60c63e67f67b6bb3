/*
 * race_slot - 4 readers, 10 000 swaps: nobody sees freed memory.
 *
 * A program of its own, since criterion cannot start under ThreadSanitizer. What is taken out is overwritten before it
 * is freed, so that a reader who comes too late is found without a sanitizer too. Exit status 0: no reader saw one.
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/slot.h"

enum { READERS = 4, SWAPS = 10000, WORDS = 8 };

struct thing {
    uint64_t words[WORDS]; /* all equal while it is alive */
};

static struct slot slot;
static pthread_barrier_t start;
static bool is_over;
static uint64_t torn_count, read_count;

static bool is_whole(const struct thing *thing)
{
    for (unsigned i = 1; i < WORDS; i++) {
        if (thing->words[i] != thing->words[0] || thing->words[i] == 0) {
            return false;
        }
    }
    return true;
}

/* As a worker: quiescent after each request, offline while it polls. Yielding lets the other threads in. */
static void rest(uint64_t reads)
{
    slot_reader_quiescent();
    if (reads % 64 == 0) {
        slot_reader_offline();
        sched_yield();
        slot_reader_online();
    } else if (reads % 16 == 0) {
        sched_yield();
    }
}

static void *read_on(void *argument)
{
    (void)argument;
    uint64_t torn = 0, reads = 0;
    slot_reader_register();
    slot_reader_offline();
    pthread_barrier_wait(&start);
    slot_reader_online();
    while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
        const struct thing *thing = slot_read(&slot);
        torn += !is_whole(thing);
        reads++;
        rest(reads);
    }
    slot_reader_unregister();
    __atomic_fetch_add(&torn_count, torn, __ATOMIC_RELAXED);
    __atomic_fetch_add(&read_count, reads, __ATOMIC_RELAXED);
    return NULL;
}

static struct thing *make_thing(uint64_t value)
{
    struct thing *thing = malloc(sizeof(*thing));
    if (thing == NULL) {
        abort();
    }
    for (unsigned i = 0; i < WORDS; i++) {
        thing->words[i] = value;
    }
    return thing;
}

static void free_thing(struct thing *thing)
{
    for (unsigned i = 0; i < WORDS; i++) {
        thing->words[i] = 0;
    }
    free(thing);
}

int main(void)
{
    pthread_t readers[READERS];
    slot_init(&slot, make_thing(1));
    pthread_barrier_init(&start, NULL, READERS + 1);
    for (unsigned i = 0; i < READERS; i++) {
        if (pthread_create(&readers[i], NULL, read_on, NULL) != 0) {
            abort();
        }
    }
    pthread_barrier_wait(&start);
    for (uint64_t value = 2; value <= SWAPS + 1; value++) {
        free_thing(slot_swap(&slot, make_thing(value)));
        sched_yield();
    }
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(readers[i], NULL);
    }
    free_thing(slot_swap(&slot, NULL));
    printf("%d swaps, %llu reads, %llu of something freed\n", SWAPS, (unsigned long long)read_count,
           (unsigned long long)torn_count);
    return torn_count == 0 && read_count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
