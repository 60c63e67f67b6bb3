#include "service/control.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/control_metrics.h"
#include "service/control_state.h"
#include "service/flips.h"
#include "service/keeper.h"
#include "service/log.h"
#include "service/origin.h"
#include "service/worker.h"

static int64_t unix_s(void)
{
    return clock_wall_ms() / 1000;
}

void control_copy_news(const struct control *control, struct control_report *ret_report)
{
    ret_report->count = control->breakers.news_count;
    ret_report->facts = control->load.facts;
    memcpy(ret_report->news, control->breakers.news, ret_report->count * sizeof(ret_report->news[0]));
}

void control_tell(const struct control_report *report)
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

void control_apply(struct control *control, struct control_report *ret_report)
{
    breakers_obey(&control->breakers, control->config, &control->switches, clock_monotonic_ms(), unix_s());
    breakers_publish(&control->breakers, control->config, &control->switches, unix_s(), &control->gateway->gates);
    control_copy_news(control, ret_report);
}

/* In the scribe's thread. */
static void copy_orders(void *cls, struct switch_store_content *ret_content)
{
    struct control *control = cls;
    pthread_mutex_lock(&control->mutex);
    ret_content->admin = control->switches.admin;
    ret_content->redis = control->switches.redis;
    pthread_mutex_unlock(&control->mutex);
}

static void restore(struct control *control)
{
    char reason[WHOLE_FILE_REASON_BYTES];
    struct switch_store_content *content = calloc(1, sizeof(*content));
    if (content == NULL) {
        return;
    }
    if (!switch_store_load(control->folder, content, reason)) {
        log_event(LOG_ERROR, "switches_skipped", LOG_STRING("reason", reason), LOG_END);
    }
    control->switches.admin = content->admin;
    control->switches.redis = content->redis;
    free(content);
}

/* Orders */

void control_follow(struct control *control, struct config *fresh)
{
    struct control_report report;
    pthread_mutex_lock(&control->mutex);
    gate_table_assign(fresh, control->config);
    breakers_follow(&control->breakers, fresh, clock_monotonic_ms());
    control->config = fresh;
    control_apply(control, &report);
    pthread_mutex_unlock(&control->mutex);
    control_tell(&report);
}

void control_tell_files(struct control *control, const struct config *before, const struct config *after)
{
    flips_tell_files(&control->audit, before, after);
}

void control_hear(void *cls, const struct switch_document *document)
{
    struct control *control = cls;
    struct control_report report;
    struct switch_document before, after;
    pthread_mutex_lock(&control->mutex);
    before = control->switches.redis;
    switches_hear(&control->switches, document, unix_s());
    after = control->switches.redis;
    control_apply(control, &report);
    pthread_mutex_unlock(&control->mutex);
    control_tell(&report);
    if (!switch_document_equals(&before, &after)) {
        flips_tell_documents(&control->audit, SWITCH_FROM_REDIS, &before, &after);
        switch_scribe_write(control->scribe, 0);
    }
}

/* What an order puts an end to; without a name where there was none. */
struct replaced {
    struct switch_entry before, displaced; /* under the same name; of a gone interface, for want of a place */
};

/* With the lock held. */
static enum control_outcome take_order(struct control *control, const struct switch_entry *entry,
                                       struct replaced *ret_replaced)
{
    struct switch_document *admin = &control->switches.admin;
    struct slice name = slice_of(entry->name);
    const struct switch_entry *before = switch_document_find(admin, name);
    bool is_taken_back = strcmp(entry->mode, switch_mode_name(SWITCH_AUTO)) == 0;
    if (!switches_may_name(control->config, name) && !(is_taken_back && before != NULL)) {
        return CONTROL_UNKNOWN_INTERFACE;
    }
    memset(ret_replaced, 0, sizeof(*ret_replaced));
    if (before != NULL) {
        ret_replaced->before = *before;
    }
    if (is_taken_back) {
        switch_document_remove(admin, name);
    } else {
        *switches_place(&control->switches, control->config, name, &ret_replaced->displaced) = *entry;
    }
    return CONTROL_DONE;
}

enum control_outcome control_order(struct control *control, const struct switch_entry *entry, const char *peer)
{
    struct control_report report = {0};
    struct replaced replaced;
    pthread_mutex_lock(&control->mutex);
    enum control_outcome outcome = take_order(control, entry, &replaced);
    if (outcome == CONTROL_DONE) {
        control_apply(control, &report);
    }
    pthread_mutex_unlock(&control->mutex);
    control_tell(&report);
    if (outcome != CONTROL_DONE) {
        return outcome;
    }
    if (replaced.displaced.name[0] != '\0') {
        flips_tell_end(&control->audit, SWITCH_FROM_ADMIN, &replaced.displaced, "its interface is gone");
    }
    const struct switch_entry *before = replaced.before.name[0] != '\0' ? &replaced.before : NULL;
    flips_tell(&control->audit, SWITCH_FROM_ADMIN, before, entry, peer);
    return switch_scribe_write(control->scribe, SWITCH_SCRIBE_WAIT_MS) ? CONTROL_DONE : CONTROL_NOT_KEPT;
}

void control_refuse(struct control *control, const struct audit_refusal *refusal)
{
    audit_refuse(&control->audit, refusal, clock_monotonic_ms());
}

void control_known_redis(struct control *control, struct switch_document *ret_document)
{
    pthread_mutex_lock(&control->mutex);
    *ret_document = control->switches.redis;
    pthread_mutex_unlock(&control->mutex);
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
    pthread_mutex_lock(&control->mutex);
    const struct config_interface *interface = config_interface_find(control->config, name);
    if (interface != NULL) {
        switches_append(text, &control->switches, interface, &control->breakers.by_gate[interface->gate], unix_s());
    }
    pthread_mutex_unlock(&control->mutex);
    return interface != NULL;
}

void control_append_metrics(struct control *control, struct metric_text *out)
{
    pthread_mutex_lock(&control->mutex);
    const struct control_metrics metrics = {
        .config = control->config,
        .breakers = &control->breakers,
        .load = &control->load,
        .switches = &control->switches,
        .cgroup = &control->cgroup_facts,
        .memory_ceiling_bytes = control->memory_ceiling_bytes,
        .is_memory_short = control->is_memory_short,
        .stuck_workers = counter_read(&control->watchdog.stuck),
        .gaps = counter_read(&control->gaps),
        .store_failures = switch_scribe_failures(control->scribe),
        .now_unix_s = unix_s(),
    };
    control_metrics_append(out, &metrics);
    pthread_mutex_unlock(&control->mutex);
    audit_append_metrics(out, &control->audit);
}

bool control_is_memory_short(const struct control *control)
{
    return atomic_load_explicit(&control->is_memory_short, memory_order_relaxed);
}

/* Life */

struct control *control_create(struct gateway *gateway, struct config *config)
{
    struct control *control = calloc(1, sizeof(*control));
    struct control_report report;
    if (control == NULL) {
        return NULL;
    }
    control->gateway = gateway;
    control->config = config;
    control->folder = keeper_folder(gateway->keeper);
    control->cgroup = cgroup_open("");
    audit_init(&control->audit, control->folder);
    pthread_mutex_init(&control->mutex, NULL);
    jitter_init(&control->jitter, origin_seed());
    breakers_init(&control->breakers);
    breakers_follow(&control->breakers, config, clock_monotonic_ms());
    control->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    restore(control);
    control->scribe = switch_scribe_start(control->folder, copy_orders, control);
    if (control->alarm < 0 || control->scribe == NULL) {
        control_free(control);
        return NULL;
    }
    control_apply(control, &report);
    control_tell(&report);
    return control;
}

bool control_start(struct control *control)
{
    uint32_t workers = control->gateway->worker_count;
    control->ticked_ns = clock_monotonic_ns();
    pthread_mutex_lock(&control->mutex); /* Redis may be heard already */
    bool has_memory = load_init(&control->load, workers, control->ticked_ns);
    pthread_mutex_unlock(&control->mutex);
    if (!has_memory || !watchdog_init(&control->watchdog, workers)) {
        return false;
    }
    control->has_thread = pthread_create(&control->thread, NULL, control_run, control) == 0;
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
    switch_scribe_stop(control->scribe);
    load_clear(&control->load);
    watchdog_clear(&control->watchdog);
    cgroup_close(control->cgroup);
    audit_clear(&control->audit);
    pthread_mutex_destroy(&control->mutex);
    free(control);
}
