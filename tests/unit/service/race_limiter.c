/*
 * race_limiter - workers take tokens as fast as they can, the control thread ticks, a page reads the facts.
 *
 * A program of its own, since criterion cannot start under ThreadSanitizer. Time is virtual: a tick is 20 ms, and comes
 * when every worker has asked often enough to take all that it may. Exit status 0: what was admitted in all, and of
 * the named caller, is the rate times the time, within a tenth, plus at most one burst.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "service/config.h"
#include "service/limiter.h"

enum { WORKERS = 4, TICKS = 1500, STRANGERS = 300, TOTAL_PER_SECOND = 2000, NAMED_PER_SECOND = 500, ASKED_A_TICK = 60 };

#define TICK_NS INT64_C(20000000)

static const char text[] = "listen = \"127.0.0.1:1\"; source = \"file:p\";"
                           "interfaces = ( { name = \"a\"; fallback = \"f\"; } );"
                           "fallbacks = ( { name = \"f\"; offers = (); } );"
                           "rate = { caller_header = \"X-Caller\"; caller_per_second = 50; total_per_second = 2000; };"
                           "callers = ( { name = \"payments\"; per_second = 500; } );";

static struct limiter *limiter;
static pthread_barrier_t start;
static bool is_over;

struct worker {
    uint32_t number;
    _Atomic uint64_t asked, admitted, named;
};

static struct worker workers[WORKERS];

static void ask(struct worker *worker, uint64_t turn)
{
    char stranger[24];
    bool is_named = turn % 3 == 0;
    snprintf(stranger, sizeof(stranger), "stranger-%" PRIu64, turn * 7 % STRANGERS);
    struct slice caller = is_named ? SLICE("payments") : slice_of(stranger);
    bool is_admitted = limiter_take(limiter, worker->number, caller) == LIMITER_ADMITS;
    atomic_fetch_add(&worker->admitted, is_admitted);
    atomic_fetch_add(&worker->named, is_admitted && is_named);
    atomic_fetch_add(&worker->asked, 1);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    pthread_barrier_wait(&start);
    for (uint64_t turn = worker->number; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); turn++) {
        ask(worker, turn);
        if (turn % ASKED_A_TICK == 0) {
            sched_yield();
        }
    }
    return NULL;
}

static void *read_facts(void *argument)
{
    uint64_t *read_count = argument, before = 0;
    while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
        struct limiter_facts facts = limiter_facts(limiter);
        if (facts.admitted < before || facts.callers > STRANGERS + 1) {
            fprintf(stderr, "%" PRIu64 " admitted after %" PRIu64 ", %u callers\n", facts.admitted, before,
                    facts.callers);
            exit(EXIT_FAILURE);
        }
        before = facts.admitted;
        (*read_count)++;
        sched_yield();
    }
    return NULL;
}

static void wait_until_all_have_asked(void)
{
    uint64_t until[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++) {
        until[i] = atomic_load(&workers[i].asked) + ASKED_A_TICK;
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        while (atomic_load(&workers[i].asked) < until[i]) {
            sched_yield();
        }
    }
}

static bool is_within(const char *what, uint64_t admitted, uint64_t per_second)
{
    uint64_t earned = per_second * TICKS / 50;
    printf("%s: %" PRIu64 " admitted, %" PRIu64 " earned, burst %" PRIu64 "\n", what, admitted, earned, per_second);
    return admitted >= earned * 9 / 10 && admitted <= earned * 11 / 10 + per_second;
}

int main(void)
{
    struct config_errors errors;
    struct config *config = config_parse(slice_of(text), "x", &errors);
    pthread_t threads[WORKERS], reader;
    uint64_t read_count = 0, admitted = 0, named = 0;
    limiter = limiter_create(WORKERS);
    if (config == NULL || limiter == NULL) {
        abort();
    }
    limiter_tick(limiter, config, 0);
    pthread_barrier_init(&start, NULL, WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i].number = i;
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0) {
            abort();
        }
    }
    if (pthread_create(&reader, NULL, read_facts, &read_count) != 0) {
        abort();
    }
    for (int64_t tick = 1; tick <= TICKS; tick++) {
        wait_until_all_have_asked();
        limiter_tick(limiter, config, tick * TICK_NS);
    }
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    pthread_join(reader, NULL);
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        admitted += atomic_load(&workers[i].admitted);
        named += atomic_load(&workers[i].named);
    }
    bool is_right = is_within("all", admitted, TOTAL_PER_SECOND);
    is_right &= is_within("payments", named, NAMED_PER_SECOND);
    is_right &= limiter_facts(limiter).admitted == admitted && read_count > 0;
    limiter_free(limiter);
    config_free(config);
    return is_right ? EXIT_SUCCESS : EXIT_FAILURE;
}
