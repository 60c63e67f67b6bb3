/* The limiter against workers that are asked in every pattern, in virtual time: a tick is 20 ms. */
#include "service/limiter.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "config_text.h"
#include "service/caller_table.h"

#define TICK_NS  INT64_C(20000000)
#define TICKS(s) ((s)*50)
#define ANYBODY  ((struct slice){0})

enum { WORKERS = 8 };

static struct limiter *limiter;
static struct config *config;
static int64_t now_ns;

static void given(const char *rates)
{
    char text[8192];
    snprintf(text, sizeof(text), CONFIG_REQUIRED "%s", rates);
    config_free(config);
    config = config_of(text);
    cr_assert_not_null(config, "%s", errors.items[0].reason);
}

static void tick(void)
{
    now_ns += TICK_NS;
    limiter_tick(limiter, config, now_ns);
}

/* A limiter that has ticked once. */
static void begin(const char *rates)
{
    limiter = limiter_create(WORKERS);
    given(rates);
    tick();
}

static void end(void)
{
    limiter_free(limiter);
    config_free(config);
}

TestSuite(limiter, .fini = end);

/* Asks so often on a worker; how often it was admitted. */
static uint64_t ask(uint32_t worker, struct slice caller, uint64_t count)
{
    uint64_t admitted = 0;
    for (uint64_t i = 0; i < count; i++) {
        admitted += limiter_take(limiter, worker, caller) == LIMITER_ADMITS;
    }
    return admitted;
}

static uint64_t ask_for(int ticks, uint32_t worker, struct slice caller, uint64_t count_a_tick)
{
    uint64_t admitted = 0;
    for (int i = 0; i < ticks; i++) {
        admitted += ask(worker, caller, count_a_tick);
        tick();
    }
    return admitted;
}

static void assert_within(uint64_t admitted, uint64_t least, uint64_t most)
{
    cr_assert(ge(u64, admitted, least));
    cr_assert(le(u64, admitted, most));
}

Test(limiter, without_limits_it_is_off_and_admits)
{
    begin("");
    cr_assert_not(limiter_is_on(limiter));
    cr_assert(eq(u64, ask(0, ANYBODY, 1000), 1000));
    given("rate = { caller_per_second = 5; }; callers = ( { name = \"a\"; per_second = 1; } );");
    tick();
    cr_assert_not(limiter_is_on(limiter), "without a header nobody knows the callers");
}

Test(limiter, before_the_first_tick_it_is_off)
{
    limiter = limiter_create(WORKERS);
    cr_assert_not(limiter_is_on(limiter));
    cr_assert(eq(u64, ask(3, ANYBODY, 10), 10));
}

Test(limiter, all_traffic_on_one_worker_gets_the_total_and_no_more)
{
    begin("rate = { total_per_second = 5000; };");
    cr_assert(limiter_is_on(limiter));
    uint64_t first = ask_for(TICKS(2), 3, ANYBODY, 200);
    assert_within(first, 2 * 5000 * 95 / 100, 2 * 5000 + 5000 + 200);
    assert_within(ask_for(TICKS(10), 3, ANYBODY, 200), 10 * 5000 * 99 / 100, 10 * 5000 + 10);
}

Test(limiter, one_a_second_is_one_a_second)
{
    begin("rate = { total_per_second = 1; };");
    ask_for(TICKS(30), 3, ANYBODY, 5);
    assert_within(ask_for(TICKS(100), 3, ANYBODY, 5), 97, 101);
}

Test(limiter, ten_million_a_second_are_counted_to_the_last)
{
    begin("rate = { total_per_second = 10000000; burst_ms = 100; };");
    ask_for(10, 3, ANYBODY, 1000000);
    assert_within(ask_for(10, 3, ANYBODY, 300000), 10 * 200000 - 10, 10 * 200000 + 10);
}

Test(limiter, a_caller_has_its_own_limit_and_others_theirs)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 100; };"
          "callers = ( { name = \"payments\"; per_second = 1000; }, { name = \"free\"; per_second = 0; } );");
    ask_for(TICKS(3), 0, SLICE("payments"), 100);
    ask_for(TICKS(3), 0, SLICE("shop"), 100);
    assert_within(ask_for(TICKS(10), 0, SLICE("shop"), 100), 970, 1001);
    uint64_t burst = ask_for(TICKS(3), 0, SLICE("payments"), 100);
    assert_within(burst, 3 * 1000 * 97 / 100, 3 * 1000 + 1000 + 1);
    assert_within(ask_for(TICKS(10), 0, SLICE("payments"), 100), 9700, 10001);
    cr_assert(eq(u64, ask_for(TICKS(1), 0, SLICE("free"), 1000), 50000));
}

Test(limiter, a_new_callers_first_requests_are_answered_on_whatever_worker)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 80; };");
    for (uint32_t worker = 0; worker < WORKERS; worker++) {
        cr_expect(eq(u64, ask(worker, SLICE("new"), 20), 10), "its part of the burst, on worker %u", worker);
    }
    tick();
    assert_within(ask_for(TICKS(10), 2, SLICE("new"), 10), 776, 801);
}

Test(limiter, requests_without_a_caller_share_one_bucket_with_the_empty_name)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 80; };");
    ask_for(TICKS(3), 0, ANYBODY, 10);
    cr_assert(le(u64, ask(0, SLICE(""), 10), 2), "its burst is spent");
    assert_within(ask_for(TICKS(10), 0, ANYBODY, 10), 776, 801);
    cr_assert(eq(u32, limiter_facts(limiter).callers, 1));
}

Test(limiter, who_is_not_named_has_no_limit_where_only_names_have_one)
{
    begin("rate = { caller_header = \"X-Caller\"; }; callers = ( { name = \"a\"; per_second = 10; } );");
    cr_assert(eq(u64, ask(0, SLICE("b"), 5000), 5000));
    cr_assert(lt(u64, ask(0, SLICE("a"), 5000), 11));
    tick();
    cr_assert(eq(u32, limiter_facts(limiter).callers, 1), "b is not kept");
}

Test(limiter, a_verdict_says_whose_limit_it_was)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 8; total_per_second = 16; };");
    ask(0, SLICE("a"), 1);
    cr_assert(eq(int, limiter_take(limiter, 0, SLICE("a")), LIMITER_CALLER));
    ask(0, SLICE("b"), 1);
    cr_assert(eq(int, limiter_take(limiter, 0, SLICE("c")), LIMITER_TOTAL));
}

Test(limiter, what_the_total_refuses_costs_the_caller_nothing)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 1000; total_per_second = 10; };");
    ask_for(TICKS(5), 0, SLICE("a"), 20);
    given("rate = { caller_header = \"X-Caller\"; caller_per_second = 1000; };");
    tick();
    uint64_t burst = 0;
    for (uint32_t worker = 0; worker < WORKERS; worker++) {
        burst += ask(worker, SLICE("a"), 2000);
    }
    cr_assert(ge(u64, burst, 990), "its bucket is full");
}

Test(limiter, what_a_callers_limit_refuses_costs_the_total_nothing)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 10; total_per_second = 1000; };");
    ask_for(TICKS(3), 0, SLICE("a"), 1000);
    struct limiter_facts facts = limiter_facts(limiter);
    cr_assert(ge(i64, facts.total_tokens, 999));
    cr_assert(eq(u64, facts.refused_total, 0));
    cr_assert(eq(u64, facts.admitted + facts.refused_caller, TICKS(3) * 1000));
}

Test(limiter, traffic_that_moves_from_worker_to_worker_gets_its_limit)
{
    begin("rate = { total_per_second = 2000; };");
    ask_for(TICKS(3), 0, ANYBODY, 100);
    uint64_t admitted = 0;
    for (uint32_t second = 0; second < 16; second++) {
        admitted += ask_for(TICKS(1), second * 3 % WORKERS, ANYBODY, 100);
    }
    assert_within(admitted, 16 * 2000 * 95 / 100, 16 * 2000 + 2000);
}

Test(limiter, a_full_bucket_at_rest_is_lent_out_evenly)
{
    begin("rate = { total_per_second = 1000; };");
    ask_for(TICKS(1), 3, ANYBODY, 15);
    ask_for(TICKS(3), 3, ANYBODY, 0);
    for (uint32_t worker = 0; worker < WORKERS; worker++) {
        cr_expect(eq(u64, ask(worker, ANYBODY, 1000), 125), "worker %u", worker);
    }
}

Test(limiter, a_slow_caller_is_served_on_whatever_worker_it_comes)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 2; };");
    for (uint32_t i = 0; i < 100; i++) {
        cr_expect(eq(u64, ask(i * 5 % WORKERS, SLICE("slow"), 1), 1), "request %u", i);
        ask_for(26, 0, ANYBODY, 0);
    }
}

Test(limiter, a_changed_rate_holds_at_once_and_gives_no_fresh_burst)
{
    begin("rate = { total_per_second = 1000; };");
    ask_for(TICKS(3), 1, ANYBODY, 100);
    given("rate = { total_per_second = 5000; };");
    tick();
    assert_within(ask_for(TICKS(1), 1, ANYBODY, 1000), 4900, 5130);
    given("rate = { total_per_second = 100; };");
    tick();
    assert_within(ask_for(TICKS(10), 1, ANYBODY, 1000), 970, 1000 + 101);
}

Test(limiter, a_reload_that_changes_nothing_gives_nothing)
{
    const char *rates = "rate = { caller_header = \"X-Caller\"; caller_per_second = 50; total_per_second = 1000; };"
                        "callers = ( { name = \"a\"; per_second = 50; } );";
    begin(rates);
    ask_for(TICKS(3), 1, SLICE("a"), 10);
    ask_for(TICKS(3), 1, SLICE("b"), 10);
    ask_for(TICKS(1), 1, SLICE("a"), 10);
    uint64_t a = 0, b = 0;
    for (int i = 0; i < TICKS(4); i++) {
        given(rates);
        a += ask(1, SLICE("a"), 10);
        b += ask(1, SLICE("b"), 10);
        tick();
    }
    assert_within(a, 190, 202);
    assert_within(b, 190, 252);
}

Test(limiter, names_that_change_places_keep_their_buckets)
{
    begin("rate = { caller_header = \"X\"; }; callers = ( { name = \"a\"; per_second = 100; }, "
          "{ name = \"b\"; per_second = 100; } );");
    ask_for(TICKS(3), 0, SLICE("a"), 50);
    given("rate = { caller_header = \"X\"; }; callers = ( { name = \"b\"; per_second = 100; }, "
          "{ name = \"c\"; per_second = 100; }, { name = \"a\"; per_second = 100; } );");
    tick();
    cr_assert(le(u64, ask(0, SLICE("a"), 50), 5));
    cr_assert(ge(u64, ask(0, SLICE("b"), 50), 12));
    cr_assert(ge(u64, ask(0, SLICE("c"), 50), 12));
}

Test(limiter, a_limit_that_begins_later_does_not_hold_the_past_against_anybody)
{
    begin("rate = { caller_header = \"X\"; }; callers = ( { name = \"a\"; per_second = 10; } );");
    ask(2, SLICE("a"), 1);
    ask(2, ANYBODY, 100000);
    given("rate = { total_per_second = 1000; };");
    tick();
    cr_assert(eq(u64, ask(2, ANYBODY, 1000), 125));
    given("");
    tick();
    cr_assert(eq(u64, ask(2, ANYBODY, 100000), 100000));
}

Test(limiter, an_idle_caller_is_let_go_after_a_minute_and_an_active_one_stays)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 100; };");
    ask(0, SLICE("idle"), 1);
    for (int second = 0; second < LIMITER_IDLE_S - 1; second++) {
        ask_for(TICKS(1), 0, SLICE("active"), 1);
    }
    cr_assert(eq(u32, limiter_facts(limiter).callers, 2));
    ask_for(TICKS(2), 0, SLICE("active"), 1);
    cr_assert(eq(u32, limiter_facts(limiter).callers, 1));
}

Test(limiter, callers_without_a_place_share_one_bucket_and_are_counted)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 80; };");
    char name[16];
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(name, sizeof(name), "flood-%u", i);
        limiter_take(limiter, 0, slice_of(name));
    }
    tick();
    struct limiter_facts facts = limiter_facts(limiter);
    cr_assert(eq(u32, facts.callers, CALLER_TABLE_GUESTS));
    cr_assert(eq(u64, facts.other_requests, 20000 - CALLER_TABLE_GUESTS));
    cr_assert(eq(u64, facts.admitted, CALLER_TABLE_GUESTS + 10), "one burst's part for all of them");
}

Test(limiter, retry_after_is_in_whole_seconds_rounded_up)
{
    begin("rate = { caller_header = \"X-Caller\"; caller_per_second = 8; total_per_second = 1; };");
    cr_assert(eq(u32, limiter_retry_after_s(limiter, LIMITER_ADMITS, ANYBODY), 0));
    ask_for(5, 0, SLICE("a"), 20);
    cr_assert(eq(u32, limiter_retry_after_s(limiter, LIMITER_TOTAL, SLICE("a")), 1));
    cr_assert(eq(u32, limiter_retry_after_s(limiter, LIMITER_CALLER, SLICE("a")), 1));
}

Test(limiter, a_limit_that_is_lowered_in_full_flight_owes_one_bucket_at_most)
{
    begin("rate = { total_per_second = 1000; };");
    for (uint32_t worker = 0; worker < WORKERS; worker++) {
        cr_assert(eq(u64, ask(worker, ANYBODY, 1000), 125));
    }
    given("rate = { total_per_second = 1; };");
    tick();
    cr_assert(eq(u32, limiter_retry_after_s(limiter, LIMITER_TOTAL, ANYBODY), WORKERS + 1));
    cr_assert(eq(u64, ask_for(TICKS(WORKERS), 0, ANYBODY, 5), 0));
    assert_within(ask_for(TICKS(10), 0, ANYBODY, 5), 9, 11);
}

Test(limiter, a_clock_that_steps_back_gives_nothing_and_takes_nothing)
{
    begin("rate = { total_per_second = 1000; };");
    ask_for(TICKS(3), 0, ANYBODY, 100);
    now_ns -= TICKS(2) * TICK_NS;
    uint64_t behind = ask_for(TICKS(2), 0, ANYBODY, 100);
    cr_assert(le(u64, behind, 21 + WORKERS));
    assert_within(ask_for(TICKS(3), 0, ANYBODY, 100), 2900, 3001);
}
