/* What leases promise, against workers that are asked in every pattern; a tick is 20 ms. */
#include "degrade/lease.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "degrade/token_bucket.h"

#define TICK_NS  INT64_C(20000000)
#define TICKS(s) ((s)*50)

enum { WORKERS_MAX = 64 };

/* As the control thread and the workers do, without threads. */
struct world {
    struct token_bucket bucket;
    uint32_t workers;
    uint64_t turn;
    int64_t now_ns;
    uint64_t demands[WORKERS_MAX], leases[WORKERS_MAX];
    uint64_t served[WORKERS_MAX];
    uint64_t served_in_all;
};

static struct world world;

static void begin(uint32_t workers, uint32_t per_second, uint32_t capacity)
{
    memset(&world, 0, sizeof(world));
    world.workers = workers;
    token_bucket_init(&world.bucket, per_second, capacity, 0);
    lease_divide(token_bucket_tokens(&world.bucket), world.demands, workers, 0, world.leases);
}

/* One tick in which worker i is asked for asked[i]. */
static void tick(const uint64_t *asked)
{
    for (uint32_t i = 0; i < world.workers; i++) {
        uint64_t spent = asked[i] < world.leases[i] ? asked[i] : world.leases[i];
        world.demands[i] = lease_demand(world.demands[i], asked[i]);
        world.served[i] += spent;
        world.served_in_all += spent;
        token_bucket_spend(&world.bucket, spent);
    }
    world.now_ns += TICK_NS;
    token_bucket_refill(&world.bucket, world.now_ns);
    lease_divide(token_bucket_tokens(&world.bucket), world.demands, world.workers, ++world.turn, world.leases);
}

/* `count` ticks of nothing but `asked` on one worker; what was served meanwhile. */
static uint64_t run_one(uint32_t worker, uint64_t asked, int count)
{
    uint64_t all[WORKERS_MAX] = {0}, before = world.served_in_all;
    all[worker] = asked;
    for (int i = 0; i < count; i++) {
        tick(all);
    }
    return world.served_in_all - before;
}

static uint64_t sum(const uint64_t *leases, uint32_t workers)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < workers; i++) {
        total += leases[i];
    }
    return total;
}

Test(lease, leases_add_up_to_the_tokens_whatever_the_demand)
{
    uint64_t demands[WORKERS_MAX], leases[WORKERS_MAX];
    srand(7);
    for (int round = 0; round < 20000; round++) {
        uint32_t workers = (uint32_t)(rand() % WORKERS_MAX) + 1;
        int64_t tokens = rand() % (round % 2 == 0 ? 20 : LEASE_TOKENS_MAX);
        for (uint32_t i = 0; i < workers; i++) {
            demands[i] = lease_demand(0, rand() % 3 == 0 ? (uint64_t)rand() % LEASE_ASKED_MAX : (uint64_t)rand() % 3);
        }
        lease_divide(tokens, demands, workers, (uint64_t)round * 77, leases);
        cr_assert(eq(u64, sum(leases, workers), (uint64_t)tokens), "round %d", round);
    }
}

Test(lease, nothing_is_lent_of_a_debt)
{
    uint64_t demands[3] = {1, 2, 3}, leases[3] = {9, 9, 9};
    lease_divide(-5, demands, 3, 1, leases);
    cr_assert(eq(u64, sum(leases, 3), 0));
    lease_divide(0, demands, 3, 1, leases);
    cr_assert(eq(u64, sum(leases, 3), 0));
}

Test(lease, the_ceilings_fit)
{
    static uint64_t demands[LEASE_WORKERS_MAX], leases[LEASE_WORKERS_MAX];
    for (uint32_t i = 0; i < LEASE_WORKERS_MAX; i++) {
        demands[i] = lease_demand(0, UINT64_MAX);
    }
    lease_divide(LEASE_TOKENS_MAX, demands, LEASE_WORKERS_MAX, UINT64_MAX, leases);
    cr_assert(eq(u64, sum(leases, LEASE_WORKERS_MAX), LEASE_TOKENS_MAX));
    cr_assert(eq(u64, leases[0], LEASE_TOKENS_MAX / LEASE_WORKERS_MAX));
}

Test(lease, idle_workers_share_a_full_bucket_equally)
{
    begin(8, 1000, 1000);
    for (uint32_t i = 0; i < 8; i++) {
        cr_expect(eq(u64, world.leases[i], 125));
    }
}

Test(lease, a_request_now_and_then_leaves_the_others_their_share)
{
    begin(8, 1000, 1000);
    run_one(3, 1, TICKS(1));
    for (uint32_t i = 0; i < 8; i++) {
        cr_expect(ge(u64, world.leases[i], 120), "worker %u", i);
    }
}

Test(lease, where_all_tokens_are_wanted_idle_workers_keep_a_small_floor)
{
    uint64_t demands[8] = {lease_demand(0, 5000)}, leases[8];
    lease_divide(800, demands, 8, 1, leases);
    for (uint32_t i = 1; i < 8; i++) {
        cr_expect(eq(u64, leases[i], 12));
    }
    lease_divide(20, demands, 8, 1, leases);
    for (uint32_t i = 1; i < 8; i++) {
        cr_expect(eq(u64, leases[i], 1));
    }
}

Test(lease, all_traffic_on_one_worker_of_eight_gets_its_whole_limit)
{
    static const struct {
        uint32_t per_second, asked_a_tick;
    } rows[] = {{1, 1}, {10, 1}, {50, 2}, {399, 16}, {400, 9}, {5000, 110}, {1000000, 100000}, {10000000, 300000}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(8, rows[i].per_second, rows[i].per_second < 8 ? 8 : rows[i].per_second);
        run_one(5, rows[i].asked_a_tick, TICKS(10));
        uint64_t served = run_one(5, rows[i].asked_a_tick, TICKS(20)), limit = rows[i].per_second * UINT64_C(20);
        cr_expect(ge(u64, served, limit * 97 / 100), "%u a second", rows[i].per_second);
        cr_expect(le(u64, served, limit + 1), "%u a second", rows[i].per_second);
    }
}

Test(lease, a_caller_twice_as_fast_as_its_one_a_second_gets_its_one_a_second)
{
    begin(8, 1, 8);
    uint64_t asked[8] = {0}, before = 0;
    for (int i = 0; i < TICKS(120); i++) {
        asked[2] = i % 25 == 0;
        before = i == TICKS(20) ? world.served_in_all : before;
        tick(asked);
    }
    cr_assert(ge(u64, world.served_in_all - before, 95));
    cr_assert(le(u64, world.served_in_all - before, 101));
}

Test(lease, a_caller_below_its_limit_is_served_on_whatever_worker_it_comes)
{
    begin(8, 1, 8);
    for (uint32_t i = 0; i < 200; i++) {
        uint64_t served = run_one((i * 5 + i / 3) % 8, 1, 1);
        cr_expect(eq(u64, served, 1), "request %u", i);
        run_one(0, 0, TICKS(1) + 5);
    }
}

Test(lease, demand_that_jumps_to_another_worker_is_served_in_full_from_the_second_tick_on)
{
    begin(8, 10000, 10000);
    run_one(0, 300, TICKS(5));
    for (uint32_t jump = 1; jump < 20; jump++) {
        run_one(jump % 8, 300, 1);
        uint64_t served = run_one(jump % 8, 300, TICKS(1));
        cr_expect(ge(u64, served, 10000 * 97 / 100), "jump %u", jump);
    }
    cr_assert(le(u64, world.served_in_all, 10000 + (uint64_t)(world.now_ns / 100000)));
}

Test(lease, workers_of_equal_demand_are_served_alike)
{
    static const uint32_t rates[] = {3, 40, 1000, 200000};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        uint64_t asked[16];
        for (uint32_t worker = 0; worker < 16; worker++) {
            asked[worker] = rates[i] / 100 + 1;
        }
        begin(16, rates[i], rates[i] < 16 ? 16 : rates[i]);
        for (int ticks = 0; ticks < TICKS(400); ticks++) {
            tick(asked);
        }
        uint64_t share = world.served_in_all / 16;
        for (uint32_t worker = 0; worker < 16; worker++) {
            cr_expect(ge(u64, world.served[worker] + 3, share * 90 / 100), "%u a second, %u", rates[i], worker);
            cr_expect(le(u64, world.served[worker], share * 110 / 100 + 3), "%u a second, %u", rates[i], worker);
        }
        cr_expect(ge(u64, world.served_in_all, rates[i] * UINT64_C(399)), "%u a second", rates[i]);
    }
}

Test(lease, demand_fades_and_is_gone_after_two_seconds)
{
    uint64_t demand = lease_demand(0, 1);
    for (int i = 0; i < 25; i++) {
        demand = lease_demand(demand, 0);
    }
    cr_assert(gt(u64, demand, 7 * 8), "after half a second it still outweighs seven idle workers");
    for (int i = 25; i < TICKS(2); i++) {
        demand = lease_demand(demand, 0);
    }
    cr_assert(eq(u64, demand, 0));
}

Test(lease, over_any_walk_no_more_is_served_than_the_rate_and_one_bucket)
{
    srand(11);
    for (int walk = 0; walk < 60; walk++) {
        uint32_t per_second = (uint32_t)(1 << rand() % 24), workers = (uint32_t)(rand() % 16) + 1;
        per_second = per_second > TOKEN_BUCKET_PER_SECOND_MAX ? TOKEN_BUCKET_PER_SECOND_MAX : per_second;
        uint32_t capacity = per_second < workers ? workers : per_second;
        begin(workers, per_second, capacity);
        for (int ticks = 0; ticks < 1000; ticks++) {
            uint64_t asked[WORKERS_MAX];
            for (uint32_t i = 0; i < workers; i++) {
                asked[i] = rand() % 4 == 0 ? (uint64_t)rand() % (per_second / 10 + 2) : 0;
            }
            tick(asked);
            uint64_t earned = (uint64_t)(world.now_ns / TICK_NS) * per_second / 50;
            cr_assert(le(u64, world.served_in_all, capacity + earned + 1), "walk %d", walk);
            cr_assert(eq(u64, sum(world.leases, workers), (uint64_t)token_bucket_tokens(&world.bucket)));
        }
    }
}
