#include "service/notify.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "policy/snapshot.h"
#include "service/clock.h"
#include "service/gateway.h"
#include "service/log.h"
#include "service/probes.h"

enum {
    LOOK_MS = 1000,     /* a status is for people */
    OVERSLEPT_MS = 500, /* such a wait was a stop of the process: see http_admin.c */
    CLOSE_MS = 3000,    /* for a manager that does not read; well within TimeoutStopSec */
    CLOSE_LOOK_MS = 5,
    MESSAGE_BYTES = 256,
    NS_PER_MS = 1000000,
};

struct notify {
    struct gateway *gateway;
    pthread_t thread;
    bool has_thread;
    int alarm; /* eventfd: look at once */

    _Atomic bool is_leaving, is_closing, is_refused; /* the main thread writes, as what follows */
    _Atomic uint32_t reloads_begun, reloads_ended;
    _Atomic bool has_ended; /* the thread writes */

    int64_t ping_ns; /* 0: there is no watchdog; the thread's own, as what follows */
    int64_t ping_due_ns;
    bool is_withheld, has_failed;
    bool is_reload_told, is_leaving_told;
    uint32_t reloads_told;
    char status[MESSAGE_BYTES]; /* as it was told last */
};

static void send_message(struct notify *notify, const char *message)
{
    int sent = sd_notify(0, message);
    if (sent < 0 && !notify->has_failed) {
        log_event(LOG_WARNING, "notify_failed", LOG_STRING("reason", strerror(-sent)), LOG_END);
    }
    notify->has_failed = sent < 0;
}

/* States */

static void tell_reloads(struct notify *notify)
{
    uint32_t begun = atomic_load(&notify->reloads_begun);
    if (begun != notify->reloads_told) {
        char message[MESSAGE_BYTES];
        snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_ns() / 1000);
        send_message(notify, message);
        notify->reloads_told = begun;
        notify->is_reload_told = true;
    }
    if (notify->is_reload_told && atomic_load(&notify->reloads_ended) >= begun) {
        send_message(notify, "READY=1");
        notify->is_reload_told = false;
    }
}

/* In a drain a reload would be taken for a mistake, and there is nothing to wait for. */
static void tell_states(struct notify *notify)
{
    if (notify->is_leaving_told) {
        return;
    }
    if (!atomic_load(&notify->is_leaving)) {
        tell_reloads(notify);
        return;
    }
    send_message(notify, "STOPPING=1");
    notify->is_leaving_told = true;
}

/* Watchdog */

static bool is_overdue(const struct gateway *gateway, const struct pulse *pulse, int64_t now_ns)
{
    const struct config *config = slot_read(&gateway->configs);
    int64_t resumed_ns = atomic_load_explicit(&gateway->resumed_ns, memory_order_relaxed);
    return pulse_overdue_ns(pulse, resumed_ns, now_ns) > config->stuck_after_s * INT64_C(1000) * NS_PER_MS;
}

/* Who is stuck; NULL: nobody. */
static const char *stuck_thread(const struct gateway *gateway, int64_t now_ns)
{
    if (!probes_is_live(gateway)) {
        return "worker";
    }
    if (is_overdue(gateway, &gateway->main_pulse, now_ns)) {
        return "main";
    }
    if (is_overdue(gateway, &gateway->control_pulse, now_ns)) {
        return "control";
    }
    return is_overdue(gateway, &gateway->admin_pulse, now_ns) ? "admin" : NULL;
}

/* One that is withheld is sent as soon as all go on: then there is still time. */
static void ping(struct notify *notify, const char *stuck, int64_t now_ns)
{
    if (notify->ping_ns == 0 || now_ns < notify->ping_due_ns) {
        return;
    }
    if (stuck == NULL) {
        send_message(notify, "WATCHDOG=1");
        notify->ping_due_ns = now_ns + notify->ping_ns;
    } else if (!notify->is_withheld) {
        log_event(LOG_ERROR, "watchdog_withheld", LOG_STRING("stuck", stuck), LOG_END);
    }
    notify->is_withheld = stuck != NULL;
}

/* Status */

static void describe(const struct notify *notify, char ret_status[static MESSAGE_BYTES])
{
    const struct gateway *gateway = notify->gateway;
    const struct snapshot *snapshot = slot_snapshot(&gateway->snapshots);
    char release[64] = "no release yet: fallbacks only";
    if (snapshot != NULL) {
        snprintf(release, sizeof(release), "release %" PRIu64 " in force", snapshot_facts(snapshot).release);
    }
    snprintf(ret_status, MESSAGE_BYTES, "STATUS=%s%s%s", gateway_phase(gateway) == GATEWAY_SERVING ? "" : "draining; ",
             release, atomic_load(&notify->is_refused) ? "; the changed configuration was refused: see the log" : "");
}

static void tell_status(struct notify *notify, const char *status)
{
    if (strcmp(status, notify->status) != 0) {
        send_message(notify, status);
        snprintf(notify->status, sizeof(notify->status), "%s", status);
    }
}

/* The thread */

static int wait_ms(const struct notify *notify, int64_t now_ns)
{
    int64_t left_ms = (notify->ping_due_ns - now_ns) / NS_PER_MS + 1;
    return notify->ping_ns == 0 || notify->is_withheld || left_ms > LOOK_MS ? LOOK_MS : (int)left_ms;
}

/* After a stop of the whole process nobody is stuck: whoever notices first says so (http_admin.c). */
static void wait_for_news(struct notify *notify)
{
    uint64_t count;
    struct pollfd alarm = {.fd = notify->alarm, .events = POLLIN};
    int64_t begun_ns = clock_monotonic_ns();
    int at_most_ms = wait_ms(notify, begun_ns);
    if (poll(&alarm, 1, at_most_ms) > 0) {
        ssize_t length = read(notify->alarm, &count, sizeof(count));
        (void)length; /* it only wakes */
    }
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns - begun_ns > (at_most_ms + OVERSLEPT_MS) * (int64_t)NS_PER_MS) {
        gateway_note_stop(notify->gateway, now_ns);
    }
}

/* Offline while it sends: that may block, and must not delay a swap. */
static void look(struct notify *notify)
{
    char status[MESSAGE_BYTES];
    slot_reader_online();
    int64_t now_ns = clock_monotonic_ns();
    const char *stuck = stuck_thread(notify->gateway, now_ns);
    describe(notify, status);
    slot_reader_offline();
    tell_states(notify);
    tell_status(notify, status);
    ping(notify, stuck, now_ns);
}

/* Once more after it was told to end: of what came last. */
static void *run(void *cls)
{
    struct notify *notify = cls;
    slot_reader_register();
    slot_reader_offline();
    send_message(notify, "READY=1");
    for (bool is_last = false; !is_last;) {
        is_last = atomic_load(&notify->is_closing);
        look(notify);
        if (!is_last) {
            wait_for_news(notify);
        }
    }
    slot_reader_unregister();
    atomic_store(&notify->has_ended, true);
    return NULL;
}

static void wake(const struct notify *notify)
{
    uint64_t one = 1;
    ssize_t length = write(notify->alarm, &one, sizeof(one));
    (void)length; /* it looks by itself, a little later */
}

/* Life */

bool notify_open(struct gateway *gateway, struct notify **ret_notify)
{
    uint64_t watchdog_us = 0;
    if (getenv("NOTIFY_SOCKET") == NULL) {
        *ret_notify = NULL;
        return true;
    }
    struct notify *notify = calloc(1, sizeof(*notify));
    if (notify == NULL) {
        return false;
    }
    notify->gateway = gateway;
    notify->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
        notify->ping_ns = (int64_t)(watchdog_us / 2) * 1000;
    }
    *ret_notify = notify;
    return true;
}

bool notify_start(struct notify *notify)
{
    if (notify == NULL) {
        return true;
    }
    notify->has_thread = pthread_create(&notify->thread, NULL, run, notify) == 0;
    if (notify->has_thread) {
        pthread_setname_np(notify->thread, "notify");
    }
    return notify->has_thread;
}

void notify_reloading(struct notify *notify)
{
    if (notify != NULL) {
        atomic_fetch_add(&notify->reloads_begun, 1);
        wake(notify);
    }
}

void notify_reloaded(struct notify *notify, bool is_refused)
{
    if (notify != NULL) {
        atomic_store(&notify->is_refused, is_refused);
        atomic_fetch_add(&notify->reloads_ended, 1);
        wake(notify);
    }
}

void notify_stopping(struct notify *notify)
{
    if (notify != NULL) {
        atomic_store(&notify->is_leaving, true);
        wake(notify);
    }
}

/* False: the manager does not read, and the thread stands in the system's call. */
static bool has_ended_in_time(const struct notify *notify)
{
    for (int waited_ms = 0; waited_ms < CLOSE_MS && !atomic_load(&notify->has_ended); waited_ms += CLOSE_LOOK_MS) {
        poll(NULL, 0, CLOSE_LOOK_MS);
    }
    return atomic_load(&notify->has_ended);
}

void notify_close(struct notify *notify)
{
    if (notify == NULL) {
        return;
    }
    if (notify->has_thread) {
        atomic_store(&notify->is_closing, true);
        wake(notify);
        if (!has_ended_in_time(notify)) {
            log_event(LOG_WARNING, "notify_failed", LOG_STRING("reason", "the service manager does not read"), LOG_END);
            return; /* the thread's memory stays; both end with the process */
        }
        pthread_join(notify->thread, NULL);
    }
    if (notify->alarm >= 0) {
        close(notify->alarm);
    }
    free(notify);
}
