#include "service/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cache/refresher.h"
#include "service/clock.h"
#include "service/complaint.h"
#include "service/config.h"
#include "service/control.h"
#include "service/drain.h"
#include "service/gateway.h"
#include "service/http_admin.h"
#include "service/journal.h"
#include "service/keeper.h"
#include "service/limiter.h"
#include "service/listener.h"
#include "service/log.h"
#include "service/origin.h"
#include "service/processors.h"
#include "service/refresher_events.h"
#include "service/reload.h"
#include "service/switch_poller.h"
#include "service/tally_names.h"
#include "service/thread_stack.h"
#include "service/worker.h"

enum { FILES_BESIDES_CONNECTIONS = 256, FILES_PER_WORKER = 8 + HTTP_LINGER_MAX };

struct serve {
    struct gateway gateway;
    struct listener service, admin_listener;
    bool is_admin_on_loopback;
    struct keeper keeper;
    struct refresher_events events;
    struct http_admin *admin;
    struct reload reload;
    struct drain drain;
    int signals;
};

static bool fail(const char *what)
{
    fprintf(stderr, "promogate: %s: %s\n", what, strerror(errno));
    return false;
}

static uint32_t count_workers(const struct config *config)
{
    uint32_t count = config->workers > 0 ? config->workers : processors_count();
    return count < LISTENER_SOCKETS_MAX ? count : LISTENER_SOCKETS_MAX;
}

/* Before any thread starts: they inherit the mask, and signals arrive at the descriptor only. */
static bool open_signals(struct serve *serve)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    serve->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return serve->signals >= 0 || fail("signalfd");
}

static void share_files(struct serve *serve, const struct config *config, uint32_t workers)
{
    struct gateway *gateway = &serve->gateway;
    uint64_t besides = FILES_BESIDES_CONNECTIONS + (uint64_t)workers * FILES_PER_WORKER;
    uint64_t wanted = (uint64_t)config->limits.max_connections + config->limits.admin_max_connections + besides;
    uint64_t allowed = listener_raise_file_limit(wanted);
    gateway->service_shared.connections_max = config->limits.max_connections;
    gateway->admin_shared.connections_max = config->limits.admin_max_connections;
    gateway->service_shared.loops = workers;
    gateway->admin_shared.loops = 1;
    if (allowed < wanted) { /* refuse connections rather than run out of files */
        uint64_t rest = allowed > 2 * besides ? allowed - besides : allowed / 2;
        gateway->service_shared.connections_max = (uint32_t)rest;
        log_event(LOG_WARNING, "file_limit", LOG_INTEGER("wanted", wanted), LOG_INTEGER("allowed", allowed),
                  LOG_INTEGER("max_connections", rest), LOG_END);
    }
}

static bool open_listeners(struct serve *serve, const struct config *config, uint32_t workers)
{
    struct address address;
    if (!address_parse(slice_of(config->listen), &address) || !listener_open(&serve->service, &address, workers)) {
        return fail(config->listen);
    }
    if (!address_parse(slice_of(config->admin.listen), &address) ||
        !listener_open(&serve->admin_listener, &address, 1)) {
        return fail(config->admin.listen);
    }
    serve->is_admin_on_loopback = address_is_loopback((const struct sockaddr *)&address.storage);
    return true;
}

/* With what state_dir has kept. */
static bool open_control(struct serve *serve, struct config *config)
{
    keeper_open(&serve->keeper, config);
    serve->gateway.control = control_create(&serve->gateway, config);
    return serve->gateway.control != NULL || fail("control");
}

static bool start_refresher(struct serve *serve, const struct config *config)
{
    struct gateway *gateway = &serve->gateway;
    struct snapshot_limits limits = config_snapshot_limits(config);
    gateway->source = origin_open(config);
    gateway->tally_names = tally_names_create();
    if (gateway->source == NULL || gateway->tally_names == NULL) {
        return fail("the policy source");
    }
    struct snapshot *kept = keeper_restore(&serve->keeper, gateway->source, &limits);
    if (kept != NULL) {
        tally_names_assign(gateway->tally_names, kept);
    }
    slot_init(&gateway->snapshots, kept);
    serve->events = (struct refresher_events){.keeper = &serve->keeper, .tally_names = gateway->tally_names};
    struct refresher_callbacks callbacks = refresher_events_callbacks(&serve->events);
    gateway->refresher = refresher_start(gateway->source, &gateway->snapshots, &limits, &callbacks);
    return gateway->refresher != NULL || fail("the refresher");
}

static bool start_workers(struct serve *serve, uint32_t workers)
{
    struct gateway *gateway = &serve->gateway;
    gateway->workers = calloc(workers, sizeof(struct worker *));
    gateway->limiter = limiter_create(workers);
    if (gateway->workers == NULL || gateway->limiter == NULL) {
        return fail("workers");
    }
    limiter_tick(gateway->limiter, slot_read(&gateway->configs), clock_monotonic_ns()); /* limits hold from the start */
    for (uint32_t i = 0; i < workers; i++) {
        struct worker *worker = worker_create(gateway, listener_take(&serve->service, i));
        if (worker == NULL || !worker_start(worker, i)) {
            worker_free(worker);
            return fail("a worker");
        }
        gateway->workers[gateway->worker_count++] = worker;
    }
    tally_names_watch(gateway->tally_names, gateway->workers, workers);
    return true;
}

static bool start_control(struct serve *serve)
{
    return control_start(serve->gateway.control) || fail("the control thread");
}

static bool start_switch_poller(struct serve *serve, const struct config *config)
{
    struct gateway *gateway = &serve->gateway;
    if (!origin_is_redis(config)) {
        return true;
    }
    struct switch_poller_options *options = calloc(1, sizeof(*options)); /* they are large */
    struct switch_document *known = calloc(1, sizeof(*known));
    if (options == NULL || known == NULL) {
        free(options);
        free(known);
        return fail("the switch poller");
    }
    origin_client_options(config, &options->client);
    options->poll_ms = config->redis.switch_poll_ms;
    options->seed = origin_seed();
    control_known_redis(gateway->control, known);
    options->known = known;
    options->heard = control_hear;
    options->cls = gateway->control;
    gateway->switch_poller = switch_poller_start(options);
    free(known);
    free(options);
    if (gateway->switch_poller == NULL) {
        return fail("the switch poller");
    }
    switch_poller_wait_first(gateway->switch_poller); /* before anybody is answered */
    return true;
}

static bool start_journal(struct serve *serve)
{
    serve->gateway.journal = journal_start(&serve->gateway);
    return serve->gateway.journal != NULL || fail("the journal");
}

static bool start_admin(struct serve *serve)
{
    int listen_socket = listener_take(&serve->admin_listener, 0);
    serve->admin = http_admin_start(&serve->gateway, listen_socket, serve->is_admin_on_loopback);
    return serve->admin != NULL || fail("the admin listener");
}

static bool open_reload(struct serve *serve, const char *config_path)
{
    serve->reload = (struct reload){.gateway = &serve->gateway};
    return reload_open(&serve->reload, config_path) || fail("watching the configuration");
}

static bool start(struct serve *serve, const char *config_path, struct config *config)
{
    uint32_t workers = count_workers(config);
    struct gateway *gateway = &serve->gateway;
    gateway->started_wall_ms = clock_wall_ms();
    slot_init(&gateway->configs, config);
    gateway->keeper = &serve->keeper;
    counter_set(&gateway->config_activated_wall_ms, (uint64_t)gateway->started_wall_ms);
    log_open();
    if (!thread_stack_open()) {
        return fail("the signal for thread stacks");
    }
    share_files(serve, config, workers);
    if (!open_signals(serve) || !open_listeners(serve, config, workers) || !open_control(serve, config) ||
        !start_refresher(serve, config) || !start_switch_poller(serve, config) || !start_workers(serve, workers) ||
        !start_journal(serve) || !start_control(serve) || !start_admin(serve) || !open_reload(serve, config_path)) {
        return false;
    }
    log_event(LOG_INFO, "listening", LOG_STRING("listen", serve->service.text),
              LOG_STRING("admin", serve->admin_listener.text), LOG_INTEGER("workers", workers),
              LOG_INTEGER("pid", getpid()), LOG_STRING("version", PROMOGATE_VERSION), LOG_END);
    return true;
}

static void handle_signals(struct serve *serve)
{
    struct signalfd_siginfo info;
    while (read(serve->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            config_watch_force(serve->reload.watch);
        } else if (!drain_begin(&serve->drain, slot_read(&serve->gateway.configs), clock_monotonic_ms())) {
            keeper_stop_at_once(&serve->keeper);
            log_event(LOG_WARNING, "stopped", LOG_STRING("how", "at once, by a second signal"), LOG_END);
            _exit(EXIT_SUCCESS);
        }
    }
}

static int sooner(int a_ms, int b_ms)
{
    return a_ms < 0 ? b_ms : b_ms < 0 || a_ms < b_ms ? a_ms : b_ms;
}

static void run(struct serve *serve)
{
    while (gateway_phase(&serve->gateway) != GATEWAY_STOPPED) {
        int64_t now_ms = clock_monotonic_ms();
        struct pollfd poll_fds[] = {{.fd = serve->signals, .events = POLLIN},
                                    {.fd = config_watch_fd(serve->reload.watch), .events = POLLIN}};
        poll(poll_fds, 2,
             sooner(config_watch_timeout_ms(serve->reload.watch, now_ms), drain_timeout_ms(&serve->drain, now_ms)));
        handle_signals(serve);
        config_watch_run(serve->reload.watch, clock_monotonic_ms());
        drain_run(&serve->drain, &serve->gateway, clock_monotonic_ms());
    }
}

/* Takes half-built ones apart too: that they could not start is not the release's fault, nor a proof. */
static void stop(struct serve *serve, bool is_clean)
{
    struct gateway *gateway = &serve->gateway;
    gateway_enter(gateway, GATEWAY_STOPPED);
    http_admin_stop(serve->admin);
    switch_poller_stop(gateway->switch_poller);
    control_stop(gateway->control);
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        worker_join(gateway->workers[i]);
    }
    journal_stop(gateway->journal);
    if (gateway->refresher != NULL) {
        refresher_stop(gateway->refresher);
    }
    control_free(gateway->control);
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        worker_free(gateway->workers[i]);
    }
    free(gateway->workers);
    limiter_free(gateway->limiter);
    source_close(gateway->source);
    if (is_clean) {
        keeper_end(&serve->keeper);
    } else {
        keeper_stop_at_once(&serve->keeper);
    }
    keeper_close(&serve->keeper);
    reload_close(&serve->reload);
    listener_close(&serve->service);
    listener_close(&serve->admin_listener);
    snapshot_free(slot_swap(&gateway->snapshots, NULL));
    tally_names_free(gateway->tally_names);
    config_free(slot_swap(&gateway->configs, NULL));
    if (serve->signals >= 0) {
        close(serve->signals);
    }
}

int serve_run(const char *config_path)
{
    struct config_errors errors;
    struct config *config = config_load(config_path, &errors);
    if (config == NULL) {
        complaint_print_config(&errors);
        return EXIT_FAILURE;
    }
    struct serve serve = {.signals = -1};
    bool is_started = start(&serve, config_path, config);
    if (is_started) {
        run(&serve);
    }
    stop(&serve, is_started);
    if (is_started) {
        log_event(LOG_INFO, "stopped", LOG_END);
    }
    return is_started ? EXIT_SUCCESS : EXIT_FAILURE;
}
