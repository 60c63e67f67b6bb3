/* What a decision looks like, and what is counted of it. */
#include "decider_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

TestSuite(decider_answers, .init = decider_bench_begin, .fini = decider_bench_end, .timeout = 60);

Test(decider_answers, an_evaluated_request_gets_its_offer_and_is_counted)
{
    const char *answer = append(ADMISSION_EVALUATE);
    cr_assert_not_null(strstr(answer, "\"degraded\":false"), "%s", answer);
    cr_assert_not_null(strstr(answer, "\"coupon\":\"C\""), "%s", answer);
    cr_assert(eq(u64, counter_read(&metrics.decisions_offered), 1));
    cr_assert(eq(u64, counter_read(&gauge.interfaces[GATE].evaluated), 1));
    context.amount = 100;
    append(ADMISSION_EVALUATE);
    cr_assert(eq(u64, counter_read(&metrics.decisions_empty), 1));
}

Test(decider_answers, every_other_admission_gets_the_fallback_with_its_cause_and_is_counted_as_such)
{
    const struct {
        enum admission admission;
        const counter *count;
    } rows[] = {
        {ADMISSION_SWITCH, &metrics.decisions_switch},
        {ADMISSION_RATE_LIMITED, &metrics.decisions_rate_limited},
        {ADMISSION_NO_SNAPSHOT, &metrics.decisions_no_snapshot},
        {ADMISSION_BUDGET, &metrics.decisions_budget},
        {ADMISSION_SATURATED, &metrics.decisions_saturated},
    };
    cr_assert(eq(sz, sizeof(rows) / sizeof(rows[0]), ADMISSION_COUNT - 1));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char cause[64];
        snprintf(cause, sizeof(cause), "\"cause\":\"%s\"", admission_cause(rows[i].admission));
        const char *answer = append(rows[i].admission);
        cr_expect_not_null(strstr(answer, cause), "%s in %s", cause, answer);
        cr_expect_not_null(strstr(answer, "\"coupon\":\"C-SAFE\""), "%s", answer);
        cr_expect_not_null(strstr(answer, "\"degraded\":true"), "%s", answer);
        cr_expect(eq(u64, counter_read(rows[i].count), 1), "%s", cause);
    }
    cr_assert(eq(u64, counter_read(&gauge.interfaces[GATE].evaluated), 0));
}

/* Of so many evaluations while their mean is that, how many are timed. */
static int timed_of(int evaluations, uint64_t mean_ns)
{
    int timed = 0;
    for (int i = 0; i < evaluations; i++) {
        uint64_t before_ns = counter_read(&gauge.evaluation_ns);
        counter_set(&gauge.evaluation_mean_ns, mean_ns);
        append(ADMISSION_EVALUATE);
        timed += counter_read(&gauge.evaluation_ns) != before_ns;
    }
    return timed;
}

Test(decider_answers, one_light_evaluation_in_gauge_sample_is_timed_and_each_heavy_one)
{
    cr_assert(eq(int, timed_of(ROUNDS * GAUGE_SAMPLE, GAUGE_HEAVY_NS - 1), ROUNDS));
    cr_assert(eq(int, timed_of(GAUGE_SAMPLE, GAUGE_HEAVY_NS), GAUGE_SAMPLE));
}

Test(decider_answers, a_light_evaluation_that_is_timed_stands_for_gauge_sample_of_them)
{
    counter_set(&gauge.evaluation_mean_ns, 1); /* so that a timing counts as GAUGE_OUTLIER ns, however long it was */
    append(ADMISSION_EVALUATE);
    cr_assert(eq(u64, counter_read(&gauge.evaluation_ns), GAUGE_SAMPLE * GAUGE_OUTLIER));
}

Test(decider_answers, a_drill_answers_as_always_and_counts_what_the_fallback_would_have_given)
{
    append(ADMISSION_EVALUATE);
    cr_assert(eq(u64, counter_read(&metrics.drill_decisions), 0));
    set_gate((struct gate){.share_bp = GATE_SHARE_ALL, .is_drill = true});
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE));
    cr_assert_not_null(strstr(append(ADMISSION_EVALUATE), "\"degraded\":false"));
    context.amount = 100; /* no offer; the fallback takes off no more than there is */
    append(ADMISSION_EVALUATE);
    append(ADMISSION_BUDGET);
    cr_assert(eq(u64, counter_read(&metrics.drill_decisions), 2));
    cr_assert(eq(u64, counter_read(&metrics.drill_discount_fen), OFF_FEN));
    cr_assert(eq(u64, counter_read(&metrics.drill_fallback_fen), FALLBACK_FEN + 100));
}

Test(decider_answers, who_is_turned_away_is_counted_by_interface_and_who_is_rejected_by_itself)
{
    decider_turn_away(&decider, &view, &context);
    decider_reject(&decider);
    cr_assert(eq(u64, counter_read(&gauge.interfaces[GATE].turned_away), 1));
    cr_assert(eq(u64, counter_read(&metrics.rejected_rate_limited), 1));
    cr_assert(eq(u64, counter_read(&metrics.decisions_rate_limited), 0), "it was given no decision");
}
