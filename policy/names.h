/*
 * names.h - strings as dense numbers: the first is 0, the next new one 1, and so on.
 *
 * While a policy set is read, AOI codes, interfaces, attributes and groups are interned, so that the rest of the work
 * is on small integers.
 *
 * Ownership  names copies what is new into an arena of its own.
 * Errors     false when memory ends; the table stays as it was.
 */
#pragma once

#include "policy/arena.h"

/* A number and the high half of its name's hash: another name is told apart without looking at it. */
struct names_slot {
    uint32_t tag;
    uint32_t number_plus_one; /* 0: free */
};

struct names {
    struct arena arena;
    struct slice *items; /* by number */
    uint32_t count, capacity;
    struct names_slot *slots; /* a power of two of them, at most half full */
    uint32_t slot_count;
};

void names_init(struct names *names);
void names_clear(struct names *names);

bool names_intern(struct names *names, struct slice name, uint32_t *ret_number);
