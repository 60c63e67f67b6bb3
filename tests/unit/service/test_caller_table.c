#include "service/caller_table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static struct caller_table table;

static void empty(void)
{
    memset(&table, 0, sizeof(table));
}

TestSuite(caller_table, .init = empty);

/* The i-th key whose window is that one. */
static uint64_t key_in(uint32_t window, uint64_t i)
{
    return (uint64_t)window << 32 | (i + 1);
}

static uint32_t find(uint64_t key)
{
    return caller_table_find(&table, key, true);
}

Test(caller_table, a_guest_is_found_where_it_was_registered)
{
    uint32_t place = find(77);
    cr_assert(ge(u32, place, CALLER_TABLE_FIRST_GUEST));
    cr_assert(lt(u32, place, CALLER_TABLE_PLACES));
    cr_assert(eq(u32, find(77), place));
    cr_assert(ne(u32, find(78), place));
    cr_assert(caller_table_has_guest(&table, place));
}

Test(caller_table, where_guests_are_not_wanted_a_stranger_is_nowhere_and_leaves_no_trace)
{
    cr_assert(eq(u32, caller_table_find(&table, 77, false), CALLER_TABLE_NOWHERE));
    for (uint32_t place = CALLER_TABLE_FIRST_GUEST; place < CALLER_TABLE_PLACES; place++) {
        cr_assert_not(caller_table_has_guest(&table, place));
    }
}

Test(caller_table, a_window_takes_8_guests_and_the_ninth_is_other)
{
    for (uint64_t i = 0; i < CALLER_TABLE_WINDOW; i++) {
        cr_assert(ge(u32, find(key_in(5, i)), CALLER_TABLE_FIRST_GUEST));
    }
    cr_assert(eq(u32, find(key_in(5, 8)), CALLER_TABLE_OTHER));
    cr_assert(ge(u32, find(key_in(6, 8)), CALLER_TABLE_FIRST_GUEST), "the next window has room");
}

Test(caller_table, who_was_let_go_makes_room_for_another)
{
    uint32_t places[CALLER_TABLE_WINDOW];
    for (uint64_t i = 0; i < CALLER_TABLE_WINDOW; i++) {
        places[i] = find(key_in(5, i));
    }
    caller_table_let_go(&table, places[3]);
    cr_assert_not(caller_table_has_guest(&table, places[3]));
    cr_assert(eq(u32, find(key_in(5, 7)), places[7]), "a gap before it does not hide a guest");
    cr_assert(eq(u32, find(key_in(5, 8)), places[3]));
    cr_assert(eq(u32, find(key_in(5, 3)), CALLER_TABLE_OTHER));
}

Test(caller_table, all_places_can_be_taken)
{
    static bool is_taken[CALLER_TABLE_PLACES];
    for (uint32_t window = 0; window < CALLER_TABLE_GUESTS / CALLER_TABLE_WINDOW; window++) {
        for (uint64_t i = 0; i < CALLER_TABLE_WINDOW; i++) {
            uint32_t place = find(key_in(window, i));
            cr_assert_not(is_taken[place]);
            is_taken[place] = true;
        }
    }
    cr_assert(eq(u32, find(key_in(0, 99)), CALLER_TABLE_OTHER));
}

Test(caller_table, hundreds_of_callers_rarely_meet_a_full_window)
{
    uint32_t other = 0;
    for (unsigned i = 0; i < 256; i++) {
        char name[16];
        snprintf(name, sizeof(name), "team-%u", i);
        other += find(caller_table_key(slice_of(name))) == CALLER_TABLE_OTHER;
    }
    cr_assert(eq(u32, other, 0));
}

Test(caller_table, a_named_caller_has_its_place_however_full_the_windows_are)
{
    uint64_t keys[CALLER_TABLE_NAMES_MAX];
    uint32_t places[CALLER_TABLE_NAMES_MAX];
    for (uint64_t i = 0; i < CALLER_TABLE_NAMES_MAX; i++) {
        find(key_in(0, 100 + i));
        keys[i] = key_in(0, i) * CALLER_TABLE_PROBES; /* all begin at the same word */
    }
    caller_table_name(&table, keys, CALLER_TABLE_NAMES_MAX, places);
    for (uint32_t i = 0; i < CALLER_TABLE_NAMES_MAX; i++) {
        cr_assert(eq(u32, find(keys[i]), places[i]));
        cr_assert(eq(u32, caller_table_find(&table, keys[i], false), places[i]));
        cr_assert(ge(u32, places[i], CALLER_TABLE_NAMES));
        cr_assert(lt(u32, places[i], CALLER_TABLE_FIRST_GUEST));
    }
}

Test(caller_table, a_name_keeps_its_place_wherever_it_stands_in_the_list)
{
    uint32_t before[3], after[3];
    caller_table_name(&table, (uint64_t[]){10, 20, 30}, 3, before);
    caller_table_name(&table, (uint64_t[]){30, 40, 10}, 3, after);
    cr_assert(eq(u32, after[0], before[2]));
    cr_assert(eq(u32, after[2], before[0]));
    cr_assert(eq(u32, after[1], before[1]), "the place of who went is the newcomer's");
    cr_assert(eq(u32, caller_table_find(&table, 20, false), CALLER_TABLE_NOWHERE));
}

Test(caller_table, names_come_and_go_for_ever)
{
    uint32_t places[CALLER_TABLE_NAMES_MAX];
    for (uint64_t round = 0; round < 200; round++) {
        uint64_t keys[CALLER_TABLE_NAMES_MAX];
        for (uint64_t i = 0; i < CALLER_TABLE_NAMES_MAX; i++) {
            keys[i] = round * 17 + i + 1;
        }
        caller_table_name(&table, keys, CALLER_TABLE_NAMES_MAX, places);
        for (uint64_t i = 0; i < CALLER_TABLE_NAMES_MAX; i++) {
            cr_assert(eq(u32, caller_table_find(&table, keys[i], false), places[i]));
        }
    }
    caller_table_name(&table, NULL, 0, places);
    cr_assert(eq(u32, caller_table_find(&table, 200 * 17, false), CALLER_TABLE_NOWHERE));
}

Test(caller_table, a_key_is_never_0_and_differs_by_name)
{
    cr_assert(ne(u64, caller_table_key(SLICE("")), 0));
    cr_assert(ne(u64, caller_table_key(SLICE("a")), caller_table_key(SLICE("A"))));
    cr_assert(eq(u64, caller_table_key(SLICE("a")), caller_table_key(SLICE("a"))));
}
