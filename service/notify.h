/*
 * notify.h - telling the service manager (systemd, Type=notify) how we are. libsystemd's door.
 *
 *     READY=1      the listeners are open: what startupz says, so neither a release nor Redis is waited for
 *     RELOADING=1, then READY=1
 *                  a change of the configuration, refused or not, whether it came by SIGHUP or was noticed
 *     STOPPING=1   the drain begins; from here on TimeoutStopSec counts, and no watchdog
 *     STATUS=      the release in force, draining, whether the last configuration was refused: at each change
 *     WATCHDOG=1   at each half of WATCHDOG_USEC, while livez's rule holds (probes_is_live) and the main, the control
 *                  and the admin thread go on (pulse.h); else it is withheld, told by the event `watchdog_withheld`,
 *                  and the manager aborts and restarts us
 *
 * Never withheld for load, Redis, the refresher or the snapshot's age: a restart would help with none of them.
 *
 * A thread of its own sends all of it, "notify", and vouches for the others by words that they write:
 * - Were it the main thread, a configuration that comes while large batches are under way would silence it for as long
 *   as they take (slot_swap): load would restart us. A manager that does not read its socket would stop the drain.
 * - Were it the control thread, that manager would stop the breakers: a datagram to a full queue blocks. Here it stops
 *   nothing but this.
 * - It takes no lock of anybody and touches no file, so that whoever hangs cannot make it vouch, nor hang itself.
 *   If it hangs all the same, nothing is sent, which is what a watchdog is for.
 * A thread is stuck when its turn lasts for stuck_after_s, the workers' own bound.
 *
 * Nothing of this exists without NOTIFY_SOCKET, which is looked for once, at the start; WATCHDOG_USEC and WATCHDOG_PID
 * likewise. Requests have nothing to do with it: no worker knows it.
 *
 * Threads  the main thread. All take NULL, where nobody wants to be told.
 * Errors   what cannot be sent is logged once (`notify_failed`) until it can be again; we serve on.
 * Source   sd_notify(3), sd_watchdog_enabled(3); systemd 252 and later. From 253 on Type=notify-reload fits too.
 */
#pragma once

#include <stdbool.h>

struct gateway;
struct notify;

/* Before the threads. True with NULL: nobody wants to be told. False when memory ends. */
bool notify_open(struct gateway *gateway, struct notify **ret_notify);

/* The listeners are open and all threads run: READY, and from now on status and watchdog. False: no thread. */
bool notify_start(struct notify *notify);

/* Around a change of the configuration. */
void notify_reloading(struct notify *notify);
void notify_reloaded(struct notify *notify, bool is_refused);

/* The drain has begun. */
void notify_stopping(struct notify *notify);

/* Before the workers are taken apart: what is still to be told is, and nothing from then on. */
void notify_close(struct notify *notify);
