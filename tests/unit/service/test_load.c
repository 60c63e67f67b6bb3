/* What gauges say about a tick. The workers are never started: the test writes their gauges. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "service/load.h"
#include "service/worker.h"

enum { WORKERS = 2, TICK_NS = PRESSURE_TICK_MS * 1000000, TARGET_US = 5000, CHECKOUT = 0, BROWSE = 127 };

static struct load load;
static struct worker *workers[WORKERS];
static int64_t now_ns;
static uint32_t ended;

static void begin(void)
{
    now_ns = INT64_C(1000000000);
    ended = 1;
    cr_assert(load_init(&load, WORKERS, now_ns));
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = calloc(1, sizeof(*workers[i]));
        cr_assert_not_null(workers[i]);
    }
}

static void end(void)
{
    for (int i = 0; i < WORKERS; i++) {
        free(workers[i]);
    }
    load_clear(&load);
}

TestSuite(load, .init = begin, .fini = end);

static void take(void)
{
    now_ns += TICK_NS;
    load_take(&load, workers, ended++, TARGET_US, now_ns);
}

static struct gauge *gauge(int i)
{
    return &workers[i]->gauge;
}

/* Both workers wait so long in the tick under way. */
static void wait_us(int64_t first_us, int64_t second_us)
{
    gauge_note_wait(gauge(0), ended, first_us * 1000);
    gauge_note_wait(gauge(1), ended, second_us * 1000);
}

Test(load, of_workers_that_sleep_nothing_is_said)
{
    take();
    cr_assert(eq(u32, load.facts.delay_us, 0));
    cr_assert(eq(u32, load.facts.utilisation_bp, 0));
    cr_assert(eq(u32, load.facts.evaluation_bp, 0));
    cr_assert(eq(u32, load.facts.requests, 0));
}

Test(load, the_delay_is_the_smallest_of_the_worker_that_is_worst_off)
{
    wait_us(9000, 7000);
    wait_us(3000, 8000);
    take();
    cr_assert(eq(u32, load.workers[0].delay_us, 3000));
    cr_assert(eq(u32, load.workers[1].delay_us, 7000));
    cr_assert(eq(u32, load.facts.delay_us, 7000));
    take();
    cr_assert(eq(u32, load.facts.delay_us, 0), "of the tick before nothing is left");
}

Test(load, a_turn_that_outlasts_the_tick_is_as_late_as_it_is_old)
{
    atomic_store(&workers[1]->busy_since_ns, now_ns + 10 * INT64_C(1000000));
    take();
    cr_assert(eq(u32, load.workers[1].delay_us, 90000));
    cr_assert(eq(u32, load.workers[1].utilisation_bp, 9000));
    take();
    cr_assert(eq(u32, load.workers[1].delay_us, 190000));
    cr_assert(eq(u32, load.facts.utilisation_bp, 10000));
}

Test(load, time_of_a_turn_under_way_is_counted_once)
{
    atomic_store(&workers[0]->busy_since_ns, now_ns + TICK_NS / 2);
    take();
    cr_assert(eq(u32, load.facts.utilisation_bp, 5000));
    counter_add(&gauge(0)->busy_ns, TICK_NS * 3 / 4); /* it ended a quarter of a tick later */
    atomic_store(&workers[0]->busy_since_ns, 0);
    take();
    cr_assert(eq(u32, load.facts.utilisation_bp, 2500));
}

Test(load, a_worker_that_began_after_the_look_at_the_clock_has_done_nothing_yet)
{
    atomic_store(&workers[0]->busy_since_ns, now_ns + 2 * TICK_NS);
    take();
    cr_assert(eq(u32, load.facts.delay_us, 0));
    cr_assert(eq(u32, load.facts.utilisation_bp, 0));
}

Test(load, evaluations_part_is_of_all_workers_busy_time)
{
    counter_add(&gauge(0)->busy_ns, 60000000);
    counter_add(&gauge(1)->busy_ns, 20000000);
    counter_add(&gauge(0)->evaluation_ns, 20000000);
    take();
    cr_assert(eq(u32, load.facts.evaluation_bp, 2500));
    cr_assert(eq(u32, load.facts.utilisation_bp, 6000));
    counter_add(&gauge(0)->busy_ns, 10);
    counter_add(&gauge(0)->evaluation_ns, 16000); /* a sample stands for sixteen */
    take();
    cr_assert(eq(u32, load.facts.evaluation_bp, 10000));
}

Test(load, requests_are_those_of_the_last_second)
{
    for (uint32_t i = 0; i < 12; i++) {
        counter_add(&gauge(0)->interfaces[CHECKOUT].asked, 10);
        counter_add(&gauge(1)->interfaces[BROWSE].asked, 1);
        take();
        uint32_t counted = i < LOAD_TICKS ? i + 1 : LOAD_TICKS;
        cr_assert(eq(u32, load.interfaces[CHECKOUT].asked_in_second, 10 * counted));
        cr_assert(eq(u32, load.interfaces[BROWSE].asked_in_second, counted));
        cr_assert(eq(u32, load.facts.requests, 11 * counted));
    }
    for (uint32_t i = 0; i < LOAD_TICKS; i++) {
        take();
    }
    cr_assert(eq(u32, load.facts.requests, 0));
}

Test(load, what_could_not_be_served_counts_on_overloaded_workers_only)
{
    for (int i = 0; i < WORKERS; i++) {
        counter_add(&gauge(i)->interfaces[CHECKOUT].evaluated, 30);
        counter_add(&gauge(i)->interfaces[CHECKOUT].turned_away, 10);
    }
    wait_us(TARGET_US + 1, TARGET_US);
    take();
    cr_assert(eq(u64, load.interfaces[CHECKOUT].admitted, 40));
    cr_assert(eq(u64, load.interfaces[CHECKOUT].turned_away, 10));
    wait_us(TARGET_US + 1, TARGET_US + 1);
    take();
    cr_assert(eq(u64, load.interfaces[CHECKOUT].admitted, 0), "each is counted in its tick, late or not");
}

Test(load, evaluations_are_heavy_where_they_are_so_on_an_overloaded_worker)
{
    gauge_note_evaluation(gauge(1), GAUGE_HEAVY_NS, 1);
    wait_us(9000, 0);
    take();
    cr_assert(not(load.facts.is_evaluation_heavy));
    wait_us(0, 9000);
    take();
    cr_assert(load.facts.is_evaluation_heavy);
}

Test(load, counters_that_pass_32_bits_are_still_told_apart)
{
    counter_set(&gauge(0)->interfaces[CHECKOUT].asked, UINT32_MAX);
    take();
    counter_add(&gauge(0)->interfaces[CHECKOUT].asked, 7);
    for (uint32_t i = 0; i < LOAD_TICKS; i++) {
        take();
    }
    cr_assert(eq(u32, load.interfaces[CHECKOUT].asked_in_second, 7));
}
