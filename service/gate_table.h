/*
 * gate_table.h - the gates of all interfaces (degrade/gate.h), each in a place that outlives configurations.
 *
 *     old configuration   checkout ─▶ 0   browse ─▶ 1
 *     new configuration   browse ─▶ 1     cart ─▶ 2     checkout ─▶ 0
 *
 * A worker may still hold the old configuration while the new one comes into force: so an interface keeps its place by
 * its name, and a new one gets a place that neither of them uses.
 *
 * Threads  words: one writer at a time (control.h), any reader. gate_table_assign: before `fresh` is shared.
 */
#pragma once

#include <stdatomic.h>

#include "degrade/gate.h"
#include "service/config.h"

enum { GATE_TABLE_SLOTS = 2 * CONFIG_INTERFACES_MAX };

struct gate_table {
    _Atomic uint32_t words[GATE_TABLE_SLOTS];
};

static inline struct gate gate_table_read(const struct gate_table *table, uint32_t slot)
{
    return gate_unpack(atomic_load_explicit(&table->words[slot], memory_order_relaxed));
}

static inline void gate_table_write(struct gate_table *table, uint32_t slot, struct gate gate)
{
    atomic_store_explicit(&table->words[slot], gate_pack(gate), memory_order_relaxed);
}

/* Gives each interface of `fresh` its place. */
void gate_table_assign(struct config *fresh, const struct config *running);
