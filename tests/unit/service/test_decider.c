/* Which rule decides about a request. */
#include "decider_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "service/clock.h"

TestSuite(decider, .init = decider_bench_begin, .fini = decider_bench_end, .timeout = 60);

/* Of so many users, how many are admitted. */
static int admitted_users(int users)
{
    int admitted = 0;
    for (int i = 0; i < users; i++) {
        char user_id[32];
        snprintf(user_id, sizeof(user_id), "user-%d", i);
        ask_as(user_id);
        admitted += admitted_of(1, ADMISSION_SATURATED);
    }
    return admitted;
}

/* Rules */

/* Every rule speaks against the request; they are taken back one by one, the strongest first. */
Test(decider, switch_then_rate_then_no_snapshot_then_budget_then_share)
{
    given("rate = { total_per_second = 1; };");
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE), "the only token");
    look_at(NULL);
    terms.deadline_ns = 1;
    set_gate((struct gate){.share_bp = 0, .order = SWITCH_ON});
    cr_assert(eq(int, admit(), ADMISSION_SWITCH));
    set_gate((struct gate){.share_bp = 0});
    cr_assert(eq(int, admit(), ADMISSION_RATE_LIMITED));
    given("");
    cr_assert(eq(int, admit(), ADMISSION_NO_SNAPSHOT));
    look_at(snapshot);
    cr_assert(eq(int, admit(), ADMISSION_BUDGET));
    terms.deadline_ns = 0;
    cr_assert(eq(int, admit(), ADMISSION_SATURATED));
    set_gate((struct gate){.share_bp = GATE_SHARE_ALL});
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE));
    cr_assert(eq(u64, counter_read(&gauge.interfaces[GATE].asked), 7));
}

Test(decider, never_overrules_the_share_and_nothing_else)
{
    set_gate((struct gate){.share_bp = 0, .order = SWITCH_NEVER});
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE));
    terms.deadline_ns = 1;
    cr_assert(eq(int, admit(), ADMISSION_BUDGET));
    look_at(NULL);
    cr_assert(eq(int, admit(), ADMISSION_NO_SNAPSHOT));
    given("rate = { total_per_second = 1; };");
    cr_assert(eq(int, admit(), ADMISSION_NO_SNAPSHOT), "the only token");
    cr_assert(eq(int, admit(), ADMISSION_RATE_LIMITED));
}

Test(decider, a_request_that_a_switch_answers_costs_its_caller_no_token)
{
    given("rate = { total_per_second = 1; };");
    set_gate((struct gate){.share_bp = GATE_SHARE_ALL, .order = SWITCH_ON});
    cr_assert(eq(int, admitted_of(10, ADMISSION_SWITCH), 0));
    set_gate((struct gate){.share_bp = GATE_SHARE_ALL});
    cr_assert(eq(int, admitted_of(5, ADMISSION_RATE_LIMITED), 1));
    cr_assert(eq(u32, decider_retry_after_s(&decider, &terms), 1));
}

Test(decider, the_files_switch_and_the_gates_are_joined)
{
    in_force->interfaces[0].degrade = SWITCH_ON;
    cr_assert(eq(int, admit(), ADMISSION_SWITCH));
    set_gate((struct gate){.share_bp = 0, .order = SWITCH_NEVER});
    cr_assert(eq(int, admit(), ADMISSION_SWITCH));
    in_force->interfaces[0].degrade = SWITCH_NEVER;
    set_gate((struct gate){.share_bp = 0});
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE));
}

Test(decider, what_has_waited_is_asked_again_about_switch_snapshot_and_time_alone)
{
    given("rate = { total_per_second = 1; };");
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE));
    set_gate((struct gate){.share_bp = 0});
    cr_assert(eq(int, decider_readmit(&decider, &view, &context, &terms), ADMISSION_EVALUATE));
    terms.deadline_ns = 1;
    cr_assert(eq(int, decider_readmit(&decider, &view, &context, &terms), ADMISSION_BUDGET));
    set_gate((struct gate){.share_bp = 0, .order = SWITCH_ON});
    cr_assert(eq(int, decider_readmit(&decider, &view, &context, &terms), ADMISSION_SWITCH));
    cr_assert(eq(u64, counter_read(&gauge.interfaces[GATE].asked), 1), "it was asked for once");
}

/* Shares */

Test(decider, a_share_admits_about_that_part_of_the_users_and_the_same_ones_again)
{
    set_gate((struct gate){.share_bp = 2500});
    int admitted = admitted_users(4000);
    cr_assert(ge(int, admitted, 850));
    cr_assert(le(int, admitted, 1150));
    cr_assert(eq(int, admitted_users(4000), admitted));
    cr_assert(eq(u64, counter_read(&metrics.shadow_shed), 0));
}

Test(decider, a_shadow_evaluates_and_counts_whom_it_would_have_withheld)
{
    set_gate((struct gate){.share_bp = 2500});
    int admitted = admitted_users(400);
    set_gate((struct gate){.share_bp = 2500, .is_shadow = true});
    cr_assert(eq(int, admitted_users(400), 400));
    cr_assert(eq(u64, counter_read(&metrics.shadow_shed), (uint64_t)(400 - admitted)));
}

/* Deadlines */

Test(decider, without_a_deadline_or_with_a_later_one_a_request_is_in_time)
{
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * SECOND_NS));
    cr_assert(eq(int, admitted_of(2 * GAUGE_SAMPLE, ADMISSION_BUDGET), 2 * GAUGE_SAMPLE));
    wait_for(2000 * SECOND_NS);
    cr_assert(eq(int, admitted_of(2 * GAUGE_SAMPLE, ADMISSION_BUDGET), 2 * GAUGE_SAMPLE));
}

Test(decider, a_deadline_that_is_over_is_never_tried_and_takes_nobodys_trial)
{
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * SECOND_NS));
    terms.deadline_ns = clock_monotonic_ns() - 1;
    cr_assert(eq(int, admitted_of(ROUNDS * GAUGE_SAMPLE, ADMISSION_BUDGET), 0));
    wait_for(500 * SECOND_NS);
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE));
}

Test(decider, of_those_that_seem_too_late_one_in_gauge_sample_is_tried_and_timed)
{
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * SECOND_NS));
    wait_for(500 * SECOND_NS);
    int tried = 0;
    for (int i = 0; i < ROUNDS * GAUGE_SAMPLE; i++) {
        decider.until_sample = GAUGE_SAMPLE - 1;
        bool is_tried = admit() == ADMISSION_EVALUATE;
        tried += is_tried;
        cr_assert(eq(u32, decider.until_sample, is_tried ? 0 : GAUGE_SAMPLE - 1));
    }
    cr_assert(eq(int, tried, ROUNDS));
}

/* Of two that take turns the share withholds one; the trials must not be its own for ever. */
Test(decider, a_trial_is_never_taken_by_a_user_whom_the_share_withholds)
{
    set_gate((struct gate){.share_bp = 5000});
    char in_share[32] = "", withheld[32] = "";
    for (int i = 0; in_share[0] == '\0' || withheld[0] == '\0'; i++) {
        char user_id[32];
        snprintf(user_id, sizeof(user_id), "user-%d", i);
        ask_as(user_id);
        memcpy(admit() == ADMISSION_EVALUATE ? in_share : withheld, user_id, sizeof(user_id));
    }
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * SECOND_NS));
    wait_for(500 * SECOND_NS);
    int tried = 0;
    for (int i = 0; i < ROUNDS * GAUGE_SAMPLE; i++) {
        ask_as(withheld);
        cr_assert(eq(int, admit(), ADMISSION_BUDGET), "the budget speaks before the share");
        ask_as(in_share);
        tried += admit() == ADMISSION_EVALUATE;
    }
    cr_assert(eq(int, tried, ROUNDS));
}

/* Nobody else's evaluations put it right: every request has a budget that the wrong mean is past. */
Test(decider, a_mean_that_was_wrong_once_is_right_again_by_trials_alone)
{
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * SECOND_NS));
    wait_for(100 * SECOND_NS);
    for (int i = 0; i < 100 * GAUGE_SAMPLE; i++) {
        append(admit());
    }
    cr_assert(gt(u64, counter_read(&metrics.decisions_budget), 0), "the mean was wrong");
    wait_for(100 * SECOND_NS);
    cr_assert(eq(int, admitted_of(2 * GAUGE_SAMPLE, ADMISSION_BUDGET), 2 * GAUGE_SAMPLE));
}
