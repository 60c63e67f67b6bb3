#include "service/control_metrics.h"

#include <inttypes.h>

#include "service/metrics.h"

static void append_head(struct text *text, const char *name, const char *type, const char *help)
{
    text_append_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: a backslash, a quote and a line end are escaped (the last cannot occur in a name). */
static void append_interface(struct text *text, const char *metric, struct slice name)
{
    text_append_format(text, "%s{interface=\"", metric);
    for (uint32_t i = 0; i < name.length; i++) {
        if (name.at[i] == '"' || name.at[i] == '\\') {
            text_append_byte(text, '\\');
        }
        text_append_byte(text, name.at[i]);
    }
    text_append_byte(text, '"');
}

static void append_states(struct text *text, const struct config *config, const struct breakers *breakers)
{
    append_head(text, "promogate_breaker_state", "gauge", "1 for the state that the interface's breaker is in.");
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        enum breaker_state in_force = breakers->by_gate[interface->gate].state;
        for (unsigned state = 0; state < BREAKER_STATE_COUNT; state++) {
            append_interface(text, "promogate_breaker_state", interface->name);
            text_append_format(text, ",state=\"%s\"} %d\n", breaker_state_name((enum breaker_state)state),
                               state == (unsigned)in_force);
        }
    }
}

static void append_shares(struct text *text, const struct config *config, const struct breakers *breakers)
{
    append_head(text, "promogate_breaker_share_ratio", "gauge", "The share of users whose requests are evaluated.");
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        append_interface(text, "promogate_breaker_share_ratio", interface->name);
        text_append_format(text, "} %.4g\n", breakers->by_gate[interface->gate].share_bp / 1e4);
    }
}

/* Most never occur; those that did stay. A head without samples would be a metric that is none. */
static void append_transitions_of(struct text *text, const struct config_interface *interface,
                                  const struct breakers *breakers, bool *has_head)
{
    for (unsigned from = 0; from < BREAKER_STATE_COUNT; from++) {
        for (unsigned to = 0; to < BREAKER_STATE_COUNT; to++) {
            uint32_t times = breakers->transitions[interface->gate][from][to];
            if (times == 0) {
                continue;
            }
            if (!*has_head) {
                append_head(text, "promogate_breaker_transitions_total", "counter", "Changes of a breaker's state.");
                *has_head = true;
            }
            append_interface(text, "promogate_breaker_transitions_total", interface->name);
            text_append_format(text, ",from=\"%s\",to=\"%s\"} %" PRIu32 "\n",
                               breaker_state_name((enum breaker_state)from), breaker_state_name((enum breaker_state)to),
                               times);
        }
    }
}

static void append_workers(struct text *text, const struct load *load)
{
    append_head(text, "promogate_worker_queue_delay_seconds", "gauge",
                "The smallest wait of a ready request in the last tick of 100 ms.");
    for (uint32_t i = 0; i < load->worker_count; i++) {
        text_append_format(text, "promogate_worker_queue_delay_seconds{worker=\"%" PRIu32 "\"} %.6f\n", i,
                           load->workers[i].delay_us / 1e6);
    }
    append_head(text, "promogate_worker_utilisation_ratio", "gauge", "Of its time in the last tick, spent in turns.");
    for (uint32_t i = 0; i < load->worker_count; i++) {
        text_append_format(text, "promogate_worker_utilisation_ratio{worker=\"%" PRIu32 "\"} %.4g\n", i,
                           load->workers[i].utilisation_bp / 1e4);
    }
}

/* An `on` or a `never`, by who holds it: the alarm that a switch was forgotten is made of it. */
static void append_switches(struct text *text, const struct config *config, const struct switches *switches,
                            int64_t now_unix_s)
{
    bool has_head = false;
    for (uint32_t i = 0; i < config->interface_count; i++) {
        struct switch_order orders[SWITCH_ORDERS_MAX];
        const struct config_interface *interface = &config->interfaces[i];
        uint32_t count = switches_orders(switches, interface, orders);
        struct switch_ruling ruling = switch_ruling_of(orders, count, now_unix_s);
        if (ruling.holder != NULL) {
            if (!has_head) {
                append_head(text, "promogate_switch", "gauge",
                            "1 while operators hold the interface, by mode and source.");
                has_head = true;
            }
            append_interface(text, "promogate_switch", interface->name);
            text_append_format(text, ",mode=\"%s\",source=\"%s\"} 1\n", switch_mode_name(ruling.mode),
                               switch_source_name(ruling.holder->source));
        }
    }
}

static void gauge(struct text *text, const char *name, const char *help, double value)
{
    metrics_append_value(text, name, "gauge", help, value);
}

static void total(struct text *text, const char *name, const char *help, uint64_t value)
{
    metrics_append_value(text, name, "counter", help, (double)value);
}

/* What the machine allows: the first thing to look at where everything is slow and nothing is busy. */
static void append_resources(struct text *text, const struct control_metrics *metrics)
{
    const struct cgroup_facts *cgroup = metrics->cgroup;
    gauge(text, "promogate_cpu_quota_cpus", "Processors that the cgroup allows; 0: no quota.", cgroup->cpus);
    total(text, "promogate_cpu_periods_total", "Periods of the cgroup's quota.", cgroup->periods);
    total(text, "promogate_cpu_throttled_periods_total", "Of these, in which it was made to wait.",
          cgroup->throttled_periods);
    metrics_append_value(text, "promogate_cpu_throttled_seconds_total", "counter", "How long in all.",
                         (double)cgroup->throttled_us / 1e6);
    gauge(text, "promogate_memory_ceiling_bytes", "Past it only fallbacks are answered; 0: none.",
          (double)metrics->memory_ceiling_bytes);
    gauge(text, "promogate_memory_short", "1 while that is so.", metrics->is_memory_short);
}

void control_metrics_append(struct text *text, const struct control_metrics *metrics)
{
    const struct config *config = metrics->config;
    append_states(text, config, metrics->breakers);
    append_shares(text, config, metrics->breakers);
    bool has_head = false;
    for (uint32_t i = 0; i < config->interface_count; i++) {
        append_transitions_of(text, &config->interfaces[i], metrics->breakers, &has_head);
    }
    gauge(text, "promogate_overload_elsewhere",
          "1 while requests wait and evaluating them takes too little time for shedding to help.",
          breakers_overload_is_elsewhere(config, &metrics->load->facts));
    append_switches(text, config, metrics->switches, metrics->now_unix_s);
    total(text, "promogate_switches_not_kept_total", "Orders that could not be written to state_dir.",
          metrics->store_failures);
    append_workers(text, metrics->load);
    gauge(text, "promogate_evaluation_share_ratio", "Of the workers' busy time in the last tick, spent evaluating.",
          metrics->load->facts.evaluation_bp / 1e4);
    total(text, "promogate_worker_stuck_total", "Times that a worker with work made no progress for too long.",
          metrics->stuck_workers);
    total(text, "promogate_control_gaps_total", "Times that the control thread slept through five ticks or more.",
          metrics->gaps);
    append_resources(text, metrics);
}
