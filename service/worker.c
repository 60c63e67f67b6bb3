#include "service/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "service/clock.h"
#include "service/http_evaluate.h"

enum {
    WAIT_MS = 100,    /* at most: deadlines and the process's phase are looked at so often */
    BUSY_ANSWERS = 4, /* in a turn */
};

struct worker *worker_create(struct gateway *gateway, int listen_socket)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL) {
        return NULL;
    }
    worker->gateway = gateway;
    if (!decider_init(&worker->decider, &worker->loop.metrics) ||
        !http_loop_open(&worker->loop, listen_socket, &http_evaluate_routes, &gateway->service_shared, worker)) {
        worker_free(worker);
        return NULL;
    }
    return worker;
}

/*
 * Where the last turn had much to do, the next will have some: it is taken without asking first, which saves a system
 * call. While a batch is begun the worker may not rest (worker.h), and need not: it has work.
 */
static void wait_for_work(struct worker *worker)
{
    bool is_busy = http_batches_are_pending(&worker->batches) || worker->loop.answered >= BUSY_ANSWERS;
    bool holds = http_batches_hold(&worker->batches);
    atomic_store_explicit(&worker->busy_since_ns, 0, memory_order_relaxed);
    if (is_busy) {
        if (!holds) {
            slot_reader_quiescent();
        }
        return;
    }
    slot_reader_offline();
    http_loop_wait(&worker->loop, WAIT_MS);
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

static void turn(struct worker *worker)
{
    struct gateway *gateway = worker->gateway;
    wait_for_work(worker);
    int64_t now_ns = clock_monotonic_ns();
    atomic_store_explicit(&worker->busy_since_ns, now_ns, memory_order_relaxed);
    struct http_turn turn = {.config = slot_read(&gateway->configs), .now_ns = now_ns, .wall_ms = clock_wall_ms()};
    worker->view = decider_view(&worker->decider, turn.config, slot_snapshot(&gateway->snapshots), turn.wall_ms);
    follow_phase(worker, gateway_phase(gateway));
    http_loop_turn(&worker->loop, &turn);
    http_batches_work(worker);
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
    slot_reader_register();
    while (!is_over(worker)) {
        turn(worker);
    }
    http_batches_abandon(worker);
    turn(worker); /* their refusals */
    http_loop_close(&worker->loop);
    atomic_store_explicit(&worker->busy_since_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&worker->has_ended, true, memory_order_release);
    slot_reader_unregister();
    return NULL;
}

bool worker_start(struct worker *worker, uint32_t number)
{
    char name[16];
    worker->number = number;
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
        return false;
    }
    snprintf(name, sizeof(name), "worker-%" PRIu32, number);
    pthread_setname_np(worker->thread, name);
    return true;
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
}

void worker_free(struct worker *worker)
{
    if (worker != NULL) {
        decider_clear(&worker->decider);
        free(worker);
    }
}
