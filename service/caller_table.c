#include "service/caller_table.h"

#include <assert.h>

#include "policy/hash.h"

static_assert(CALLER_TABLE_FIRST_GUEST <= 256, "a named caller's place is kept in a byte");

uint64_t caller_table_key(struct slice caller)
{
    uint64_t key = hash_bytes(caller.at, caller.length);
    return key != 0 ? key : 1;
}

static uint64_t read_word(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* The place of a name; CALLER_TABLE_NOWHERE of anybody else. Ends at a free word: three quarters are. */
static uint32_t find_name(const struct caller_table *table, uint64_t key)
{
    const struct caller_names *names = &table->names[atomic_load_explicit(&table->current_names, memory_order_acquire)];
    for (uint32_t i = 0; i < CALLER_TABLE_PROBES; i++) {
        uint32_t at = (uint32_t)(key + i) % CALLER_TABLE_PROBES;
        uint64_t found = read_word(&names->keys[at]);
        if (found == key) {
            return atomic_load_explicit(&names->places[at], memory_order_relaxed);
        }
        if (found == 0) {
            break;
        }
    }
    return CALLER_TABLE_NOWHERE;
}

/* Writes the key into the first free word of the window, unless another worker was faster with the same one. */
static uint32_t register_guest(struct caller_table *table, uint32_t window, uint64_t key)
{
    for (uint32_t at = window; at < window + CALLER_TABLE_WINDOW; at++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong_explicit(&table->guests[at], &found, key, memory_order_relaxed,
                                                    memory_order_relaxed) ||
            found == key) {
            return CALLER_TABLE_FIRST_GUEST + at;
        }
    }
    return CALLER_TABLE_OTHER;
}

uint32_t caller_table_find(struct caller_table *table, uint64_t key, bool wants_guests)
{
    uint32_t place = find_name(table, key);
    if (place != CALLER_TABLE_NOWHERE || !wants_guests) {
        return place;
    }
    uint32_t window = (uint32_t)(key >> 32) % (CALLER_TABLE_GUESTS / CALLER_TABLE_WINDOW) * CALLER_TABLE_WINDOW;
    bool has_room = false;
    for (uint32_t at = window; at < window + CALLER_TABLE_WINDOW; at++) {
        uint64_t found = read_word(&table->guests[at]);
        if (found == key) {
            return CALLER_TABLE_FIRST_GUEST + at;
        }
        has_room |= found == 0;
    }
    return has_room ? register_guest(table, window, key) : CALLER_TABLE_OTHER;
}

static bool is_among(uint64_t key, const uint64_t *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i] == key) {
            return true;
        }
    }
    return false;
}

/* The index of the key, or of a free word if it is new. */
static uint32_t place_of(const struct caller_table *table, uint64_t key)
{
    uint32_t place = CALLER_TABLE_NAMES_MAX;
    for (uint32_t i = 0; i < CALLER_TABLE_NAMES_MAX; i++) {
        if (table->named[i] == key) {
            return i;
        }
        if (table->named[i] == 0 && place == CALLER_TABLE_NAMES_MAX) {
            place = i;
        }
    }
    assert(place < CALLER_TABLE_NAMES_MAX);
    return place;
}

static void write_name(struct caller_names *names, uint64_t key, uint32_t place)
{
    uint32_t at = (uint32_t)key % CALLER_TABLE_PROBES;
    while (read_word(&names->keys[at]) != 0 && read_word(&names->keys[at]) != key) {
        at = (at + 1) % CALLER_TABLE_PROBES;
    }
    atomic_store_explicit(&names->places[at], (uint8_t)place, memory_order_relaxed);
    atomic_store_explicit(&names->keys[at], key, memory_order_relaxed);
}

void caller_table_name(struct caller_table *table, const uint64_t *keys, uint32_t count, uint32_t *ret_places)
{
    assert(count <= CALLER_TABLE_NAMES_MAX);
    uint32_t fresh = 1 - atomic_load_explicit(&table->current_names, memory_order_relaxed);
    struct caller_names *names = &table->names[fresh];
    for (uint32_t i = 0; i < CALLER_TABLE_PROBES; i++) {
        atomic_store_explicit(&names->keys[i], 0, memory_order_relaxed);
    }
    for (uint32_t i = 0; i < CALLER_TABLE_NAMES_MAX; i++) {
        if (!is_among(table->named[i], keys, count)) {
            table->named[i] = 0;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = place_of(table, keys[i]);
        table->named[index] = keys[i];
        ret_places[i] = CALLER_TABLE_NAMES + index;
        write_name(names, keys[i], ret_places[i]);
    }
    atomic_store_explicit(&table->current_names, fresh, memory_order_release);
}

void caller_table_let_go(struct caller_table *table, uint32_t place)
{
    assert(place >= CALLER_TABLE_FIRST_GUEST && place < CALLER_TABLE_PLACES);
    atomic_store_explicit(&table->guests[place - CALLER_TABLE_FIRST_GUEST], 0, memory_order_relaxed);
}
