#include "service/probes.h"

#include <stdio.h>

#include "cache/refresher.h"
#include "service/clock.h"
#include "service/keeper.h"
#include "service/worker.h"

enum { REFRESHER_LATE_MS = 60000 }; /* its source is asked at least every 5 s */

struct report {
    struct text *text;
    bool is_verbose, is_ok;
};

static void check(struct report *report, bool holds, const char *name, const char *fault)
{
    report->is_ok &= holds;
    if (report->is_verbose || !holds) {
        text_append_format(report->text, "[%c]%s %s\n", holds ? '+' : '-', name, holds ? "ok" : fault);
    }
}

static bool is_moving(const struct gateway *gateway, uint32_t worker, int64_t now_ns)
{
    const struct config *config = slot_read(&gateway->configs);
    return worker_stuck_ns(gateway->workers[worker], now_ns) <= config->stuck_after_s * INT64_C(1000000000);
}

bool probes_is_live(const struct gateway *gateway)
{
    int64_t now_ns = clock_monotonic_ns();
    bool is_live = true;
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        is_live &= is_moving(gateway, i, now_ns);
    }
    return is_live;
}

static void check_workers(struct report *report, const struct gateway *gateway)
{
    int64_t now_ns = clock_monotonic_ns();
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        char name[32];
        snprintf(name, sizeof(name), "worker-%u", i);
        check(report, is_moving(gateway, i, now_ns), name, "has work and makes no progress");
    }
}

/* Told, and never a reason to fail. */
static void tell_refresher(struct report *report, const struct gateway *gateway)
{
    struct refresher_status status;
    if (!report->is_verbose) {
        return;
    }
    refresher_status(gateway->refresher, &status);
    bool is_late = status.checked_age_ms > REFRESHER_LATE_MS;
    text_append_format(report->text, "[%c]refresher %s, asked its source %lld ms ago%s%s\n", is_late ? '!' : '+',
                       refresher_state_name(status.state), (long long)status.checked_age_ms,
                       status.error[0] == '\0' ? "" : ": ", status.error);
}

static void check_ready(struct report *report, const struct gateway *gateway)
{
    const struct config *config = slot_read(&gateway->configs);
    bool has_snapshot = slot_snapshot(&gateway->snapshots) != NULL;
    check(report, has_snapshot || config->serve_without_snapshot, "snapshot", "no release was loaded yet");
    check(report, gateway_phase(gateway) == GATEWAY_SERVING, "serving", "draining");
}

bool probes_append(struct text *text, const struct gateway *gateway, enum probe probe, bool verbose)
{
    struct report report = {.text = text, .is_verbose = verbose, .is_ok = true};
    switch (probe) {
    case PROBE_LIVE:
        check_workers(&report, gateway);
        tell_refresher(&report, gateway);
        break;
    case PROBE_READY:
        check_ready(&report, gateway);
        tell_refresher(&report, gateway);
        if (verbose) {
            keeper_append_checks(text, gateway->keeper);
        }
        break;
    case PROBE_STARTED:
        check(&report, true, "configuration", "");
        check(&report, true, "listeners", "");
        break;
    }
    text_append(text, report.is_ok ? SLICE("ok\n") : SLICE("failed\n"));
    return report.is_ok;
}
