/*
 * switches.h - the orders about degrading that are known: what the file, Redis and admin calls say.
 *
 *     configuration ── degrade = "on" ──┐
 *     Redis' key ───── redis document ──┼─▶ switches_judge(interface) ─▶ on | auto | never, and who says so
 *     PUT /admin/... ─ admin document ──┘
 *
 * Two documents of one form (cache/switch_document.h), so that what an operator may say is the same everywhere, and one
 * file keeps them over a restart (switch_store.h).
 *
 * Threads  control.h's lock guards it.
 */
#pragma once

#include "cache/switch_document.h"
#include "degrade/switch_ruling.h"
#include "service/config.h"

struct switches {
    struct switch_document admin, redis;
};

/* What Redis says from now on. Orders whose time is over are left out: they have had their end, and it was told. */
void switches_hear(struct switches *switches, const struct switch_document *said, int64_t now_unix_s);

/* The orders about an interface: room for SWITCH_ORDERS_MAX. They point into `switches` and the configuration. */
uint32_t switches_orders(const struct switches *switches, const struct config_interface *interface,
                         struct switch_order *ret_orders);

/* What all sources say together, in short. */
struct switch_verdict {
    enum switch_mode mode;
    bool is_drill;
};

struct switch_verdict switches_judge(const struct switches *switches, const struct config_interface *interface,
                                     int64_t now_unix_s);

/* An interface of the configuration, or `*`. */
bool switches_may_name(const struct config *config, struct slice name);

/*
 * The place of an admin order about a name that there may be, appended empty if there was none. An order about an
 * interface that has left the configuration counts again when it comes back, but gives its place to one that has none:
 * `ret_displaced` is that order, without a name where nobody had to go.
 */
struct switch_entry *switches_place(struct switches *switches, const struct config *config, struct slice name,
                                    struct switch_entry *ret_displaced);

/* Takes the first order that is over out of its document, and says which it was; false when none is. */
bool switches_expire(struct switches *switches, int64_t now_unix_s, enum switch_source *ret_source,
                     struct switch_entry *ret_entry);

/* {"interface":"checkout","mode":"on","source":"redis",...,"orders":[...]} */
struct breaker;
void switches_append(struct text *text, const struct switches *switches, const struct config_interface *interface,
                     const struct breaker *breaker, int64_t now_unix_s);
