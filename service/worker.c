#include "service/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/http_evaluate.h"

enum {
    WAIT_MS = 100, /* at most: deadlines and the process's phase are looked at so often */
    REQUEST_COPY_BYTES = 64 * 1024,
    REQUEST_COPY_BYTES_MAX = 1 << 20, /* what the settings allow of a body */
    BUSY_ANSWERS = 4,                 /* in a turn */
    LONG_TURN_NS = 1000000, /* after a turn that long it matters whether anybody waits; before, none waits for long */
};

struct worker *worker_create(struct gateway *gateway, int listen_socket)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL) {
        return NULL;
    }
    worker->gateway = gateway;
    http_batches_init(&worker->batches);
    http_deferrals_init(&worker->deferrals);
    text_init(&worker->request_copy, REQUEST_COPY_BYTES_MAX);
    text_reserve(&worker->request_copy, REQUEST_COPY_BYTES); /* larger bodies make it grow, once */
    const struct config *config = slot_read(&gateway->configs);
    bool keeps_decisions = config->paths.decision_log[0] != '\0';
    if (!decider_init(&worker->decider, &worker->loop.metrics, &worker->gauge, gateway->limiter) ||
        !access_log_init(&worker->access_log) ||
        (keeps_decisions && !decision_log_init(&worker->decision_log, config->decision_log.buffer_bytes)) ||
        !http_loop_open(&worker->loop, listen_socket, &http_evaluate_routes, &gateway->service_shared, worker)) {
        worker_free(worker);
        return NULL;
    }
    worker->decider.decision_log = &worker->decision_log;
    return worker;
}

/*
 * Where the last turn had much to do, the next will have some: it is taken without asking first, which saves a system
 * call. While a batch is begun the worker may not rest (worker.h), and need not: it has work.
 */
static void wait_for_work(struct worker *worker)
{
    bool is_busy = http_batches_are_pending(&worker->batches) || worker->deferrals.count > 0 ||
                   worker->loop.answered >= BUSY_ANSWERS;
    bool holds = http_batches_hold(&worker->batches);
    atomic_store_explicit(&worker->busy_since_ns, 0, memory_order_relaxed);
    worker->has_rested = false;
    if (is_busy) {
        if (!holds) {
            slot_reader_quiescent();
        }
        return;
    }
    slot_reader_offline();
    worker->has_rested = http_loop_wait(&worker->loop, WAIT_MS, worker->turn_length_ns >= LONG_TURN_NS);
    slot_reader_online();
}

static void follow_phase(struct worker *worker, enum gateway_phase phase)
{
    struct http_loop *loop = &worker->loop;
    loop->is_last_request = phase != GATEWAY_SERVING;
    if (phase >= GATEWAY_CLOSING && !loop->is_closing) {
        http_loop_stop_listening(loop);
        loop->is_closing = true;
    }
}

/*
 * How long did the next ready request wait? Where a line of deferred evaluations stands, as long as the one let go just
 * now; else as long as the turn before took, if this one found work at once.
 */
static int64_t wait_ns(const struct worker *worker)
{
    if (worker->deferrals.waited_ns >= 0) {
        return worker->deferrals.waited_ns;
    }
    return worker->loop.answered == 0 ? 0 : worker->waited_ns;
}

static void tell_gauge(struct worker *worker, int64_t begun_ns)
{
    struct gauge *gauge = &worker->gauge;
    int64_t now_ns = clock_monotonic_ns();
    uint32_t tick = atomic_load_explicit(&worker->gateway->tick, memory_order_relaxed);
    int64_t of_singles_ns = wait_ns(worker), of_batches_ns = http_batches_wait_ns(&worker->batches, now_ns);
    gauge_note_wait(gauge, tick, of_singles_ns > of_batches_ns ? of_singles_ns : of_batches_ns);
    counter_add(&gauge->busy_ns, (uint64_t)(now_ns - begun_ns));
    counter_set(&gauge->waiting, worker->deferrals.count + http_batches_count(&worker->batches));
    worker->turn_length_ns = now_ns - begun_ns;
}

static void turn(struct worker *worker)
{
    struct gateway *gateway = worker->gateway;
    wait_for_work(worker);
    int64_t now_ns = clock_monotonic_ns();
    atomic_store_explicit(&worker->busy_since_ns, now_ns, memory_order_relaxed);
    struct http_turn turn = {.config = slot_read(&gateway->configs), .now_ns = now_ns, .wall_ms = clock_wall_ms()};
    worker->waited_ns = worker->has_rested ? 0 : worker->turn_length_ns;
    worker->evaluation_begun_ns = counter_read(&worker->gauge.evaluation_ns);
    worker->view = decider_view(&worker->decider, turn.config, slot_snapshot(&gateway->snapshots), turn.wall_ms);
    worker->view.gates = &gateway->gates;
    follow_phase(worker, gateway_phase(gateway));
    http_loop_turn(&worker->loop, &turn);
    http_batches_work(worker);
    http_deferrals_release(worker);
    tell_gauge(worker, now_ns);
}

static bool is_over(const struct worker *worker)
{
    enum gateway_phase phase = gateway_phase(worker->gateway);
    return phase == GATEWAY_STOPPED ||
           (phase == GATEWAY_CLOSING && worker->loop.is_closing && worker->loop.connection_count == 0);
}

static void *run(void *cls)
{
    struct worker *worker = cls;
    worker->thread_id = gettid();
    slot_reader_register();
    while (!is_over(worker)) {
        turn(worker);
    }
    http_batches_abandon(worker);
    http_deferrals_abandon(worker);
    turn(worker); /* their answers */
    http_loop_close(&worker->loop);
    atomic_store_explicit(&worker->busy_since_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&worker->has_ended, true, memory_order_release);
    slot_reader_unregister();
    return NULL;
}

bool worker_start(struct worker *worker, uint32_t number)
{
    char name[16];
    worker->number = worker->decider.worker = number;
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
        return false;
    }
    snprintf(name, sizeof(name), "worker-%" PRIu32, number);
    pthread_setname_np(worker->thread, name);
    return true;
}

int64_t worker_stuck_ns(const struct worker *worker, int64_t now_ns)
{
    int64_t since_ns = atomic_load_explicit(&worker->busy_since_ns, memory_order_relaxed);
    int64_t resumed_ns = atomic_load_explicit(&worker->gateway->resumed_ns, memory_order_relaxed);
    return since_ns == 0 ? 0 : now_ns - (since_ns > resumed_ns ? since_ns : resumed_ns);
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
}

void worker_free(struct worker *worker)
{
    if (worker != NULL) {
        decider_clear(&worker->decider);
        access_log_clear(&worker->access_log);
        decision_log_clear(&worker->decision_log);
        text_clear(&worker->request_copy);
        free(worker);
    }
}
