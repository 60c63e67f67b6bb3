/*
 * gate.h - what a worker has to know about an interface, in one word.
 *
 *     share_bp   which share of the users is evaluated; GATE_SHARE_ALL: everybody, without a look at who it is
 *     order      what operators decided (switch_mode.h), all sources together
 *     is_shadow  the share is counted, and not applied
 *     is_drill   a switch is tried out: answer as always, and count what it would have done
 *
 * The control thread packs and publishes it at each tick; a worker loads it for each request, and again where it counts
 * a drill. A word of zeros admits everybody: where nobody publishes, nothing is withheld.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "degrade/switch_mode.h"

enum { GATE_SHARE_ALL = 10000 };

struct gate {
    uint32_t share_bp;
    enum switch_mode order;
    bool is_shadow, is_drill;
};

static inline uint32_t gate_pack(struct gate gate)
{
    return (GATE_SHARE_ALL - gate.share_bp) | (uint32_t)gate.order << 14 | (uint32_t)gate.is_shadow << 16 |
           (uint32_t)gate.is_drill << 17;
}

static inline struct gate gate_unpack(uint32_t word)
{
    return (struct gate){.share_bp = GATE_SHARE_ALL - (word & 0x3fff),
                         .order = (enum switch_mode)(word >> 14 & 3),
                         .is_shadow = (word >> 16 & 1) != 0,
                         .is_drill = (word >> 17 & 1) != 0};
}
