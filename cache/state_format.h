/*
 * state_format.h - what of a state file both its reader and its writer must know. Private to state_file*.c.
 */
#pragma once

#include "cache/state_file.h"

#define STATE_FORMAT_BYTE_ORDER UINT32_C(0x01020304)
static const char state_format_magic[8] = {'p', 'r', 'o', 'm', 'o', 'l', 'k', 'g'};

struct state_entry {
    uint32_t name_length, length;
    uint64_t hash; /* of the document's bytes */
};

/* Of the whole file. */
uint64_t state_format_bytes(const struct state_head *head);

uint64_t state_format_head_hash(const struct state_head *head);
