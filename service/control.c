#include "service/control.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "cache/jitter.h"
#include "service/breakers.h"
#include "service/clock.h"
#include "service/control_metrics.h"
#include "service/load.h"
#include "service/log.h"
#include "service/switches.h"
#include "service/worker.h"

enum {
    TICK_NS = PRESSURE_TICK_MS * 1000000,
    GAP_NS = 5 * TICK_NS, /* we slept: stopped, or without a processor; such a tick says nothing about the load */
};

struct control {
    struct gateway *gateway;
    pthread_t thread;
    bool has_thread;
    int alarm; /* eventfd: it is time to stop */
    _Atomic bool is_stopping;
    _Atomic bool is_memory_short;
    struct jitter jitter; /* the thread's own, as what follows */
    int64_t ticked_ns;

    pthread_mutex_t mutex; /* guards what follows, and the writing of gates */
    const struct config *config;
    struct load load;
    struct breakers breakers;
    struct switches switches;
};

static int64_t unix_s(void)
{
    return clock_wall_ms() / 1000;
}

/* What the log shall say, copied while the lock is held and told without it */

struct report {
    uint32_t count;
    struct breaker_news news[CONFIG_INTERFACES_MAX];
    struct pressure_facts facts;
};

static void copy_news(const struct control *control, struct report *report)
{
    report->count = control->breakers.news_count;
    report->facts = control->load.facts;
    memcpy(report->news, control->breakers.news, report->count * sizeof(report->news[0]));
}

static void tell_news(const struct report *report)
{
    for (uint32_t i = 0; i < report->count; i++) {
        const struct breaker_news *news = &report->news[i];
        log_event(LOG_WARNING, "breaker_transition", LOG_STRING("interface", news->interface),
                  LOG_STRING("from", breaker_state_name(news->transition.from)),
                  LOG_STRING("to", breaker_state_name(news->transition.to)),
                  LOG_STRING("cause", breaker_cause_name(news->transition.cause)),
                  LOG_INTEGER("share_bp", news->share_bp), LOG_INTEGER("delay_us", report->facts.delay_us),
                  LOG_INTEGER("utilisation_bp", report->facts.utilisation_bp),
                  LOG_INTEGER("evaluation_bp", report->facts.evaluation_bp),
                  LOG_INTEGER("requests_in_second", report->facts.requests), LOG_END);
    }
}

/* With the lock held: what operators want, at once. */
static void apply(struct control *control, struct report *ret_report)
{
    breakers_obey(&control->breakers, control->config, &control->switches, clock_monotonic_ms(), unix_s());
    breakers_publish(&control->breakers, control->config, &control->switches, unix_s(), &control->gateway->gates);
    copy_news(control, ret_report);
}

/* Orders */

void control_follow(struct control *control, struct config *fresh)
{
    struct report report;
    pthread_mutex_lock(&control->mutex);
    gate_table_assign(fresh, control->config);
    breakers_follow(&control->breakers, fresh, clock_monotonic_ms());
    control->config = fresh;
    apply(control, &report);
    pthread_mutex_unlock(&control->mutex);
    tell_news(&report);
}

void control_hear(void *cls, const struct switch_document *document)
{
    struct control *control = cls;
    struct report report;
    pthread_mutex_lock(&control->mutex);
    control->switches.redis = *document;
    apply(control, &report);
    pthread_mutex_unlock(&control->mutex);
    tell_news(&report);
}

static bool is_known(const struct config *config, struct slice name)
{
    for (uint32_t i = 0; i < config->interface_count; i++) {
        if (slice_equals(config->interfaces[i].name, name)) {
            return true;
        }
    }
    return slice_equals(name, SLICE("*"));
}

/* With the lock held. */
static enum control_outcome take_order(struct control *control, const struct switch_entry *entry)
{
    struct switch_document *admin = &control->switches.admin;
    struct slice name = slice_of(entry->name);
    if (!is_known(control->config, name)) {
        return CONTROL_UNKNOWN_INTERFACE;
    }
    if (strcmp(entry->mode, switch_mode_name(SWITCH_AUTO)) == 0) {
        switch_document_remove(admin, name);
        return CONTROL_DONE;
    }
    struct switch_entry *place = switch_document_put(admin, name);
    if (place == NULL) {
        return CONTROL_FULL;
    }
    *place = *entry;
    return CONTROL_DONE;
}

enum control_outcome control_order(struct control *control, const struct switch_entry *entry, const char *peer)
{
    (void)peer;
    struct report report = {0};
    pthread_mutex_lock(&control->mutex);
    enum control_outcome outcome = take_order(control, entry);
    if (outcome == CONTROL_DONE) {
        apply(control, &report);
    }
    pthread_mutex_unlock(&control->mutex);
    tell_news(&report);
    return outcome;
}

/* Pages */

void control_append_switches(struct control *control, struct text *text)
{
    text_append(text, SLICE("{\"switches\":["));
    pthread_mutex_lock(&control->mutex);
    const struct config *config = control->config;
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        if (i > 0) {
            text_append_byte(text, ',');
        }
        switches_append(text, &control->switches, interface, &control->breakers.by_gate[interface->gate], unix_s());
    }
    pthread_mutex_unlock(&control->mutex);
    text_append(text, SLICE("]}\n"));
}

bool control_append_switch(struct control *control, struct text *text, struct slice name)
{
    bool is_found = false;
    pthread_mutex_lock(&control->mutex);
    const struct config *config = control->config;
    for (uint32_t i = 0; i < config->interface_count && !is_found; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        is_found = slice_equals(interface->name, name);
        if (is_found) {
            switches_append(text, &control->switches, interface, &control->breakers.by_gate[interface->gate], unix_s());
        }
    }
    pthread_mutex_unlock(&control->mutex);
    return is_found;
}

void control_append_metrics(struct control *control, struct text *text)
{
    pthread_mutex_lock(&control->mutex);
    control_metrics_append(text, control->config, &control->breakers, &control->load, &control->switches, unix_s());
    pthread_mutex_unlock(&control->mutex);
}

bool control_is_memory_short(const struct control *control)
{
    return atomic_load_explicit(&control->is_memory_short, memory_order_relaxed);
}

/* The thread */

/* With the lock held. */
static void tick_breakers(struct control *control, uint32_t ended, int64_t now_ns, bool is_gap)
{
    const struct config *config = control->config;
    load_take(&control->load, control->gateway->workers, ended, config->breaker.delay_target_ms * 1000, now_ns);
    control->breakers.news_count = 0;
    if (is_gap) {
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

static void tick(struct control *control)
{
    struct report of_load, of_orders;
    struct gateway *gateway = control->gateway;
    int64_t now_ns = clock_monotonic_ns();
    uint32_t ended = atomic_fetch_add_explicit(&gateway->tick, 1, memory_order_relaxed);
    bool is_gap = now_ns - control->ticked_ns > GAP_NS;
    pthread_mutex_lock(&control->mutex);
    tick_breakers(control, ended, now_ns, is_gap);
    copy_news(control, &of_load);
    apply(control, &of_orders); /* orders may have ended */
    pthread_mutex_unlock(&control->mutex);
    tell_news(&of_load);
    tell_news(&of_orders);
    control->ticked_ns = now_ns;
}

static void *run(void *cls)
{
    struct control *control = cls;
    int64_t due_ns = clock_monotonic_ns() + TICK_NS;
    while (!control->is_stopping) {
        int64_t wait_ns = due_ns - clock_monotonic_ns();
        struct pollfd alarm = {.fd = control->alarm, .events = POLLIN};
        if (wait_ns > 0) {
            poll(&alarm, 1, (int)((wait_ns + 999999) / 1000000));
            continue;
        }
        tick(control);
        due_ns = wait_ns < -TICK_NS ? clock_monotonic_ns() + TICK_NS : due_ns + TICK_NS;
    }
    return NULL;
}

/* Life */

struct control *control_create(struct gateway *gateway, struct config *config)
{
    struct control *control = calloc(1, sizeof(*control));
    if (control == NULL) {
        return NULL;
    }
    uint64_t seed = 0;
    ssize_t length = getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
    (void)length; /* an early boot without randomness: any seed serves */
    control->gateway = gateway;
    control->config = config;
    pthread_mutex_init(&control->mutex, NULL);
    jitter_init(&control->jitter, seed ^ (uint64_t)getpid());
    breakers_init(&control->breakers);
    breakers_follow(&control->breakers, config, clock_monotonic_ms());
    control->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (control->alarm < 0) {
        control_free(control);
        return NULL;
    }
    struct report report;
    apply(control, &report);
    return control;
}

bool control_start(struct control *control)
{
    control->ticked_ns = clock_monotonic_ns();
    if (!load_init(&control->load, control->gateway->worker_count, control->ticked_ns)) {
        return false;
    }
    control->has_thread = pthread_create(&control->thread, NULL, run, control) == 0;
    if (control->has_thread) {
        pthread_setname_np(control->thread, "control");
    }
    return control->has_thread;
}

void control_stop(struct control *control)
{
    if (control == NULL || !control->has_thread) {
        return;
    }
    uint64_t one = 1;
    control->is_stopping = true;
    ssize_t length = write(control->alarm, &one, sizeof(one));
    (void)length; /* it wakes by itself within a tick */
    pthread_join(control->thread, NULL);
    control->has_thread = false;
}

void control_free(struct control *control)
{
    if (control == NULL) {
        return;
    }
    if (control->alarm >= 0) {
        close(control->alarm);
    }
    load_clear(&control->load);
    pthread_mutex_destroy(&control->mutex);
    free(control);
}
