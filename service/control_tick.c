#include <poll.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/control_state.h"
#include "service/flips.h"
#include "service/keeper.h"
#include "service/limiter.h"
#include "service/log.h"
#include "service/memory_guard.h"
#include "service/process_stat.h"

enum {
    TICK_NS = PRESSURE_TICK_MS * 1000000,
    GAP_NS = 5 * TICK_NS, /* we slept: stopped, or without a processor; such a tick says nothing about the load */
    LIMITER_TICK_NS = LIMITER_TICK_MS * 1000000,
    MEMORY_TICKS = 5, /* memory does not run away in half a second that one evaluation's ceilings hold */
};

static void look_at_memory(struct control *control, uint64_t configured_bytes)
{
    if (control->until_memory-- > 0) {
        return;
    }
    control->until_memory = MEMORY_TICKS - 1;
    struct cgroup_facts facts = {0};
    if (control->cgroup != NULL) {
        cgroup_read(control->cgroup, &facts);
    }
    uint64_t ceiling_bytes = memory_guard_ceiling(configured_bytes, facts.memory_limit_bytes);
    uint64_t resident_bytes = process_stat_resident_bytes();
    bool was_short = control_is_memory_short(control);
    bool is_short = memory_guard_is_short(was_short, ceiling_bytes, resident_bytes);
    if (is_short != was_short) {
        log_event(is_short ? LOG_ERROR : LOG_WARNING, is_short ? "memory_short" : "memory_back",
                  LOG_INTEGER("resident_bytes", resident_bytes), LOG_INTEGER("ceiling_bytes", ceiling_bytes), LOG_END);
        atomic_store_explicit(&control->is_memory_short, is_short, memory_order_relaxed);
        keeper_hold_back(control->gateway->keeper, is_short);
    }
    atomic_store_explicit(&control->memory_ceiling_bytes, ceiling_bytes, memory_order_relaxed);
    pthread_mutex_lock(&control->mutex);
    control->cgroup_facts = facts;
    pthread_mutex_unlock(&control->mutex);
}

/* With the lock held. */
static void tick_breakers(struct control *control, uint32_t ended, int64_t now_ns)
{
    const struct config *config = control->config;
    bool is_gap = now_ns - control->ticked_ns > GAP_NS;
    load_take(&control->load, control->gateway->workers, ended, config->breaker.delay_target_ms * 1000, now_ns);
    control->breakers.news_count = 0;
    if (is_gap) {
        counter_add(&control->gaps, 1);
        gateway_note_stop(control->gateway, now_ns);
        return;
    }
    const struct breakers_tick tick = {
        .config = config,
        .load = &control->load,
        .is_memory_short = control_is_memory_short(control),
        .now_ms = now_ns / 1000000,
        .chance_bp = (uint32_t)jitter_below(&control->jitter, 10001),
    };
    breakers_tick(&control->breakers, &tick);
}

/* An order's end is a flip like any other; one a tick is soon enough. */
static void expire_orders(struct control *control)
{
    enum switch_source source;
    struct switch_entry entry;
    pthread_mutex_lock(&control->mutex);
    bool is_one_over = switches_expire(&control->switches, clock_wall_ms() / 1000, &source, &entry);
    pthread_mutex_unlock(&control->mutex);
    if (is_one_over) {
        flips_tell_end(&control->audit, source, &entry, "its time is over");
        switch_scribe_write(control->scribe, 0);
    }
}

static void tick(struct control *control)
{
    struct control_report of_load, of_orders;
    struct gateway *gateway = control->gateway;
    int64_t now_ns = clock_monotonic_ns();
    uint32_t ended = atomic_fetch_add_explicit(&gateway->tick, 1, memory_order_relaxed);
    pthread_mutex_lock(&control->mutex);
    tick_breakers(control, ended, now_ns);
    control_copy_news(control, &of_load);
    control_apply(control, &of_orders); /* some may be over */
    uint32_t dump_after_ms = control->config->watchdog.dump_after_ms;
    uint64_t memory_max_bytes = control->config->limits.memory_max_bytes;
    pthread_mutex_unlock(&control->mutex);
    control_tell(&of_load);
    control_tell(&of_orders);
    expire_orders(control);
    look_at_memory(control, memory_max_bytes);
    watchdog_look(&control->watchdog, gateway->workers, dump_after_ms, now_ns);
    control->ticked_ns = clock_monotonic_ns(); /* how long this took is no gap */
}

static void tick_limiter(struct control *control)
{
    pthread_mutex_lock(&control->mutex);
    limiter_tick(control->gateway->limiter, control->config, clock_monotonic_ns());
    pthread_mutex_unlock(&control->mutex);
}

/* The next multiple of the period that is still to come: a late tick is not made up for. */
static int64_t next_due_ns(int64_t due_ns, int64_t period_ns, int64_t now_ns)
{
    return due_ns + period_ns > now_ns ? due_ns + period_ns : now_ns + period_ns;
}

void *control_run(void *cls)
{
    struct control *control = cls;
    struct gateway *gateway = control->gateway;
    struct limiter *limiter = gateway->limiter;
    int64_t tick_ns = clock_monotonic_ns() + TICK_NS, limiter_ns = tick_ns;
    while (!control->is_stopping) {
        int64_t now_ns = clock_monotonic_ns();
        pulse_beat(&gateway->control_pulse, now_ns);
        if (now_ns >= limiter_ns) {
            tick_limiter(control);
            limiter_ns = next_due_ns(limiter_ns, limiter_is_on(limiter) ? LIMITER_TICK_NS : TICK_NS, now_ns);
        }
        if (now_ns >= tick_ns) {
            tick(control);
            tick_ns = next_due_ns(tick_ns, TICK_NS, now_ns);
        }
        int64_t wait_ns = (tick_ns < limiter_ns ? tick_ns : limiter_ns) - clock_monotonic_ns();
        struct pollfd alarm = {.fd = control->alarm, .events = POLLIN};
        if (wait_ns > 0) {
            poll(&alarm, 1, (int)((wait_ns + 999999) / 1000000));
        }
    }
    return NULL;
}
