/*
 * reload.h - a changed configuration comes into force, without a restart and without losing a request.
 *
 *     config_watch ── applied ──▶ what needs a restart stays ─▶ refresher told ─▶ slot_swap ─▶ the old one freed
 *                  └─ refused ──▶ logged and counted; the old one stays in force
 *
 * Events of the log: config_active, config_needs_restart (one a setting), config_refused (one a problem).
 * A service manager is told before and after (notify.h).
 *
 * Threads  the main thread. A swap waits until no worker holds the old configuration: some 100 ms at most, or as long
 * as begun batches take.
 */
#pragma once

#include "service/config_watch.h"
#include "service/gateway.h"

struct reload {
    struct gateway *gateway;
    struct config_watch *watch;
};

bool reload_open(struct reload *reload, const char *config_path);
void reload_close(struct reload *reload);
