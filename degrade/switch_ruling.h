/*
 * switch_ruling.h - what several sources of switches say together about one interface.
 *
 *     file    checkout: auto                        any `on` wins, else any `never`, else auto: the breaker decides
 *     Redis   *: on, "coupons run out", li.wei      ─▶ on, held by Redis, li.wei
 *     admin   checkout: never, until 17:00          `never` is no way around another source's `on`
 *
 * An order whose time is over is none. A drill is no order: it says what is tried out. Of several that rule, the first
 * one in the list is the holder.
 *
 * Ceilings   outside the file `never` lasts SWITCH_NEVER_S_MAX at most: what protects the gateway must not stay off
 *            because somebody forgot it. One without an end, or while its end is further ahead, does not count.
 * Units      Unix seconds, as argument.
 * Ownership  orders point to texts of the caller's.
 */
#pragma once

#include <stdint.h>

#include "degrade/switch_mode.h"

enum { SWITCH_NEVER_S_MAX = 3600 };

#define SWITCH_SOURCES(ROW)                                                                                            \
    ROW(SWITCH_FROM_FILE, "file")                                                                                      \
    ROW(SWITCH_FROM_REDIS, "redis")                                                                                    \
    ROW(SWITCH_FROM_ADMIN, "admin")

enum switch_source {
#define ROW(enumerator, name) enumerator,
    SWITCH_SOURCES(ROW)
#undef ROW
};

enum {
#define ROW(enumerator, name) +1
    SWITCH_SOURCE_COUNT = 0 SWITCH_SOURCES(ROW),
#undef ROW
    SWITCH_ORDERS_MAX = 2 * SWITCH_SOURCE_COUNT, /* about an interface: by its name and by `*` */
};

struct switch_order {
    enum switch_source source;
    enum switch_mode mode;
    bool is_drill;
    bool is_for_all;            /* given for `*` */
    int64_t until_unix_s;       /* 0: no end */
    const char *actor, *reason; /* "" where it was not said */
};

struct switch_ruling {
    enum switch_mode mode;
    const struct switch_order *holder; /* NULL: nobody, mode is auto */
    const struct switch_order *drill;  /* an `on` that is tried out, or NULL */
};

struct switch_ruling switch_ruling_of(const struct switch_order *orders, uint32_t count, int64_t now_unix_s);

/* 0: it never is. */
static inline bool switch_time_is_over(int64_t until_unix_s, int64_t now_unix_s)
{
    return until_unix_s != 0 && until_unix_s <= now_unix_s;
}

const char *switch_source_name(enum switch_source source);
