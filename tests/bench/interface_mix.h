#pragma once
/*
 * Which interfaces callers use, and how often: "checkout=70,browse=30" are shares of their sum.
 *
 * Ownership: the caller's struct, without pointers. Threads: read-only once parsed.
 * Errors: a sentence for the operator, or NULL when all is well; the struct is then untouched.
 */

#include <stdint.h>

#define INTERFACE_MIX_MAX       8
#define INTERFACE_MIX_NAME_MAX  64
#define INTERFACE_MIX_SHARE_MAX 1000000

struct interface_mix {
    char names[INTERFACE_MIX_MAX][INTERFACE_MIX_NAME_MAX + 1];
    uint64_t cumulative[INTERFACE_MIX_MAX];
    unsigned count;
};

/* Names of letters, digits, '.', '_' and '-', each once; shares from 1 to INTERFACE_MIX_SHARE_MAX. */
const char *interface_mix_parse(const char *text, struct interface_mix *ret_mix);

/* The interface that a draw in [0, 1) falls on. */
unsigned interface_mix_pick(const struct interface_mix *mix, double draw);

/* That of a request target's parameter `interface`; `count` when it names none of the mix. */
unsigned interface_mix_find(const struct interface_mix *mix, const char *target);
