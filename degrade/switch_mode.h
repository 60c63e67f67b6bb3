/*
 * switch_mode.h - an interface's degrade switch: what an operator decided about it.
 *
 *     auto    no opinion: the gateway's own judgement counts
 *     on      always the fallback
 *     never   never the fallback, whatever the judgement
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

/* The mode of that name, exactly as spelt above; false if there is none. */
bool switch_mode_of(const char *name, enum switch_mode *ret_mode);

const char *switch_mode_name(enum switch_mode mode);
