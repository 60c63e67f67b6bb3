/*
 * cascade.h - who gives first when the workers cannot do everything: interfaces by priority.
 *
 *     overload   the lowest priority sheds; the next one only when that has given all it can
 *                all at their floors, and still too much: they open, again the lowest priority first
 *     calm       the highest priority takes back first; the next one only when that has all its users again
 *
 *     priority   1000 checkout   100 %   100 %   60 %          (time ─▶, three ticks of overload)
 *                 999 browse      70 %     5 %    5 %
 *
 * Interfaces of one priority act together. One that nobody asks for, or that operators hold, can neither give nor
 * wants anything: it is passed over. Opening waits for all because until then somebody else can still give: who opened
 * alone would come back into the same overload by its ramp, again and again. Of two that ramp, the lower priority goes
 * a step behind: waiting for the other's whole ramp would double the way back.
 *
 * Threads  any; nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cascade_row {
    uint32_t priority; /* the lower gives first */
    bool has_demand;   /* somebody asked in the last second */
    bool is_forced;    /* operators hold it */
    bool is_at_floor;  /* it has given all it can */
    bool is_open;      /* it has given even that: it admits nobody */
    bool is_whole;     /* it has all its users */
    uint32_t ramp_bp;  /* its share while it ramps; 0: it does not */
    uint64_t admitted; /* in the tick, by its share */

    /* out */
    bool may_shed, may_grow, may_open;
    uint32_t bearable_bp; /* of `admitted`, what is left for it when it alone bears what is too much */
};

/* `surplus` of all that was admitted could not be served; an even cut of `even_bp` holds where that is stricter. */
void cascade_judge(struct cascade_row *rows, uint32_t count, uint64_t surplus, uint32_t even_bp);
