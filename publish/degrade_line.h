/*
 * degrade_line.h - a switch in one piece of a line, as operators read it.
 *
 *     checkout on (redis, li.wei@ops-1, until 2026-02-13T09:00:00Z: coupons run out)
 *     cart auto
 *
 * All of it may come from elsewhere, so it is made printable.
 */
#pragma once

#include "policy/text.h"

struct degrade_line {
    const char *interface, *mode;
    const char *source, *actor, *until, *reason; /* "": not said */
};

void degrade_line_append(struct text *text, const struct degrade_line *line);
