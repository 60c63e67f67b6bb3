#include "service/exposition.h"

#include <inttypes.h>

#include "cache/refresher.h"
#include "service/clock.h"
#include "service/control.h"
#include "service/journal.h"
#include "service/keeper.h"
#include "service/limiter.h"
#include "service/log.h"
#include "service/process_stat.h"
#include "service/switch_poller.h"
#include "service/tally_names.h"
#include "service/worker.h"

static void append_build(struct metric_text *out)
{
    const char *name = "promogate_build_info";
    metric_text_head(out, name, METRIC_INFO, "The program, and the library that it speaks HTTP with.");
    metric_text_sample(out, name);
    metric_text_label(out, "version", SLICE(PROMOGATE_VERSION));
    metric_text_label(out, "libmicrohttpd", slice_of(http_loop_library_version()));
    metric_text_count(out, 1);
}

/* By the names that every client library gives them. */
static void append_process(struct metric_text *out, const struct gateway *gateway)
{
    struct process_stat process = process_stat_read();
    metric_text_gauge(out, "process_start_time_seconds", "When the process started, Unix time.",
                      (double)gateway->started_wall_ms / 1e3);
    metric_text_seconds_total(out, "process_cpu_seconds_total", "CPU time of all threads, user and system.",
                              process.cpu_s);
    metric_text_gauge(out, "process_resident_memory_bytes", "Memory in use.", (double)process.resident_bytes);
    metric_text_gauge(out, "process_virtual_memory_bytes", "Addresses in use.", (double)process.virtual_bytes);
    metric_text_gauge(out, "process_open_fds", "Open files.", (double)process.open_files);
    metric_text_gauge(out, "process_max_fds", "How many may be open.", (double)process.open_files_max);
    metric_text_gauge(out, "process_threads", "Threads.", (double)process.threads);
}

static void append_gateway(struct metric_text *out, const struct gateway *gateway)
{
    metric_text_gauge(out, "promogate_workers", "Worker threads.", gateway->worker_count);
    metric_text_gauge(out, "promogate_draining", "1 while the process drains.",
                      gateway_phase(gateway) != GATEWAY_SERVING);
    metric_text_gauge(out, "promogate_connections", "Connections of the service listener.",
                      atomic_load_explicit(&gateway->service_shared.connections, memory_order_relaxed));
    metric_text_gauge(out, "promogate_connections_max", "Where it refuses.", gateway->service_shared.connections_max);
    metric_text_total(out, "promogate_log_dropped_total", "Log lines that could not be written.", log_dropped_count());
}

/* What workers add up while they work; what they were like in the last tick is the control thread's. */
static void append_workers(struct metric_text *out, const struct gateway *gateway)
{
    const char *busy = "promogate_worker_busy_seconds_total";
    uint64_t evaluation_ns = 0, waiting = 0;
    metric_text_head(out, busy, METRIC_COUNTER, "Time that the worker spent in turns of its loop.");
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        const struct gauge *gauge = &gateway->workers[i]->gauge;
        metric_text_sample(out, busy);
        metric_text_label_number(out, "worker", i);
        metric_text_value(out, (double)counter_read(&gauge->busy_ns) / 1e9);
        evaluation_ns += counter_read(&gauge->evaluation_ns);
        waiting += counter_read(&gauge->waiting);
    }
    metric_text_seconds_total(out, "promogate_evaluation_seconds_total",
                              "Time that evaluations took, extrapolated from those that are timed.",
                              (double)evaluation_ns / 1e9);
    metric_text_gauge(out, "promogate_requests_waiting", "Evaluations in line and batches under way.", (double)waiting);
}

static void append_config(struct metric_text *out, const struct gateway *gateway)
{
    const char *reloads = "promogate_config_reloads_total";
    metric_text_head(out, reloads, METRIC_COUNTER, "Changes of the configuration, by result.");
    metric_text_counted(out, reloads, "result=\"activated\"", counter_read(&gateway->config_activations));
    metric_text_counted(out, reloads, "result=\"refused\"", counter_read(&gateway->config_refusals));
    metric_text_gauge(out, "promogate_config_activated_timestamp_seconds",
                      "When the configuration in force was activated.",
                      (double)counter_read(&gateway->config_activated_wall_ms) / 1e3);
}

static void append_snapshot(struct metric_text *out, const struct gateway *gateway,
                            const struct refresher_status *status)
{
    const struct config *config = slot_read(&gateway->configs);
    const struct snapshot *snapshot = slot_snapshot(&gateway->snapshots);
    const struct snapshot_facts *facts = &status->facts;
    double age_s = (double)status->snapshot_age_ms / 1e3;
    metric_text_gauge(out, "promogate_snapshot_release", "The release in force.", (double)facts->release);
    metric_text_gauge(out, "promogate_snapshot_policies", "Its policies.", facts->policies);
    metric_text_gauge(out, "promogate_snapshot_aois", "Its distinct AOI codes.", facts->aois);
    metric_text_gauge(out, "promogate_snapshot_bytes", "Its memory.", (double)facts->bytes);
    metric_text_gauge(out, "promogate_snapshot_candidates_max", "The worst case of one evaluation, in policies.",
                      facts->candidates_max);
    metric_text_gauge(out, "promogate_snapshot_activated_timestamp_seconds", "When it was activated.",
                      (double)clock_wall_ms() / 1e3 - age_s);
    metric_text_gauge(out, "promogate_snapshot_age_seconds", "How long it has been in force.", age_s);
    metric_text_gauge(
        out, "promogate_snapshot_unknown_interfaces",
        "Policies that name interfaces which the configuration lacks: they match nothing there.",
        snapshot == NULL ? 0 : snapshot_unknown_interfaces(snapshot, config->interface_names, config->interface_count));
}

static void append_refresher(struct metric_text *out, const struct gateway *gateway)
{
    struct refresher_status status;
    refresher_status(gateway->refresher, &status);
    metric_text_gauge(out, "promogate_snapshot_loaded", "1 once a release is in force.", status.has_snapshot);
    if (status.has_snapshot) {
        append_snapshot(out, gateway, &status);
    }
    metric_text_total(out, "promogate_refresher_activations_total", "Snapshots activated.", status.activations);
    metric_text_total(out, "promogate_refresher_confirmations_total", "Readings that found what is in force.",
                      status.confirmations);
    metric_text_total(out, "promogate_refresher_refusals_total", "Sets refused.", status.refusals);
    metric_text_total(out, "promogate_refresher_unavailable_total", "Times that the source could not be read.",
                      status.unavailabilities);
    metric_text_gauge(out, "promogate_refresher_problems", "Problems of the set refused last.",
                      (double)status.problem_count);
    metric_text_gauge(out, "promogate_refresher_load_seconds", "Reading and compiling, the last time.",
                      (double)status.load_ms / 1e3);
    metric_text_head(out, "promogate_refresher_duration_seconds", METRIC_SUMMARY,
                     "Reading and compiling, of whatever result.");
    metric_text_sample(out, "promogate_refresher_duration_seconds_sum");
    metric_text_value(out, (double)status.load_sum_ms / 1e3);
    metric_text_sample(out, "promogate_refresher_duration_seconds_count");
    metric_text_count(out, status.loads);
    metric_text_gauge(out, "promogate_refresher_checked_age_seconds",
                      "Since the source was last asked; grows when stuck.", (double)status.checked_age_ms / 1e3);
    metric_text_gauge(out, "promogate_source_up", "1 while the source can be read.",
                      status.state != REFRESHER_UNAVAILABLE && status.state != REFRESHER_STARTING);
}

static void append_source(struct metric_text *out, const struct gateway *gateway)
{
    struct source_traffic traffic;
    source_traffic(gateway->source, &traffic);
    const char *bytes = "promogate_source_bytes_total", *pieces = "promogate_source_pieces_total";
    metric_text_head(out, bytes, METRIC_COUNTER, "Bytes that the source moved over the network.");
    metric_text_counted(out, bytes, "direction=\"in\"", traffic.bytes_in);
    metric_text_counted(out, bytes, "direction=\"out\"", traffic.bytes_out);
    metric_text_head(out, pieces, METRIC_COUNTER, "Pieces of releases, fetched or already held.");
    metric_text_counted(out, pieces, "origin=\"fetched\"", traffic.pieces_fetched);
    metric_text_counted(out, pieces, "origin=\"held\"", traffic.pieces_held);
    metric_text_total(out, "promogate_source_exchanges_total", "Conversations with Redis.", traffic.exchanges);
    metric_text_total(out, "promogate_source_connects_total", "Connections to Redis.", traffic.connects);
    metric_text_total(out, "promogate_source_failures_total", "Conversations with Redis that failed.",
                      traffic.failures);
    metric_text_total(out, "promogate_source_hints_total", "Announcements of releases that were heard.", traffic.hints);
}

static void append_switch_poller(struct metric_text *out, const struct switch_poller *poller)
{
    struct switch_poller_counts counts;
    if (poller == NULL) {
        return;
    }
    switch_poller_read(poller, &counts);
    metric_text_total(out, "promogate_switch_polls_total", "Times that Redis was asked for switches.", counts.polls);
    metric_text_total(out, "promogate_switch_poll_failures_total", "Of these, without an answer.", counts.failures);
    metric_text_total(out, "promogate_switches_ignored_total",
                      "Switches in Redis that say nothing a gateway may follow.", counts.ignored);
}

static void append_limiter(struct metric_text *out, const struct gateway *gateway)
{
    const char *requests = "promogate_rate_requests_total";
    struct limiter_facts facts = limiter_facts(gateway->limiter);
    metric_text_gauge(out, "promogate_rate_limited", "1 while any rate is limited.", limiter_is_on(gateway->limiter));
    metric_text_head(out, requests, METRIC_COUNTER, "Decisions asked for while rates were limited, by result.");
    metric_text_counted(out, requests, "result=\"admitted\"", facts.admitted);
    metric_text_counted(out, requests, "result=\"refused_caller\"", facts.refused_caller);
    metric_text_counted(out, requests, "result=\"refused_total\"", facts.refused_total);
    metric_text_total(out, "promogate_rate_other_requests_total",
                      "Of these, those of callers that found no bucket of their own.", facts.other_requests);
    metric_text_gauge(out, "promogate_rate_callers", "Callers known: configured, or seen in the last minute.",
                      facts.callers);
    metric_text_gauge(out, "promogate_rate_total_tokens",
                      "Decisions that all callers may ask for at once; 0 without a limit.", (double)facts.total_tokens);
}

static void append_listeners(struct metric_text *out, const struct gateway *gateway, const struct metrics *admin)
{
    struct metrics sum = {0};
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        metrics_merge(&sum, &gateway->workers[i]->loop.metrics);
    }
    metrics_merge_requests(&sum, admin);
    metrics_append(out, &sum);
}

void exposition_append(struct metric_text *out, const struct gateway *gateway, const struct metrics *admin)
{
    append_build(out);
    append_process(out, gateway);
    append_gateway(out, gateway);
    append_listeners(out, gateway, admin);
    append_workers(out, gateway);
    tally_names_append(out, gateway->tally_names);
    append_refresher(out, gateway);
    append_source(out, gateway);
    control_append_metrics(gateway->control, out);
    append_switch_poller(out, gateway->switch_poller);
    keeper_append_metrics(out, gateway->keeper);
    append_limiter(out, gateway);
    journal_append_metrics(out, gateway->journal);
    append_config(out, gateway);
}
