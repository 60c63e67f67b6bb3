/*
 * share.h - one in so many, evenly: which of a row of things belong to a share of them.
 *
 *     2500 bp: no no no yes no no no yes
 *
 * Units    basis points, 10000 is all.
 * Threads  of its owner.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct share {
    uint32_t credit_bp;
};

/* Does the next one? */
static inline bool share_takes(struct share *share, uint32_t share_bp)
{
    share->credit_bp += share_bp;
    bool is_due = share->credit_bp >= 10000;
    share->credit_bp -= is_due ? 10000 : 0;
    return is_due;
}
