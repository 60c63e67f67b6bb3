#include "service/exposition.h"

#include <inttypes.h>

#include "cache/refresher.h"
#include "service/clock.h"
#include "service/control.h"
#include "service/keeper.h"
#include "service/limiter.h"
#include "service/log.h"
#include "service/process_stat.h"
#include "service/switch_poller.h"
#include "service/worker.h"

static void gauge(struct text *text, const char *name, const char *help, double value)
{
    metrics_append_value(text, name, "gauge", help, value);
}

static void total(struct text *text, const char *name, const char *help, uint64_t value)
{
    metrics_append_value(text, name, "counter", help, (double)value);
}

static void append_process(struct text *text, const struct gateway *gateway)
{
    struct process_stat process = process_stat_read();
    text_append_format(text,
                       "# HELP promogate_build_info The program's version.\n# TYPE promogate_build_info gauge\n"
                       "promogate_build_info{version=\"%s\"} 1\n",
                       PROMOGATE_VERSION);
    gauge(text, "promogate_start_time_seconds", "When the process started, Unix time.",
          (double)gateway->started_wall_ms / 1e3);
    gauge(text, "promogate_workers", "Worker threads.", gateway->worker_count);
    gauge(text, "promogate_draining", "1 while the process drains.", gateway_phase(gateway) != GATEWAY_SERVING);
    metrics_append_value(text, "promogate_process_cpu_seconds_total", "counter", "CPU time of all threads.",
                         process.cpu_s);
    gauge(text, "promogate_process_resident_memory_bytes", "Memory in use.", (double)process.resident_bytes);
    gauge(text, "promogate_process_open_fds", "Open files.", (double)process.open_files);
    gauge(text, "promogate_connections", "Connections of the service listener.",
          atomic_load_explicit(&gateway->service_shared.connections, memory_order_relaxed));
    gauge(text, "promogate_connections_max", "Where it refuses.", gateway->service_shared.connections_max);
    total(text, "promogate_log_dropped_total", "Log lines that could not be written.", log_dropped_count());
}

static void append_config(struct text *text, const struct gateway *gateway)
{
    text_append_format(text,
                       "# HELP promogate_config_reloads_total Changes of the configuration, by result.\n"
                       "# TYPE promogate_config_reloads_total counter\n"
                       "promogate_config_reloads_total{result=\"activated\"} %llu\n"
                       "promogate_config_reloads_total{result=\"refused\"} %llu\n",
                       (unsigned long long)counter_read(&gateway->config_activations),
                       (unsigned long long)counter_read(&gateway->config_refusals));
    gauge(text, "promogate_config_activated_timestamp_seconds", "When the configuration in force was activated.",
          (double)counter_read(&gateway->config_activated_wall_ms) / 1e3);
}

static void append_snapshot(struct text *text, const struct gateway *gateway, const struct refresher_status *status)
{
    const struct config *config = slot_read(&gateway->configs);
    const struct snapshot *snapshot = slot_snapshot(&gateway->snapshots);
    const struct snapshot_facts *facts = &status->facts;
    double age_s = (double)status->snapshot_age_ms / 1e3;
    gauge(text, "promogate_snapshot_release", "The release in force.", (double)facts->release);
    gauge(text, "promogate_snapshot_policies", "Its policies.", facts->policies);
    gauge(text, "promogate_snapshot_aois", "Its distinct AOI codes.", facts->aois);
    gauge(text, "promogate_snapshot_bytes", "Its memory.", (double)facts->bytes);
    gauge(text, "promogate_snapshot_candidates_max", "The worst case of one evaluation, in policies.",
          facts->candidates_max);
    gauge(text, "promogate_snapshot_activated_timestamp_seconds", "When it was activated.",
          (double)clock_wall_ms() / 1e3 - age_s);
    gauge(text, "promogate_snapshot_age_seconds", "How long it has been in force.", age_s);
    gauge(text, "promogate_snapshot_unknown_interfaces",
          "Policies that name interfaces which the configuration lacks: they match nothing there.",
          snapshot == NULL ? 0
                           : snapshot_unknown_interfaces(snapshot, config->interface_names, config->interface_count));
}

static void append_refresher(struct text *text, const struct gateway *gateway)
{
    struct refresher_status status;
    refresher_status(gateway->refresher, &status);
    gauge(text, "promogate_snapshot_loaded", "1 once a release is in force.", status.has_snapshot);
    if (status.has_snapshot) {
        append_snapshot(text, gateway, &status);
    }
    total(text, "promogate_refresher_activations_total", "Snapshots activated.", status.activations);
    total(text, "promogate_refresher_confirmations_total", "Readings that found what is in force.",
          status.confirmations);
    total(text, "promogate_refresher_refusals_total", "Sets refused.", status.refusals);
    total(text, "promogate_refresher_unavailable_total", "Times that the source could not be read.",
          status.unavailabilities);
    gauge(text, "promogate_refresher_problems", "Problems of the set refused last.", (double)status.problem_count);
    gauge(text, "promogate_refresher_load_seconds", "Reading and compiling, the last time.",
          (double)status.load_ms / 1e3);
    text_append_format(text,
                       "# HELP promogate_refresher_duration_seconds Reading and compiling, of whatever result.\n"
                       "# TYPE promogate_refresher_duration_seconds summary\n"
                       "promogate_refresher_duration_seconds_sum %.3f\n"
                       "promogate_refresher_duration_seconds_count %" PRIu64 "\n",
                       (double)status.load_sum_ms / 1e3, status.loads);
    gauge(text, "promogate_refresher_checked_age_seconds", "Since the source was last asked; grows when stuck.",
          (double)status.checked_age_ms / 1e3);
}

static void append_source(struct text *text, const struct gateway *gateway)
{
    struct source_traffic traffic;
    source_traffic(gateway->source, &traffic);
    text_append_format(text,
                       "# HELP promogate_source_bytes_total Bytes that the source moved over the network.\n"
                       "# TYPE promogate_source_bytes_total counter\n"
                       "promogate_source_bytes_total{direction=\"in\"} %" PRIu64 "\n"
                       "promogate_source_bytes_total{direction=\"out\"} %" PRIu64 "\n"
                       "# HELP promogate_source_pieces_total Pieces of releases, fetched or already held.\n"
                       "# TYPE promogate_source_pieces_total counter\n"
                       "promogate_source_pieces_total{origin=\"fetched\"} %" PRIu64 "\n"
                       "promogate_source_pieces_total{origin=\"held\"} %" PRIu64 "\n",
                       traffic.bytes_in, traffic.bytes_out, traffic.pieces_fetched, traffic.pieces_held);
    total(text, "promogate_source_exchanges_total", "Conversations with Redis.", traffic.exchanges);
    total(text, "promogate_source_connects_total", "Connections to Redis.", traffic.connects);
    total(text, "promogate_source_failures_total", "Conversations with Redis that failed.", traffic.failures);
    total(text, "promogate_source_hints_total", "Announcements of releases that were heard.", traffic.hints);
}

static void append_switch_poller(struct text *text, const struct switch_poller *poller)
{
    struct switch_poller_counts counts;
    if (poller == NULL) {
        return;
    }
    switch_poller_read(poller, &counts);
    total(text, "promogate_switch_polls_total", "Times that Redis was asked for switches.", counts.polls);
    total(text, "promogate_switch_poll_failures_total", "Of these, without an answer.", counts.failures);
    total(text, "promogate_switches_ignored_total", "Switches in Redis that say nothing a gateway may follow.",
          counts.ignored);
}

static void append_limiter(struct text *text, const struct gateway *gateway)
{
    struct limiter_facts facts = limiter_facts(gateway->limiter);
    gauge(text, "promogate_rate_limited", "1 while any rate is limited.", limiter_is_on(gateway->limiter));
    text_append_format(text,
                       "# HELP promogate_rate_requests_total Decisions asked for while rates were limited, by result.\n"
                       "# TYPE promogate_rate_requests_total counter\n"
                       "promogate_rate_requests_total{result=\"admitted\"} %" PRIu64 "\n"
                       "promogate_rate_requests_total{result=\"refused_caller\"} %" PRIu64 "\n"
                       "promogate_rate_requests_total{result=\"refused_total\"} %" PRIu64 "\n",
                       facts.admitted, facts.refused_caller, facts.refused_total);
    total(text, "promogate_rate_other_requests_total", "Of these, those of callers that found no bucket of their own.",
          facts.other_requests);
    gauge(text, "promogate_rate_callers", "Callers known: configured, or seen in the last minute.", facts.callers);
    gauge(text, "promogate_rate_total_tokens", "Decisions that all callers may ask for at once; 0 without a limit.",
          (double)facts.total_tokens);
}

void exposition_append(struct text *text, const struct gateway *gateway, const struct metrics *admin)
{
    struct metrics sum = {0};
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        metrics_merge(&sum, &gateway->workers[i]->loop.metrics);
    }
    metrics_merge_requests(&sum, admin);
    append_process(text, gateway);
    metrics_append(text, &sum);
    append_refresher(text, gateway);
    append_source(text, gateway);
    control_append_metrics(gateway->control, text);
    append_switch_poller(text, gateway->switch_poller);
    keeper_append_metrics(text, gateway->keeper);
    append_limiter(text, gateway);
    append_config(text, gateway);
}
