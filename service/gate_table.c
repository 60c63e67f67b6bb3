#include "service/gate_table.h"

/* There always is one: the two configurations have no more interfaces than the table has places. */
static uint32_t take_free(bool is_taken[GATE_TABLE_SLOTS])
{
    uint32_t slot = 0;
    while (is_taken[slot]) {
        slot++;
    }
    is_taken[slot] = true;
    return slot;
}

void gate_table_assign(struct config *fresh, const struct config *running)
{
    bool is_taken[GATE_TABLE_SLOTS] = {false};
    for (uint32_t i = 0; i < running->interface_count; i++) {
        is_taken[running->interfaces[i].gate] = true;
    }
    for (uint32_t i = 0; i < fresh->interface_count; i++) {
        struct config_interface *interface = &fresh->interfaces[i];
        const struct config_interface *before = config_interface_find(running, interface->name);
        interface->gate = before != NULL ? before->gate : take_free(is_taken);
    }
}
