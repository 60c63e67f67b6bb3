#include "service/control_metrics.h"

static void append_states(struct metric_text *out, const struct config *config, const struct breakers *breakers)
{
    const char *name = "promogate_breaker_state";
    metric_text_head(out, name, METRIC_GAUGE, "1 for the state that the interface's breaker is in.");
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        enum breaker_state in_force = breakers->by_gate[interface->gate].state;
        for (unsigned state = 0; state < BREAKER_STATE_COUNT; state++) {
            metric_text_sample(out, name);
            metric_text_label(out, "interface", interface->name);
            metric_text_label(out, "state", slice_of(breaker_state_name((enum breaker_state)state)));
            metric_text_count(out, state == (unsigned)in_force);
        }
    }
}

static void append_shares(struct metric_text *out, const struct config *config, const struct breakers *breakers)
{
    const char *name = "promogate_breaker_share_ratio";
    metric_text_head(out, name, METRIC_GAUGE, "The share of users whose requests are evaluated.");
    for (uint32_t i = 0; i < config->interface_count; i++) {
        metric_text_sample(out, name);
        metric_text_label(out, "interface", config->interfaces[i].name);
        metric_text_value(out, breakers->by_gate[config->interfaces[i].gate].share_bp / 1e4);
    }
}

static void append_transitions_of(struct metric_text *out, const char *name, const struct config_interface *interface,
                                  const struct breakers *breakers)
{
    for (unsigned from = 0; from < BREAKER_STATE_COUNT; from++) {
        for (unsigned to = 0; to < BREAKER_STATE_COUNT; to++) {
            uint32_t times = breakers->transitions[interface->gate][from][to];
            if (times > 0) {
                metric_text_sample(out, name);
                metric_text_label(out, "interface", interface->name);
                metric_text_label(out, "from", slice_of(breaker_state_name((enum breaker_state)from)));
                metric_text_label(out, "to", slice_of(breaker_state_name((enum breaker_state)to)));
                metric_text_count(out, times);
            }
        }
    }
}

/* Most never occur; those that did stay. */
static void append_transitions(struct metric_text *out, const struct config *config, const struct breakers *breakers)
{
    const char *name = "promogate_breaker_transitions_total";
    metric_text_head(out, name, METRIC_COUNTER, "Changes of a breaker's state.");
    for (uint32_t i = 0; i < config->interface_count; i++) {
        append_transitions_of(out, name, &config->interfaces[i], breakers);
    }
}

static void append_workers(struct metric_text *out, const struct load *load)
{
    const char *delay = "promogate_worker_queue_delay_seconds", *used = "promogate_worker_utilisation_ratio";
    metric_text_head(out, delay, METRIC_GAUGE, "The smallest wait of a ready request in the last tick of 100 ms.");
    for (uint32_t i = 0; i < load->worker_count; i++) {
        metric_text_sample(out, delay);
        metric_text_label_number(out, "worker", i);
        metric_text_value(out, load->workers[i].delay_us / 1e6);
    }
    metric_text_head(out, used, METRIC_GAUGE, "Of its time in the last tick, spent in turns.");
    for (uint32_t i = 0; i < load->worker_count; i++) {
        metric_text_sample(out, used);
        metric_text_label_number(out, "worker", i);
        metric_text_value(out, load->workers[i].utilisation_bp / 1e4);
    }
}

/* An `on` or a `never`, by who holds it: the alarm that a switch was forgotten is made of it. */
static void append_switches(struct metric_text *out, const struct config *config, const struct switches *switches,
                            int64_t now_unix_s)
{
    const char *name = "promogate_switch";
    metric_text_head(out, name, METRIC_GAUGE, "1 while operators hold the interface, by mode and source.");
    for (uint32_t i = 0; i < config->interface_count; i++) {
        struct switch_order orders[SWITCH_ORDERS_MAX];
        const struct config_interface *interface = &config->interfaces[i];
        uint32_t count = switches_orders(switches, interface, orders);
        struct switch_ruling ruling = switch_ruling_of(orders, count, now_unix_s);
        if (ruling.holder != NULL) {
            metric_text_sample(out, name);
            metric_text_label(out, "interface", interface->name);
            metric_text_label(out, "mode", slice_of(switch_mode_name(ruling.mode)));
            metric_text_label(out, "source", slice_of(switch_source_name(ruling.holder->source)));
            metric_text_count(out, 1);
        }
    }
}

/* What the machine allows: the first thing to look at where everything is slow and nothing is busy. */
static void append_resources(struct metric_text *out, const struct control_metrics *metrics)
{
    const struct cgroup_facts *cgroup = metrics->cgroup;
    metric_text_gauge(out, "promogate_cpu_quota_cpus", "Processors that the cgroup allows; 0: no quota.", cgroup->cpus);
    metric_text_total(out, "promogate_cpu_periods_total", "Periods of the cgroup's quota.", cgroup->periods);
    metric_text_total(out, "promogate_cpu_throttled_periods_total", "Of these, in which it was made to wait.",
                      cgroup->throttled_periods);
    metric_text_seconds_total(out, "promogate_cpu_throttled_seconds_total", "How long in all.",
                              (double)cgroup->throttled_us / 1e6);
    metric_text_gauge(out, "promogate_memory_ceiling_bytes", "Past it only fallbacks are answered; 0: none.",
                      (double)metrics->memory_ceiling_bytes);
    metric_text_gauge(out, "promogate_memory_short", "1 while that is so.", metrics->is_memory_short);
}

void control_metrics_append(struct metric_text *out, const struct control_metrics *metrics)
{
    const struct config *config = metrics->config;
    append_states(out, config, metrics->breakers);
    append_shares(out, config, metrics->breakers);
    append_transitions(out, config, metrics->breakers);
    metric_text_gauge(out, "promogate_overload_elsewhere",
                      "1 while requests wait and evaluating them takes too little time for shedding to help.",
                      breakers_overload_is_elsewhere(config, &metrics->load->facts));
    append_switches(out, config, metrics->switches, metrics->now_unix_s);
    metric_text_total(out, "promogate_switches_not_kept_total", "Orders that could not be written to state_dir.",
                      metrics->store_failures);
    append_workers(out, metrics->load);
    metric_text_gauge(out, "promogate_evaluation_share_ratio",
                      "Of the workers' busy time in the last tick, spent evaluating.",
                      metrics->load->facts.evaluation_bp / 1e4);
    metric_text_total(out, "promogate_worker_stuck_total",
                      "Times that a worker with work made no progress for too long.", metrics->stuck_workers);
    metric_text_total(out, "promogate_control_gaps_total",
                      "Times that the control thread slept through five ticks or more.", metrics->gaps);
    append_resources(out, metrics);
}
