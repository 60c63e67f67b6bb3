/*
 * notify.h - telling the service manager (systemd, Type=notify) how we are. libsystemd's door.
 *
 *     start        READY=1       the listeners are open: what startupz says, so neither a release nor Redis is waited
 * for reload       RELOADING=1 ─ READY=1    around a change of the configuration, refused or not; whether it came by
 *                                SIGHUP or was noticed
 *     SIGTERM      STOPPING=1    as the drain begins; from here on TimeoutStopSec counts, and no watchdog
 *     each change  STATUS=       the release in force, draining, whether the last configuration was refused
 *     each half of WATCHDOG_USEC
 *                  WATCHDOG=1    while livez's rule holds (probes_is_live), and the main, the control and the admin
 *                                thread go on (pulse.h); else it is withheld, told by the event `watchdog_withheld`,
 *                                and the manager aborts and restarts us
 *
 * Never withheld for load, Redis, the refresher or the snapshot's age: a restart would help with none of them.
 *
 * Who sends it. A thread of its own does, "notify", and it vouches for the others by words that they write:
 * - Were it the main thread, a configuration that comes while large batches are under way would silence it for as long
 *   as they take (slot_swap): load would restart us.
 * - Were it the control thread, a manager that does not read its socket would stop the breakers: a datagram to a full
 *   queue blocks. Here it stops nothing but this.
 * - It takes no lock of anybody and touches no file, so that whoever hangs cannot make it vouch, nor hang itself.
 *   If it hangs all the same, nothing is sent, which is what a watchdog is for.
 * A stuck thread is one whose turn lasts for stuck_after_s, the workers' own bound.
 *
 * The states READY, RELOADING and STOPPING are sent by the main thread, in its order.
 *
 * Nothing of this exists without NOTIFY_SOCKET, which is looked for once, at the start; WATCHDOG_USEC and WATCHDOG_PID
 * likewise. Requests have nothing to do with it: no worker knows it.
 *
 * Threads  the main thread. All take NULL, where nobody wants to be told.
 * Errors   what cannot be sent is logged once (`notify_failed`) until it can be again; we serve on. A manager that hangs
 *          until its socket's queue is full (512 datagrams where systemd boots the machine) holds up a state that the
 *          main thread sends, and with it reload and drain, never a request.
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

/* The drain begins. */
void notify_stopping(struct notify *notify);

/* Before the workers are taken apart; nothing is sent any more. */
void notify_close(struct notify *notify);
