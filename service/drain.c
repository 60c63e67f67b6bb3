#include "service/drain.h"

#include "service/log.h"
#include "service/notify.h"
#include "service/worker.h"

enum { LOOK_MS = 10 }; /* how often it is asked whether all workers have ended */

bool drain_begin(struct drain *drain, const struct config *config, int64_t now_ms)
{
    if (drain->has_begun) {
        return false;
    }
    drain->has_begun = true;
    drain->closing_ms = now_ms + config->drain.grace_ms;
    drain->stopping_ms = drain->closing_ms + config->drain.timeout_ms;
    log_event(LOG_INFO, "draining", LOG_INTEGER("grace_ms", config->drain.grace_ms),
              LOG_INTEGER("timeout_ms", config->drain.timeout_ms), LOG_END);
    return true;
}

int drain_timeout_ms(const struct drain *drain, int64_t now_ms)
{
    if (!drain->has_begun) {
        return -1;
    }
    return now_ms < drain->closing_ms ? (int)(drain->closing_ms - now_ms) : LOOK_MS;
}

static bool have_all_ended(const struct gateway *gateway)
{
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        if (!atomic_load_explicit(&gateway->workers[i]->has_ended, memory_order_acquire)) {
            return false;
        }
    }
    return true;
}

void drain_run(struct drain *drain, struct gateway *gateway, int64_t now_ms)
{
    if (!drain->has_begun) {
        return;
    }
    if (gateway_phase(gateway) == GATEWAY_SERVING) {
        gateway_enter(gateway, GATEWAY_LEAVING);
        notify_stopping(gateway->notify);
    }
    if (gateway_phase(gateway) == GATEWAY_LEAVING && now_ms >= drain->closing_ms) {
        gateway_enter(gateway, GATEWAY_CLOSING);
    }
    if (gateway_phase(gateway) == GATEWAY_CLOSING && (have_all_ended(gateway) || now_ms >= drain->stopping_ms)) {
        gateway_enter(gateway, GATEWAY_STOPPED);
    }
}
