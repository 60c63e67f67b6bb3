#include "tests/bench/tally.h"

#include <criterion/criterion.h>

#define MS UINT64_C(1000000)

static struct tally tally;
static const struct tally_shape shape = {
    .phases_count = 2, .interfaces_count = 2, .window_ns = 100 * MS, .end_ns = 1000 * MS};
static const struct tally_request request = {.phase = 1, .interface = 0};

static void create(void)
{
    cr_assert_null(tally_create(shape, &tally));
}

static void clear(void)
{
    tally_clear(&tally);
}

TestSuite(tally, .init = create, .fini = clear);

Test(tally, an_answer_counts_in_the_total_its_phase_its_interface_and_its_window)
{
    tally_note_sent(&tally, request);
    tally_note_end(&tally, request, TALLY_FULL, 5 * MS);
    tally_advance(&tally, 100 * MS);
    cr_assert_eq(tally.total->counts.outcomes[TALLY_FULL], 1);
    cr_assert_eq(tally.phases[0].counts.outcomes[TALLY_FULL], 0);
    cr_assert_eq(tally.phases[1].counts.outcomes[TALLY_FULL], 1);
    cr_assert_eq(tally.interfaces[0].counts.outcomes[TALLY_FULL], 1);
    cr_assert_eq(tally.interfaces[1].counts.outcomes[TALLY_FULL], 0);
    cr_assert_eq(tally.windows[0].counts.outcomes[TALLY_FULL], 1);
}

Test(tally, full_decisions_and_fallbacks_have_latencies_of_their_own)
{
    tally_note_end(&tally, request, TALLY_FULL, 900);
    tally_note_end(&tally, request, TALLY_SATURATED, 10);
    tally_note_end(&tally, request, TALLY_OTHER_CAUSE, 20);
    cr_assert_eq(histogram_percentile(&tally.total->full_ns, 0.5), 900);
    cr_assert_eq(histogram_percentile(&tally.total->fallback_ns, 1.0), 20);
    cr_assert_eq(tally.total->fallback_ns.total, 2);
}

Test(tally, an_error_has_no_latency)
{
    tally_note_end(&tally, request, TALLY_NOT_200, 5);
    tally_note_end(&tally, request, TALLY_BROKEN, 5);
    tally_note_end(&tally, request, TALLY_UNANSWERED, 5);
    cr_assert_eq(tally.total->full_ns.total + tally.total->fallback_ns.total, 0);
    cr_assert_eq(tally.total->counts.outcomes[TALLY_BROKEN], 1);
}

Test(tally, an_unsent_request_belongs_to_a_phase_and_to_no_interface)
{
    struct tally_request unsent = {.phase = 0, .interface = TALLY_NO_INTERFACE};
    tally_note_offered(&tally, 0);
    tally_note_end(&tally, unsent, TALLY_UNSENT, 0);
    cr_assert_eq(tally.phases[0].counts.offered, 1);
    cr_assert_eq(tally.phases[0].counts.outcomes[TALLY_UNSENT], 1);
    cr_assert_eq(tally.interfaces[0].counts.outcomes[TALLY_UNSENT], 0);
    cr_assert_eq(tally.interfaces[1].counts.outcomes[TALLY_UNSENT], 0);
}

Test(tally, each_window_starts_from_nothing)
{
    tally_note_end(&tally, request, TALLY_FULL, 7);
    tally_advance(&tally, 100 * MS);
    tally_note_end(&tally, request, TALLY_FULL, 30);
    tally_advance(&tally, 200 * MS);
    cr_assert_eq(tally.windows_count, 2);
    cr_assert_eq(tally.windows[0].full_p99_ns, 7);
    cr_assert_eq(tally.windows[1].full_p50_ns, 30);
    cr_assert_eq(tally.windows[1].counts.outcomes[TALLY_FULL], 1);
}

Test(tally, a_window_ends_at_its_last_nanosecond)
{
    tally_advance(&tally, 100 * MS - 1);
    cr_assert_eq(tally.windows_count, 0);
    tally_advance(&tally, 100 * MS);
    cr_assert_eq(tally.windows_count, 1);
}

Test(tally, a_silence_leaves_empty_windows_behind)
{
    tally_advance(&tally, 350 * MS);
    tally_note_end(&tally, request, TALLY_FULL, 1);
    tally_advance(&tally, 400 * MS);
    cr_assert_eq(tally.windows_count, 4);
    cr_assert_eq(tally.windows[1].counts.outcomes[TALLY_FULL], 0);
    cr_assert_eq(tally.windows[3].counts.outcomes[TALLY_FULL], 1);
}

Test(tally, what_comes_past_the_end_counts_in_the_last_window)
{
    tally_advance(&tally, 5000 * MS);
    tally_note_end(&tally, request, TALLY_FULL, 1);
    tally_finish(&tally);
    cr_assert_eq(tally.windows_count, tally.windows_max);
    cr_assert_eq(tally.windows[tally.windows_max - 1].counts.outcomes[TALLY_FULL], 1);
}

Test(tally, more_windows_than_the_ceiling_are_refused)
{
    struct tally_shape long_shape = shape;
    struct tally other = {0};
    long_shape.end_ns = TALLY_WINDOWS_MAX * shape.window_ns;
    cr_assert_not_null(tally_create(long_shape, &other));
    long_shape.end_ns--;
    cr_assert_null(tally_create(long_shape, &other));
    tally_clear(&other);
}

static enum tally_outcome outcome_of(unsigned status, enum response_cause cause)
{
    static struct response response;
    response_reset(&response);
    response.status = status;
    response.cause = cause;
    return tally_outcome_of(&response);
}

Test(tally, the_outcome_of_an_answer_is_its_status_then_its_cause)
{
    cr_assert_eq(outcome_of(200, RESPONSE_CAUSE_NONE), TALLY_FULL);
    cr_assert_eq(outcome_of(200, RESPONSE_CAUSE_SATURATED), TALLY_SATURATED);
    cr_assert_eq(outcome_of(200, RESPONSE_CAUSE_OTHER), TALLY_OTHER_CAUSE);
    cr_assert_eq(outcome_of(503, RESPONSE_CAUSE_NONE), TALLY_NOT_200);
    cr_assert_eq(outcome_of(503, RESPONSE_CAUSE_SATURATED), TALLY_NOT_200);
}
