/* Which rule decides about a request, and what is counted of it. No worker runs: the test writes gates and gauge. */
#include "service/decider.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "config_text.h"
#include "policy/context_json.h"
#include "service/clock.h"
#include "service/limiter.h"
#include "tests/unit/policy/support.h"

enum { OFF_FEN = 800, FALLBACK_FEN = 300, AMOUNT_FEN = 10000, GATE = 0, ROUNDS = 4 };

static const int64_t second_ns = INT64_C(1000000000);
static const struct file *const one_policy =
    FILES({"p.json", "{'id':'p','scope':{'type':'all'},'offer':{'coupon':'C','kind':'amount_off',"
                     "'tiers':[{'reach':5000,'off':800}]}}"});

static struct metrics metrics;
static struct gauge gauge;
static struct gate_table gates;
static struct limiter *limiter;
static struct decider decider;
static struct config *config;
static struct snapshot *snapshot;
static struct decision_view view;
static struct decision_terms terms;
static struct context context;
static struct text text;

/* The configuration of config_text.h with that rate. */
static void given(const char *rate)
{
    char written[1024];
    snprintf(written, sizeof(written), CONFIG_REQUIRED "%s", rate);
    config_free(config);
    config = config_of(written);
    cr_assert_not_null(config, "%s", errors.items[0].reason);
    limiter_tick(limiter, config, second_ns);
    view.config = config;
}

static void look_at(const struct snapshot *current)
{
    view = decider_view(&decider, config, current, INT64_C(1770897600000));
    view.gates = &gates;
}

static void ask_as(const char *user_id)
{
    static char json[128]; /* the context points into it */
    struct context_error error;
    int length = snprintf(json, sizeof(json), "{\"user_id\":\"%s\",\"aoi\":\"A1\",\"amount\":%d}", user_id, AMOUNT_FEN);
    cr_assert(eq(int, context_json_parse(json, (size_t)length, &view.rules, &context, &error), CONTEXT_VALID));
}

static void begin(void)
{
    limiter = limiter_create(1);
    cr_assert_not_null(limiter);
    cr_assert(decider_init(&decider, &metrics, &gauge, limiter));
    text_init(&text, 1 << 20);
    given("");
    snapshot = snapshot_of(one_policy);
    look_at(snapshot);
    ask_as("u1");
}

static void end(void)
{
    text_clear(&text);
    decider_clear(&decider);
    snapshot_free(snapshot);
    config_free(config);
    limiter_free(limiter);
}

TestSuite(decider, .init = begin, .fini = end, .timeout = 60);

static void set_gate(struct gate gate)
{
    gate_table_write(&gates, GATE, gate);
}

static enum admission admit(void)
{
    return decider_admit(&decider, &view, &context, &terms);
}

/* Of so many requests, how many are evaluated; the others are of that admission. */
static int admitted_of(int requests, enum admission otherwise)
{
    int admitted = 0;
    for (int i = 0; i < requests; i++) {
        enum admission admission = admit();
        cr_assert(admission == ADMISSION_EVALUATE || admission == otherwise);
        admitted += admission == ADMISSION_EVALUATE;
    }
    return admitted;
}

static const char *append(enum admission admission)
{
    text_reset(&text);
    decider_append(&decider, &view, &context, admission, &text);
    text_append_byte(&text, '\0');
    cr_assert(not(text.failed));
    return text.bytes;
}

/* A caller that waits so long from now on. */
static void wait_for(int64_t ns)
{
    terms.deadline_ns = clock_monotonic_ns() + ns;
}

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
    config->interfaces[0].degrade = SWITCH_ON;
    cr_assert(eq(int, admit(), ADMISSION_SWITCH));
    set_gate((struct gate){.share_bp = 0, .order = SWITCH_NEVER});
    cr_assert(eq(int, admit(), ADMISSION_SWITCH));
    config->interfaces[0].degrade = SWITCH_NEVER;
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
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * second_ns));
    cr_assert(eq(int, admitted_of(2 * GAUGE_SAMPLE, ADMISSION_BUDGET), 2 * GAUGE_SAMPLE));
    wait_for(2000 * second_ns);
    cr_assert(eq(int, admitted_of(2 * GAUGE_SAMPLE, ADMISSION_BUDGET), 2 * GAUGE_SAMPLE));
}

Test(decider, a_deadline_that_is_over_is_never_tried_and_takes_nobodys_trial)
{
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * second_ns));
    terms.deadline_ns = clock_monotonic_ns() - 1;
    cr_assert(eq(int, admitted_of(ROUNDS * GAUGE_SAMPLE, ADMISSION_BUDGET), 0));
    wait_for(500 * second_ns);
    cr_assert(eq(int, admit(), ADMISSION_EVALUATE));
}

Test(decider, of_those_that_seem_too_late_one_in_gauge_sample_is_tried_and_timed)
{
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * second_ns));
    wait_for(500 * second_ns);
    int tried = 0;
    for (int i = 0; i < ROUNDS * GAUGE_SAMPLE; i++) {
        decider.until_sample = GAUGE_SAMPLE - 1;
        bool is_tried = admit() == ADMISSION_EVALUATE;
        tried += is_tried;
        cr_assert(eq(u32, decider.until_sample, is_tried ? 0 : GAUGE_SAMPLE - 1));
    }
    cr_assert(eq(int, tried, ROUNDS));
}

/* Nobody else's evaluations put it right: every request has a budget that the wrong mean is past. */
Test(decider, a_mean_that_was_wrong_once_is_right_again_by_trials_alone)
{
    counter_set(&gauge.evaluation_mean_ns, (uint64_t)(1000 * second_ns));
    wait_for(100 * second_ns);
    for (int i = 0; i < 100 * GAUGE_SAMPLE; i++) {
        append(admit());
    }
    cr_assert(gt(u64, counter_read(&metrics.decisions_budget), 0), "the mean was wrong");
    wait_for(100 * second_ns);
    cr_assert(eq(int, admitted_of(2 * GAUGE_SAMPLE, ADMISSION_BUDGET), 2 * GAUGE_SAMPLE));
}

/* Answers and what is counted */

Test(decider, an_evaluated_request_gets_its_offer_and_is_counted)
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

Test(decider, every_other_admission_gets_the_fallback_with_its_cause_and_is_counted_as_such)
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

Test(decider, one_light_evaluation_in_gauge_sample_is_timed_and_each_heavy_one)
{
    cr_assert(eq(int, timed_of(ROUNDS * GAUGE_SAMPLE, GAUGE_HEAVY_NS - 1), ROUNDS));
    cr_assert(eq(int, timed_of(GAUGE_SAMPLE, GAUGE_HEAVY_NS), GAUGE_SAMPLE));
}

Test(decider, a_drill_answers_as_always_and_counts_what_the_fallback_would_have_given)
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

Test(decider, who_is_turned_away_is_counted_by_interface_and_who_is_rejected_by_itself)
{
    decider_turn_away(&decider, &view, &context);
    decider_reject(&decider);
    cr_assert(eq(u64, counter_read(&gauge.interfaces[GATE].turned_away), 1));
    cr_assert(eq(u64, counter_read(&metrics.rejected_rate_limited), 1));
    cr_assert(eq(u64, counter_read(&metrics.decisions_rate_limited), 0), "it was given no decision");
}
