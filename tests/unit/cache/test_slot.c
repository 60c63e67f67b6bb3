/* Swaps under readers, for use after free and for races, are proved by race_slot.c, which ThreadSanitizer can run. */
#include "cache/slot.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <signal.h>

Test(slot, reads_what_was_put_in_first)
{
    int first = 1;
    struct slot slot;
    slot_init(&slot, &first);
    cr_assert(slot_read(&slot) == &first);
}

Test(slot, swap_gives_back_the_one_before)
{
    int first = 1, second = 2;
    struct slot slot;
    slot_init(&slot, NULL);
    cr_assert(slot_swap(&slot, &first) == NULL);
    cr_assert(slot_swap(&slot, &second) == &first);
    cr_assert(slot_swap(&slot, NULL) == &second);
    cr_assert(slot_read(&slot) == NULL);
}

Test(slot, a_registered_reader_must_not_swap, .signal = SIGABRT)
{
    struct slot slot;
    slot_init(&slot, NULL);
    slot_reader_register();
    slot_swap(&slot, NULL);
}

Test(slot, who_is_registered_no_more_may_swap)
{
    struct slot slot;
    slot_init(&slot, NULL);
    slot_reader_register();
    slot_reader_unregister();
    cr_assert(slot_swap(&slot, NULL) == NULL);
}

Test(slot, a_reader_that_is_not_registered_must_not_rest, .signal = SIGABRT)
{
    slot_reader_quiescent();
}

struct writer {
    struct slot slot;
    int next;
    bool has_swapped;
};

static void *swap_once(void *argument)
{
    struct writer *writer = argument;
    slot_swap(&writer->slot, &writer->next);
    __atomic_store_n(&writer->has_swapped, true, __ATOMIC_RELEASE);
    return NULL;
}

static bool has_swapped(const struct writer *writer)
{
    return __atomic_load_n(&writer->has_swapped, __ATOMIC_ACQUIRE);
}

Test(slot, swap_waits_for_a_reader_until_it_rests, .timeout = 20)
{
    struct writer writer = {0};
    pthread_t thread;
    slot_init(&writer.slot, NULL);
    slot_reader_register();
    pthread_create(&thread, NULL, swap_once, &writer);
    while (slot_read(&writer.slot) == NULL) { /* the swap has begun once we see the new one */
    }
    cr_expect(not(has_swapped(&writer)), "the reader has not rested");
    while (!has_swapped(&writer)) {
        slot_reader_quiescent();
    }
    slot_reader_unregister();
    pthread_join(thread, NULL);
}

Test(slot, an_offline_reader_delays_no_swap, .timeout = 20)
{
    struct writer writer = {0};
    pthread_t thread;
    slot_init(&writer.slot, NULL);
    slot_reader_register();
    slot_reader_offline();
    pthread_create(&thread, NULL, swap_once, &writer);
    pthread_join(thread, NULL);
    slot_reader_online();
    cr_assert(slot_read(&writer.slot) == &writer.next);
    slot_reader_unregister();
}
