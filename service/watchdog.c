#include "service/watchdog.h"

#include <stdlib.h>

#include "service/log.h"
#include "service/thread_stack.h"
#include "service/worker.h"

enum { CAPTURE_MS = 200 };

bool watchdog_init(struct watchdog *watchdog, uint32_t worker_count)
{
    *watchdog = (struct watchdog){.worker_count = worker_count};
    watchdog->told_ms = calloc(worker_count, sizeof(*watchdog->told_ms));
    return watchdog->told_ms != NULL;
}

void watchdog_clear(struct watchdog *watchdog)
{
    free(watchdog->told_ms);
    watchdog->told_ms = NULL;
}

static void tell(const struct worker *worker, int64_t stuck_ms)
{
    struct thread_stack stack;
    struct text text;
    text_init(&text, THREAD_STACK_TEXT_BYTES_MAX);
    bool is_captured = thread_stack_capture(worker->thread_id, CAPTURE_MS, &stack);
    if (is_captured) {
        thread_stack_append(&text, &stack);
    }
    log_event(LOG_ERROR, "worker_stuck", LOG_INTEGER("worker", worker->number), LOG_INTEGER("stuck_ms", stuck_ms),
              LOG_SLICE("stack", is_captured && !text.failed ? text_slice(&text) : SLICE("it does not answer")),
              LOG_END);
    text_clear(&text);
}

/* True when it was told, which may take a while. */
static bool look_at(struct watchdog *watchdog, const struct worker *worker, uint32_t dump_after_ms, int64_t now_ns)
{
    int64_t *told_ms = &watchdog->told_ms[worker->number];
    int64_t stuck_ms = worker_stuck_ns(worker, now_ns) / 1000000;
    if (stuck_ms < dump_after_ms) {
        if (*told_ms > 0) {
            log_event(LOG_WARNING, "worker_moves", LOG_INTEGER("worker", worker->number), LOG_END);
        }
        *told_ms = 0;
    } else if (*told_ms == 0 || stuck_ms >= 2 * *told_ms) {
        if (*told_ms == 0) {
            counter_add(&watchdog->stuck, 1);
        }
        *told_ms = stuck_ms;
        tell(worker, stuck_ms);
        return true;
    }
    return false;
}

void watchdog_look(struct watchdog *watchdog, struct worker *const *workers, uint32_t dump_after_ms, int64_t now_ns)
{
    bool has_told = false;
    for (uint32_t i = 0; i < watchdog->worker_count && !has_told; i++) {
        has_told = look_at(watchdog, workers[i], dump_after_ms, now_ns);
    }
}
