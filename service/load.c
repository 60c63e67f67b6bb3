#include "service/load.h"

#include <stdlib.h>

#include "service/worker.h"

bool load_init(struct load *load, uint32_t worker_count, int64_t now_ns)
{
    *load = (struct load){.worker_count = worker_count, .taken_ns = now_ns};
    load->workers = calloc(worker_count, sizeof(*load->workers));
    return load->workers != NULL;
}

void load_clear(struct load *load)
{
    free(load->workers);
    load->workers = NULL;
}

/* Since when the worker is in a turn; the tick's end if it is in none. */
static int64_t busy_from(const struct worker *worker, int64_t now_ns)
{
    int64_t since_ns = atomic_load_explicit(&worker->busy_since_ns, memory_order_relaxed);
    return since_ns == 0 || since_ns > now_ns ? now_ns : since_ns;
}

static uint32_t delay_us(const struct worker *worker, uint32_t tick, int64_t now_ns)
{
    uint32_t noted_us;
    uint64_t word = atomic_load_explicit(&worker->gauge.waited[tick & 1], memory_order_relaxed);
    if (pressure_of(word, tick, &noted_us)) {
        return noted_us;
    }
    int64_t age_us = (now_ns - busy_from(worker, now_ns)) / 1000;
    return age_us > UINT32_MAX ? UINT32_MAX : (uint32_t)age_us;
}

/* How much the counter grew. They are counted in 32 bits here: a tick has fewer. */
static uint32_t grown(const counter *word, uint32_t *before)
{
    uint32_t now = (uint32_t)counter_read(word);
    uint32_t more = now - *before;
    *before = now;
    return more;
}

static void take_interfaces(struct load *load, struct load_worker *before, const struct gauge *gauge,
                            bool is_overloaded)
{
    for (uint32_t i = 0; i < GATE_TABLE_SLOTS; i++) {
        const struct gauge_interface *now = &gauge->interfaces[i];
        uint32_t evaluated = grown(&now->evaluated, &before->evaluated[i]);
        uint32_t turned_away = grown(&now->turned_away, &before->turned_away[i]);
        load->asked[load->at][i] += grown(&now->asked, &before->asked[i]);
        if (is_overloaded) {
            load->interfaces[i].admitted += evaluated + turned_away;
            load->interfaces[i].turned_away += turned_away;
        }
    }
}

struct spent {
    uint64_t busy_ns, evaluation_ns; /* of all workers */
};

static void take_worker(struct load *load, struct load_worker *before, const struct worker *worker, int64_t now_ns,
                        struct spent *spent)
{
    uint64_t evaluation_ns = counter_read(&worker->gauge.evaluation_ns);
    uint64_t busy_ns = counter_read(&worker->gauge.busy_ns) + (uint64_t)(now_ns - busy_from(worker, now_ns));
    /* A turn that ends between the two looks may be missed now and is counted in the next tick. */
    uint64_t busy_more_ns = busy_ns > before->busy_ns ? busy_ns - before->busy_ns : 0;
    int64_t length_ns = now_ns - load->taken_ns;
    uint64_t utilisation_bp = length_ns > 0 ? busy_more_ns * 10000 / (uint64_t)length_ns : 0;
    before->utilisation_bp = utilisation_bp > 10000 ? 10000 : (uint32_t)utilisation_bp;
    spent->busy_ns += busy_more_ns;
    spent->evaluation_ns += evaluation_ns - before->evaluation_ns;
    before->evaluation_ns = evaluation_ns;
    before->busy_ns += busy_more_ns;
}

/* Those of the last second, the tick just taken included. */
static void add_up_second(struct load *load)
{
    for (uint32_t i = 0; i < GATE_TABLE_SLOTS; i++) {
        uint32_t sum = 0;
        for (uint32_t t = 0; t < LOAD_TICKS; t++) {
            sum += load->asked[t][i];
        }
        load->interfaces[i].asked_in_second = sum;
        load->facts.requests += sum;
    }
}

void load_take(struct load *load, struct worker *const *workers, uint32_t tick, uint32_t delay_target_us,
               int64_t now_ns)
{
    struct spent spent = {0};
    struct pressure_facts *facts = &load->facts;
    *facts = (struct pressure_facts){0};
    memset(load->interfaces, 0, sizeof(load->interfaces));
    load->at = (load->at + 1) % LOAD_TICKS;
    memset(load->asked[load->at], 0, sizeof(load->asked[load->at]));
    for (uint32_t i = 0; i < load->worker_count; i++) {
        struct load_worker *before = &load->workers[i];
        before->delay_us = delay_us(workers[i], tick, now_ns);
        bool is_overloaded = before->delay_us > delay_target_us;
        take_worker(load, before, workers[i], now_ns, &spent);
        take_interfaces(load, before, &workers[i]->gauge, is_overloaded);
        facts->delay_us = before->delay_us > facts->delay_us ? before->delay_us : facts->delay_us;
        facts->utilisation_bp =
            before->utilisation_bp > facts->utilisation_bp ? before->utilisation_bp : facts->utilisation_bp;
        facts->is_evaluation_heavy |= is_overloaded && gauge_is_heavy(&workers[i]->gauge);
    }
    uint64_t evaluation_bp = spent.busy_ns == 0 ? 0 : spent.evaluation_ns * 10000 / spent.busy_ns;
    facts->evaluation_bp = evaluation_bp > 10000 ? 10000 : (uint32_t)evaluation_bp;
    add_up_second(load);
    load->taken_ns = now_ns;
}
