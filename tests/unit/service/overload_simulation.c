#include "overload_simulation.h"

#include <assert.h>
#include <criterion/criterion.h>
#include <stdlib.h>

#include "degrade/admission.h"

enum {
    TICK_NS = PRESSURE_TICK_MS * 1000000,
    BUSY_ANSWERS = 4,       /* as in worker.c: after so many a turn follows without a rest */
    LONG_TURN_NS = 1000000, /* after a shorter one nobody can have waited for long */
    EMPTY_TURN_NS = 2000,
    REST_NS = 100000000,
    USERS = 1000000,
};

/* Queues */

static void push(struct simulated_queue *queue, struct simulated_request request)
{
    cr_assert(queue->count < SIMULATION_CONNECTIONS);
    queue->requests[(queue->first + queue->count++) % SIMULATION_CONNECTIONS] = request;
}

static struct simulated_request pop(struct simulated_queue *queue)
{
    cr_assert(queue->count > 0);
    struct simulated_request request = queue->requests[queue->first];
    queue->first = (queue->first + 1) % SIMULATION_CONNECTIONS;
    queue->count--;
    return request;
}

/* Callers */

static int64_t gap_ns(struct simulation *simulation, const struct simulated_callers *callers)
{
    int64_t mean_ns = INT64_C(1000000000) / callers->per_second;
    return 1 + jitter_below(&simulation->chance, 2 * mean_ns);
}

static uint32_t next_caller(const struct simulation *simulation)
{
    uint32_t next = 0;
    for (uint32_t i = 1; i < SIMULATION_INTERFACES_MAX; i++) {
        next = simulation->callers[i].next_ns < simulation->callers[next].next_ns ? i : next;
    }
    return next;
}

static void let_callers_come(struct simulation *simulation)
{
    uint32_t i = next_caller(simulation);
    for (; simulation->callers[i].next_ns <= simulation->now_ns; i = next_caller(simulation)) {
        struct simulated_callers *callers = &simulation->callers[i];
        callers->next_ns += gap_ns(simulation, callers);
        uint64_t user = (uint64_t)jitter_below(&simulation->chance, USERS);
        uint32_t connected = simulation->ready.count + simulation->line.count + simulation->due.count;
        if (connected < SIMULATION_CONNECTIONS) {
            push(&simulation->ready,
                 (struct simulated_request){.interface = i, .user_hash = user * UINT64_C(0x9e3779b97f4a7c15)});
        } else {
            simulation->refused++;
        }
    }
}

/* The control thread: control.c, without its lock */

static void note_news(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation->breakers.news_count; i++) {
        cr_assert(simulation->news_count < SIMULATION_NEWS_MAX, "the breakers flutter");
        simulation->news[simulation->news_count++] =
            (struct simulated_news){.at_ms = simulation_ms(simulation), .news = simulation->breakers.news[i]};
    }
}

static uint32_t grown(const counter *word, uint32_t *told)
{
    uint32_t before = *told;
    *told = (uint32_t)counter_read(word);
    return *told - before;
}

static void remember(struct simulation *simulation)
{
    cr_assert(simulation->tick_count < SIMULATION_TICKS_MAX);
    struct simulated_tick *tick = &simulation->ticks[simulation->tick_count++];
    tick->facts = simulation->load.facts;
    tick->pressure = breakers_pressure(simulation->config, &tick->facts);
    for (uint32_t i = 0; i < simulation->config->interface_count; i++) {
        const struct gauge_interface *gauge = &simulation->worker->gauge.interfaces[i];
        tick->states[i] = simulation->breakers.by_gate[i].state;
        tick->shares_bp[i] = simulation->breakers.by_gate[i].share_bp;
        tick->evaluated[i] = grown(&gauge->evaluated, &simulation->told.evaluated[i]);
        tick->turned_away[i] = grown(&gauge->turned_away, &simulation->told.turned_away[i]);
        tick->asked[i] = grown(&gauge->asked, &simulation->told.asked[i]);
    }
}

static uint32_t tick_number(const struct simulation *simulation)
{
    return simulation->tick_count + 1;
}

static void control(struct simulation *simulation)
{
    struct config *config = simulation->config;
    struct breakers *breakers = &simulation->breakers;
    int64_t now_ms = simulation->now_ns / 1000000;
    load_take(&simulation->load, &simulation->worker, tick_number(simulation), config->breaker.delay_target_ms * 1000,
              simulation->now_ns);
    const struct breakers_tick tick = {.config = config,
                                       .load = &simulation->load,
                                       .is_memory_short = simulation->is_memory_short,
                                       .now_ms = now_ms,
                                       .chance_bp = (uint32_t)jitter_below(&simulation->chance, 10001)};
    breakers_tick(breakers, &tick);
    note_news(simulation);
    breakers_obey(breakers, config, &simulation->switches, now_ms, simulation->wall_unix_s + now_ms / 1000);
    note_news(simulation);
    breakers_publish(breakers, config, &simulation->switches, simulation->wall_unix_s + now_ms / 1000,
                     &simulation->gates);
    remember(simulation);
}

static void pass(struct simulation *simulation, int64_t ns)
{
    int64_t until_ns = simulation->now_ns + ns;
    while (simulation->tick_due_ns <= until_ns) {
        simulation->now_ns = simulation->tick_due_ns;
        control(simulation);
        simulation->tick_due_ns += TICK_NS;
    }
    simulation->now_ns = until_ns;
}

/* A request: decider.c */

static bool is_admitted(const struct simulation *simulation, const struct simulated_request *request)
{
    struct gate gate = gate_table_read(&simulation->gates, simulation->config->interfaces[request->interface].gate);
    gate.order = switch_mode_join(simulation->config->interfaces[request->interface].degrade, gate.order);
    if (admission_decide(gate, true) != ADMISSION_EVALUATE) {
        return false;
    }
    return !admission_is_partial(gate) || gate.is_shadow || admission_slot(request->user_hash, 0) < gate.share_bp;
}

static void evaluate_one(struct simulation *simulation, const struct simulated_request *request)
{
    struct gauge *gauge = &simulation->worker->gauge;
    int64_t ns = simulation->callers[request->interface].evaluation_ns;
    bool is_heavy = gauge_is_heavy(gauge);
    pass(simulation, ns);
    if (is_heavy || simulation->until_sample == 0) {
        simulation->until_sample = GAUGE_SAMPLE;
        gauge_note_evaluation(gauge, ns, is_heavy ? 1 : GAUGE_SAMPLE);
    }
    simulation->until_sample--;
    counter_add(&gauge->interfaces[request->interface].evaluated, 1);
}

/* The line: http_deferral.c */

static int64_t slice_ns(const struct simulation *simulation)
{
    return simulation->config->breaker.delay_target_ms * INT64_C(1000000) / 2;
}

static int64_t mean_ns(const struct simulation *simulation)
{
    return (int64_t)counter_read(&simulation->worker->gauge.evaluation_mean_ns);
}

static enum http_deferral place(const struct simulation *simulation, uint64_t evaluation_begun_ns)
{
    const struct gauge *gauge = &simulation->worker->gauge;
    int64_t spent_ns = (int64_t)(counter_read(&gauge->evaluation_ns) - evaluation_begun_ns);
    if (!gauge_is_heavy(gauge) || (simulation->line.count == 0 && spent_ns < slice_ns(simulation))) {
        return HTTP_DEFERRAL_NOT;
    }
    bool has_room = (simulation->line.count + 1) * mean_ns(simulation) <=
                    simulation->config->breaker.queue_max_ms * INT64_C(1000000);
    return has_room || !simulation->config->is_breaker_on ? HTTP_DEFERRAL_WAIT : HTTP_DEFERRAL_FULL;
}

static void release(struct simulation *simulation)
{
    simulation->waited_ns = -1;
    int64_t rest_ns = slice_ns(simulation);
    while (simulation->line.count > 0 && (simulation->waited_ns < 0 || rest_ns >= mean_ns(simulation))) {
        struct simulated_request request = pop(&simulation->line);
        simulation->waited_ns = simulation->now_ns - request.deferred_ns;
        push(&simulation->due, request);
        rest_ns -= mean_ns(simulation);
    }
}

/* A turn: worker.c */

static void serve_new(struct simulation *simulation, struct simulated_request request, uint64_t evaluation_begun_ns)
{
    struct gauge_interface *gauge = &simulation->worker->gauge.interfaces[request.interface];
    pass(simulation, SIMULATION_HTTP_NS);
    counter_add(&gauge->asked, 1);
    if (!is_admitted(simulation, &request)) {
        simulation->answered++;
        return;
    }
    switch (place(simulation, evaluation_begun_ns)) {
    case HTTP_DEFERRAL_NOT:
        evaluate_one(simulation, &request);
        simulation->answered++;
        break;
    case HTTP_DEFERRAL_WAIT:
        request.deferred_ns = simulation->now_ns;
        push(&simulation->line, request);
        break;
    case HTTP_DEFERRAL_FULL:
        counter_add(&gauge->turned_away, 1);
        simulation->answered++;
        break;
    case HTTP_DEFERRAL_LATE:
        assert(false); /* these requests have no deadline */
        break;
    }
}

static bool rest(struct simulation *simulation)
{
    bool is_busy = simulation->line.count > 0 || simulation->due.count > 0 || simulation->answered >= BUSY_ANSWERS;
    atomic_store(&simulation->worker->busy_since_ns, 0);
    let_callers_come(simulation);
    if (is_busy || (simulation->ready.count > 0 && simulation->turn_length_ns >= LONG_TURN_NS)) {
        return false;
    }
    if (simulation->ready.count == 0) {
        int64_t until_ns = simulation->callers[next_caller(simulation)].next_ns;
        int64_t most_ns = simulation->now_ns + REST_NS;
        pass(simulation, (until_ns < most_ns ? until_ns : most_ns) - simulation->now_ns);
        let_callers_come(simulation);
    }
    return true;
}

static void turn(struct simulation *simulation)
{
    struct gauge *gauge = &simulation->worker->gauge;
    bool has_rested = rest(simulation);
    int64_t begun_ns = simulation->now_ns;
    atomic_store(&simulation->worker->busy_since_ns, begun_ns);
    uint64_t evaluation_begun_ns = counter_read(&gauge->evaluation_ns);
    uint32_t due = simulation->due.count, ready = simulation->ready.count;
    simulation->answered = 0;
    pass(simulation, EMPTY_TURN_NS);
    for (uint32_t i = 0; i < due; i++) {
        struct simulated_request request = pop(&simulation->due);
        evaluate_one(simulation, &request);
        simulation->answered++;
    }
    for (uint32_t i = 0; i < ready; i++) {
        serve_new(simulation, pop(&simulation->ready), evaluation_begun_ns);
    }
    release(simulation);
    int64_t wait_ns = has_rested || simulation->answered == 0 ? 0 : simulation->turn_length_ns;
    gauge_note_wait(gauge, tick_number(simulation), simulation->waited_ns >= 0 ? simulation->waited_ns : wait_ns);
    simulation->turn_length_ns = simulation->now_ns - begun_ns;
    counter_add(&gauge->busy_ns, (uint64_t)simulation->turn_length_ns);
}

/* Life */

struct simulation *simulation_create(struct config *config, uint64_t seed)
{
    enum { BEGIN_MS = 1000000 };
    struct simulation *simulation = calloc(1, sizeof(*simulation));
    cr_assert(simulation != NULL && config->interface_count <= SIMULATION_INTERFACES_MAX);
    simulation->worker = calloc(1, sizeof(*simulation->worker));
    cr_assert(simulation->worker != NULL);
    simulation->config = config;
    simulation->now_ns = simulation->begun_ns = BEGIN_MS * INT64_C(1000000);
    simulation->tick_due_ns = simulation->now_ns + TICK_NS;
    simulation->wall_unix_s = 1700000000;
    jitter_init(&simulation->chance, seed);
    cr_assert(load_init(&simulation->load, 1, simulation->now_ns));
    breakers_init(&simulation->breakers);
    breakers_follow(&simulation->breakers, config, BEGIN_MS);
    for (uint32_t i = 0; i < SIMULATION_INTERFACES_MAX; i++) {
        simulation_call(simulation, i, 0, 0);
    }
    return simulation;
}

void simulation_free(struct simulation *simulation)
{
    load_clear(&simulation->load);
    free(simulation->worker);
    free(simulation);
}

void simulation_call(struct simulation *simulation, uint32_t interface, uint32_t per_second, int64_t evaluation_ns)
{
    struct simulated_callers *callers = &simulation->callers[interface];
    callers->per_second = per_second;
    callers->evaluation_ns = evaluation_ns > 0 ? evaluation_ns : callers->evaluation_ns;
    callers->next_ns = per_second == 0 ? INT64_MAX : simulation->now_ns + gap_ns(simulation, callers);
}

void simulation_run(struct simulation *simulation, int64_t ms)
{
    int64_t until_ns = simulation->now_ns + ms * 1000000;
    while (simulation->now_ns < until_ns) {
        turn(simulation);
    }
}

int64_t simulation_ms(const struct simulation *simulation)
{
    return (simulation->now_ns - simulation->begun_ns) / 1000000;
}
