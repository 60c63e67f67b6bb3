#include "tests/bench/schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

static struct schedule schedule;

static void parse(const char *text)
{
    const char *problem = schedule_parse(text, &schedule);
    cr_assert_null(problem, "%s: %s", text, problem);
}

static void is_refused(const char *text)
{
    schedule = (struct schedule){.end_ns = 7};
    cr_assert_not_null(schedule_parse(text, &schedule), "%s", text);
    cr_assert_eq(schedule.end_ns, 7, "untouched");
}

Test(schedule, requests_of_a_phase_are_due_at_equal_distances_from_its_begin)
{
    parse("4:1");
    cr_assert_eq(schedule.requests_count, 4);
    cr_assert_eq(schedule_due_ns(&schedule, 0), 0);
    cr_assert_eq(schedule_due_ns(&schedule, 1), SECOND_NS / 4);
    cr_assert_eq(schedule_due_ns(&schedule, 3), 3 * SECOND_NS / 4);
}

Test(schedule, a_phase_begins_where_the_one_before_ends)
{
    parse("2:1,1000:0.05,2:1");
    cr_assert_eq(schedule.requests_count, 2 + 50 + 2);
    cr_assert_eq(schedule_due_ns(&schedule, 2), SECOND_NS);
    cr_assert_eq(schedule_due_ns(&schedule, 51), SECOND_NS + 49 * SECOND_NS / 1000);
    cr_assert_eq(schedule_due_ns(&schedule, 52), SECOND_NS + SECOND_NS / 20);
    cr_assert_eq(schedule.end_ns, 2 * SECOND_NS + SECOND_NS / 20);
}

Test(schedule, each_request_belongs_to_the_phase_it_is_due_in)
{
    parse("2:1,3:1");
    cr_assert_eq(schedule_phase_of(&schedule, 1), 0);
    cr_assert_eq(schedule_phase_of(&schedule, 2), 1);
    cr_assert_eq(schedule_phase_of(&schedule, 4), 1);
}

Test(schedule, a_phase_of_nothing_takes_its_time_and_has_no_request)
{
    parse("1:1,0:3,1:1");
    cr_assert_eq(schedule.requests_count, 2);
    cr_assert_eq(schedule_phase_of(&schedule, 1), 2);
    cr_assert_eq(schedule_due_ns(&schedule, 1), 4 * SECOND_NS);
}

Test(schedule, no_rounding_adds_up_over_a_long_phase)
{
    parse("30000:600");
    cr_assert_eq(schedule.requests_count, 18000000);
    cr_assert_eq(schedule_due_ns(&schedule, 17999999), 17999999 * SECOND_NS / 30000);
}

Test(schedule, a_trace_is_due_at_its_offsets)
{
    static const uint64_t offsets_ns[] = {0, 5, 5, 900};
    schedule = schedule_of_trace(offsets_ns, 4);
    cr_assert_eq(schedule.requests_count, 4);
    cr_assert_eq(schedule_due_ns(&schedule, 3), 900);
    cr_assert_eq(schedule_phase_of(&schedule, 3), 0);
    cr_assert_gt(schedule.end_ns, 900);
}

Test(schedule, what_is_no_schedule_is_refused)
{
    static const char *const texts[] = {"",     "5",    "5:",   "5:0",  ":5",  "5:1,",     "5:1,,5:1", "-5:1", "5:-1",
                                        " 5:1", "5:1x", "5:1.", "5:.5", "x:1", "5:1.2345", "5;1",      "0:5",  "+5:1"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        is_refused(texts[i]);
    }
}

Test(schedule, the_ceilings_hold_and_one_past_them_is_refused)
{
    char text[1024];

    parse("1000000:1");
    is_refused("1000001:1");
    parse("1:3600");
    is_refused("1:3600.001");
    is_refused("1:3600,1:0.001");
    strcpy(text, "1:1");
    for (unsigned i = 1; i < SCHEDULE_PHASES_MAX; i++) {
        strcat(text, ",1:1");
    }
    parse(text);
    is_refused(strcat(text, ",1:1"));
}
