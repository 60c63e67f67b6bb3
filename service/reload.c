#include "service/reload.h"

#include "cache/refresher.h"
#include "service/clock.h"
#include "service/control.h"
#include "service/keeper.h"
#include "service/log.h"
#include "service/notify.h"
#include "service/origin.h"
#include "service/switch_poller.h"

enum { KEPT_NAMES_MAX = 32 };

/* What the refresher was started with may have changed. */
static void tell_refresher(const struct reload *reload, const struct config *fresh, const struct config *running)
{
    struct refresher *refresher = reload->gateway->refresher;
    struct snapshot_limits limits = config_snapshot_limits(fresh), before = config_snapshot_limits(running);
    origin_follow(reload->gateway->source, fresh);
    keeper_configure(reload->gateway->keeper, fresh);
    if (limits.candidates_max != before.candidates_max || limits.bytes_max != before.bytes_max) {
        refresher_set_limits(refresher, &limits);
    } else if (fresh->redis.drop_max_bp != running->redis.drop_max_bp ||
               fresh->redis.release_max_bytes != running->redis.release_max_bytes ||
               (fresh->quarantine.trial_s == 0) != (running->quarantine.trial_s == 0)) {
        refresher_reload(refresher); /* what was refused may be fine now */
    }
    refresher_wake(refresher);
    if (reload->gateway->switch_poller != NULL) {
        switch_poller_set_poll_ms(reload->gateway->switch_poller, fresh->redis.switch_poll_ms);
    }
}

static void refuse_unlogged(struct reload *reload)
{
    counter_add(&reload->gateway->config_refusals, 1);
    notify_reloaded(reload->gateway->notify, true);
}

/* How long it waits is the workers' affair (pulse.h). */
static struct config *swap(struct gateway *gateway, struct config *fresh)
{
    pulse_rest(&gateway->main_pulse);
    struct config *before = slot_swap(&gateway->configs, fresh);
    pulse_beat(&gateway->main_pulse, clock_monotonic_ns());
    return before;
}

static void apply(void *cls, struct config *fresh)
{
    struct reload *reload = cls;
    struct gateway *gateway = reload->gateway;
    const char *names[KEPT_NAMES_MAX];
    notify_reloading(gateway->notify);
    size_t kept = config_keep_restart_settings(fresh, slot_read(&gateway->configs), names, KEPT_NAMES_MAX);
    if (kept == CONFIG_KEEP_FAILED) {
        log_event(LOG_ERROR, "config_refused", LOG_STRING("reason", "out of memory"), LOG_END);
        refuse_unlogged(reload);
        config_free(fresh);
        return;
    }
    tell_refresher(reload, fresh, slot_read(&gateway->configs));
    control_follow(gateway->control, fresh);
    struct config *before = swap(gateway, fresh);
    control_tell_files(gateway->control, before, fresh);
    config_free(before);
    counter_add(&gateway->config_activations, 1);
    counter_set(&gateway->config_activated_wall_ms, (uint64_t)clock_wall_ms());
    log_event(LOG_INFO, "config_active", LOG_INTEGER("needing_restart", kept), LOG_END);
    for (size_t i = 0; i < kept && i < KEPT_NAMES_MAX; i++) {
        log_event(LOG_WARNING, "config_needs_restart", LOG_STRING("setting", names[i]), LOG_END);
    }
    notify_reloaded(gateway->notify, false);
}

static void refuse(void *cls, const struct config_errors *errors)
{
    struct reload *reload = cls;
    notify_reloading(reload->gateway->notify);
    for (uint32_t i = 0; i < errors->count; i++) {
        const struct config_error *error = &errors->items[i];
        log_event(LOG_ERROR, "config_refused", LOG_STRING("file", errors->file), LOG_INTEGER("line", error->line),
                  LOG_STRING("setting", error->setting), LOG_STRING("reason", error->reason),
                  LOG_INTEGER("problems", errors->total), LOG_END);
    }
    refuse_unlogged(reload);
}

bool reload_open(struct reload *reload, const char *config_path)
{
    struct config_watch_calls calls = {.applied = apply, .refused = refuse, .cls = reload};
    reload->watch = config_watch_open(config_path, slot_read(&reload->gateway->configs), &calls, clock_monotonic_ms());
    return reload->watch != NULL;
}

void reload_close(struct reload *reload)
{
    if (reload->watch != NULL) {
        config_watch_close(reload->watch);
        reload->watch = NULL;
    }
}
