#include "service/gate_table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Of interfaces named by one letter each, or by their number where there are many. */
static struct config *named(const char *letters)
{
    static struct config configs[4];
    static struct config_interface interfaces[4][CONFIG_INTERFACES_MAX];
    static unsigned turn;
    unsigned i = turn++ % 4;
    configs[i].interfaces = interfaces[i];
    configs[i].interface_count = (uint32_t)strlen(letters);
    for (uint32_t k = 0; k < configs[i].interface_count; k++) {
        interfaces[i][k] = (struct config_interface){.name = {.at = letters + k, .length = 1}, .gate = k};
    }
    return &configs[i];
}

/* As "a2 b0": each with its place. */
static void assert_places(const struct config *config, const char *expected)
{
    char places[CONFIG_INTERFACES_MAX * 8] = "";
    size_t length = 0;
    for (uint32_t i = 0; i < config->interface_count; i++) {
        length += (size_t)snprintf(places + length, sizeof(places) - length, "%s%c%u", i == 0 ? "" : " ",
                                   config->interfaces[i].name.at[0], config->interfaces[i].gate);
    }
    cr_assert_str_eq(places, expected);
}

Test(gate_table, an_interface_keeps_its_place_by_its_name)
{
    struct config *fresh = named("ba");
    gate_table_assign(fresh, named("ab"));
    assert_places(fresh, "b1 a0");
}

Test(gate_table, a_new_one_gets_a_place_that_neither_configuration_uses)
{
    struct config *second = named("bca");
    gate_table_assign(second, named("ab"));
    assert_places(second, "b1 c2 a0");
    struct config *third = named("dcb");
    gate_table_assign(third, second);
    assert_places(third, "d3 c2 b1");
}

Test(gate_table, the_place_of_one_that_is_gone_is_free_for_the_configuration_after_next)
{
    struct config *second = named("b");
    gate_table_assign(second, named("ab"));
    struct config *third = named("bc");
    gate_table_assign(third, second);
    assert_places(third, "b1 c0");
}

Test(gate_table, sixty_four_can_be_replaced_by_sixty_four_others_again_and_again)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                                  "!\"#$%&'()*,-.:;<=>?@[]^_`{|}~\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d"
                                  "\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f\x80\x81"
                                  "\x82\x83\x84";
    char first[CONFIG_INTERFACES_MAX + 1] = "", second[CONFIG_INTERFACES_MAX + 1] = "";
    memcpy(first, letters, CONFIG_INTERFACES_MAX);
    memcpy(second, letters + CONFIG_INTERFACES_MAX, CONFIG_INTERFACES_MAX);
    struct config *running = named(first);
    for (int i = 0; i < 10; i++) {
        struct config *fresh = named(i % 2 == 0 ? second : first);
        gate_table_assign(fresh, running);
        bool is_taken[GATE_TABLE_SLOTS] = {false};
        for (uint32_t k = 0; k < CONFIG_INTERFACES_MAX; k++) {
            is_taken[running->interfaces[k].gate] = true;
        }
        for (uint32_t k = 0; k < CONFIG_INTERFACES_MAX; k++) {
            cr_assert_lt(fresh->interfaces[k].gate, GATE_TABLE_SLOTS);
            cr_assert_not(is_taken[fresh->interfaces[k].gate]);
            is_taken[fresh->interfaces[k].gate] = true;
        }
        running = fresh;
    }
}

Test(gate_table, what_is_written_is_read_at_its_place_only)
{
    struct gate_table table = {0};
    gate_table_write(&table, GATE_TABLE_SLOTS - 1, (struct gate){.share_bp = 500, .order = SWITCH_ON});
    cr_assert(eq(u32, gate_table_read(&table, GATE_TABLE_SLOTS - 1).share_bp, 500));
    cr_assert(eq(int, gate_table_read(&table, GATE_TABLE_SLOTS - 1).order, SWITCH_ON));
    cr_assert(eq(u32, gate_table_read(&table, 0).share_bp, GATE_SHARE_ALL));
}
