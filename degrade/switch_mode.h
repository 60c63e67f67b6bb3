/*
 * switch_mode.h - an interface's degrade switch: what an operator decided about it.
 *
 *     auto    no opinion: the gateway's own judgement counts
 *     on      always the fallback
 *     never   never the fallback because of the breaker; limits, budgets and a full line hold
 */
#pragma once

#include <stdbool.h>

#define SWITCH_MODES(ROW)                                                                                              \
    ROW(SWITCH_AUTO, "auto")                                                                                           \
    ROW(SWITCH_ON, "on")                                                                                               \
    ROW(SWITCH_NEVER, "never")

enum switch_mode {
#define ROW(enumerator, name) enumerator,
    SWITCH_MODES(ROW)
#undef ROW
};

/* Two opinions together: any `on` wins, else any `never`. */
static inline enum switch_mode switch_mode_join(enum switch_mode a, enum switch_mode b)
{
    if (a == SWITCH_ON || b == SWITCH_ON) {
        return SWITCH_ON;
    }
    return a == SWITCH_NEVER || b == SWITCH_NEVER ? SWITCH_NEVER : SWITCH_AUTO;
}

/* The mode of that name, exactly as spelt above; false if there is none. */
bool switch_mode_of(const char *name, enum switch_mode *ret_mode);

const char *switch_mode_name(enum switch_mode mode);
