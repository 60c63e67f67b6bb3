#include "tests/race/house.h"

#include "service/clock.h"
#include "service/limiter.h"
#include "service/worker.h"

enum { CONNECTIONS_MAX = 1024 };

static bool start_workers(struct house *house, uint32_t workers)
{
    struct gateway *gateway = &house->gateway;
    gateway->workers = house->workers;
    gateway->limiter = limiter_create(workers);
    if (gateway->limiter == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < workers; i++) {
        struct worker *worker = worker_create(gateway, listener_take(&house->listener, i));
        if (worker == NULL || !worker_start(worker, i)) {
            return false;
        }
        gateway->workers[gateway->worker_count++] = worker;
    }
    return true;
}

bool house_open(struct house *house, uint32_t workers, struct config *config, struct source *source,
                const struct refresher_callbacks *callbacks)
{
    const struct snapshot_limits limits = {.candidates_max = config->limits.max_candidates};
    struct gateway *gateway = &house->gateway;
    struct address address;
    *house = (struct house){.gateway.service_shared = {.connections_max = CONNECTIONS_MAX, .loops = workers}};
    gateway->started_wall_ms = clock_wall_ms();
    slot_init(&gateway->configs, config);
    slot_init(&gateway->snapshots, NULL);
    if (!address_parse(slice_of(config->listen), &address) || !listener_open(&house->listener, &address, workers)) {
        return false;
    }
    gateway->refresher = refresher_start(source, &gateway->snapshots, &limits, callbacks);
    return gateway->refresher != NULL && start_workers(house, workers);
}

struct sockaddr_in house_address(const struct house *house)
{
    struct address address;
    address_parse(slice_of(house->listener.text), &address);
    struct sockaddr_in ip;
    memcpy(&ip, &address.storage, sizeof(ip));
    return ip;
}

void house_swap_configuration(struct house *house, struct config *config)
{
    config_free(slot_swap(&house->gateway.configs, config));
}

uint64_t house_decisions(const struct house *house)
{
    uint64_t decisions = 0;
    for (uint32_t i = 0; i < house->gateway.worker_count; i++) {
        const struct metrics *metrics = &house->gateway.workers[i]->loop.metrics;
        decisions += counter_read(&metrics->decisions_offered) + counter_read(&metrics->decisions_empty) +
                     counter_read(&metrics->decisions_switch);
    }
    return decisions;
}

void house_stop(struct house *house)
{
    struct gateway *gateway = &house->gateway;
    gateway_enter(gateway, GATEWAY_LEAVING);
    gateway_enter(gateway, GATEWAY_CLOSING);
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        worker_join(gateway->workers[i]);
    }
    gateway_enter(gateway, GATEWAY_STOPPED);
    refresher_stop(gateway->refresher);
}

void house_close(struct house *house)
{
    struct gateway *gateway = &house->gateway;
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        worker_free(gateway->workers[i]);
    }
    limiter_free(gateway->limiter);
    listener_close(&house->listener);
    snapshot_free(slot_swap(&gateway->snapshots, NULL));
    config_free(slot_swap(&gateway->configs, NULL));
}
