#include "tests/race/chronicle.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

bool chronicle_init(struct chronicle *chronicle, uint32_t numbers_max)
{
    *chronicle = (struct chronicle){.numbers_max = numbers_max, .slot_count = 16};
    while (chronicle->slot_count < numbers_max * 2) {
        chronicle->slot_count *= 2;
    }
    chronicle->marks = calloc((size_t)numbers_max + 1, sizeof(*chronicle->marks));
    chronicle->slots = calloc(chronicle->slot_count, sizeof(*chronicle->slots));
    pthread_mutex_init(&chronicle->mutex, NULL);
    pthread_cond_init(&chronicle->has_come, NULL);
    return chronicle->marks != NULL && chronicle->slots != NULL;
}

void chronicle_clear(struct chronicle *chronicle)
{
    free(chronicle->marks);
    free(chronicle->slots);
    pthread_cond_destroy(&chronicle->has_come);
    pthread_mutex_destroy(&chronicle->mutex);
}

/* The slot of the mark, or the free one where it would stand; and what stands there. */
static _Atomic uint32_t *find(const struct chronicle *chronicle, uint64_t mark, uint32_t *ret_number)
{
    uint32_t slot = (uint32_t)((mark * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
    uint32_t number;
    do {
        slot &= chronicle->slot_count - 1;
        number = atomic_load_explicit(&chronicle->slots[slot++], memory_order_acquire);
    } while (number != 0 && chronicle->marks[number] != mark);
    *ret_number = number;
    return &chronicle->slots[slot - 1];
}

void chronicle_announce(struct chronicle *chronicle, uint32_t number, uint64_t mark)
{
    uint32_t same;
    assert(number == chronicle_ceiling(chronicle) + 1);
    assert(number <= chronicle->numbers_max);
    _Atomic uint32_t *slot = find(chronicle, mark, &same);
    assert(same == 0); /* no two numbers share a mark */
    chronicle->marks[number] = mark;
    atomic_store_explicit(slot, number, memory_order_release);
    atomic_store_explicit(&chronicle->announced, number, memory_order_release);
}

void chronicle_settle(struct chronicle *chronicle)
{
    uint32_t number = chronicle_ceiling(chronicle);
    atomic_store_explicit(&chronicle->settled, number, memory_order_release);
    pthread_mutex_lock(&chronicle->mutex);
    if (chronicle->awaited != 0 && chronicle->awaited <= number) {
        pthread_cond_signal(&chronicle->has_come);
    }
    pthread_mutex_unlock(&chronicle->mutex);
}

uint32_t chronicle_floor(const struct chronicle *chronicle)
{
    return atomic_load_explicit(&chronicle->settled, memory_order_acquire);
}

uint32_t chronicle_ceiling(const struct chronicle *chronicle)
{
    return atomic_load_explicit(&chronicle->announced, memory_order_acquire);
}

uint32_t chronicle_number_of(const struct chronicle *chronicle, uint64_t mark)
{
    uint32_t number;
    find(chronicle, mark, &number);
    return number;
}

void chronicle_wait(struct chronicle *chronicle, uint32_t number)
{
    pthread_mutex_lock(&chronicle->mutex);
    chronicle->awaited = number;
    while (chronicle_floor(chronicle) < number) {
        pthread_cond_wait(&chronicle->has_come, &chronicle->mutex);
    }
    chronicle->awaited = 0;
    pthread_mutex_unlock(&chronicle->mutex);
}
