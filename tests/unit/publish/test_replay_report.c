#include "publish/replay_report.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct replay_report report;
static struct text text;
static struct decision_parts before, now;
static char bytes[2][512];

static void read_answer(struct decision_parts *parts, const char *offers, char *into)
{
    struct json_reader reader;
    struct context_error error;
    decision_parts_init(parts, 1 << 20);
    snprintf(into, sizeof(bytes[0]),
             "{\"decision_id\":\"01KH8QZ5T0J3M8W6Y2F4B7N9RC\",\"release\":42,\"interface\":\"c\",\"degraded\":false,"
             "\"offers\":[%s],\"discount\":0,\"delivery_discount\":0,\"exposures\":[]}",
             offers);
    json_reader_init(&reader, into, strlen(into));
    cr_assert(decision_parts_read(parts, &reader, &error));
}

static void set_up(void)
{
    replay_report_init(&report, "policies", 4711);
    text_init(&text, 64 << 20);
    read_answer(&before, "{}", bytes[0]);
    read_answer(&now, "", bytes[1]);
}

static void tear_down(void)
{
    replay_report_clear(&report);
    text_clear(&text);
    decision_parts_clear(&before);
    decision_parts_clear(&now);
}

TestSuite(replay_report, .init = set_up, .fini = tear_down);

static char *printed(void)
{
    text_reset(&text);
    replay_report_append(&text, &report);
    text_append_byte(&text, '\0');
    return text.bytes;
}

static void count(uint64_t release, int64_t before_fen, int64_t now_fen)
{
    struct replay_sums sums[2] = {{before_fen, 2 * before_fen}, {now_fen, 2 * now_fen}};
    replay_report_count(&report, release, &sums[0], &sums[1], before_fen == now_fen);
}

static void add_difference(uint64_t line)
{
    struct replay_difference difference = {{"a.log", line}, &before, &now};
    count(42, 1, 0);
    if (replay_report_takes_difference(&report)) {
        replay_report_add_difference(&report, &difference);
    }
}

static void add_problem(uint64_t line, bool is_torn, const char *pointer)
{
    struct replay_place place = {"a.log", line};
    struct context_error error;
    context_fail(&error, pointer, "is wrong");
    replay_report_add_problem(&report, &place, is_torn, &error);
}

Test(replay_report, an_empty_log_is_clean)
{
    cr_assert(replay_report_is_clean(&report));
    cr_assert(eq(str, printed(),
                 "0 lines: 0 same, 0 different, 0 degraded, 0 unreadable, 0 torn\n"
                 "policies is release 4711\n"
                 "discount: 0 fen before, 0 now (+0)\n"
                 "delivery_discount: 0 fen before, 0 now (+0)\n"));
}

Test(replay_report, each_line_is_counted_as_one_of_five)
{
    count(4711, 10, 10);
    count(4711, 10, 10);
    count(42, 10, 3);
    replay_report_count_degraded(&report, ADMISSION_SWITCH);
    replay_report_count_degraded(&report, ADMISSION_SWITCH);
    replay_report_count_degraded(&report, ADMISSION_BUDGET);
    add_problem(7, false, "/ts");
    add_problem(8, true, "");
    cr_assert(eq(str, printed(),
                 "8 lines: 2 same, 1 different, 3 degraded (2 switch, 1 budget), 1 unreadable, 1 torn\n"
                 "policies is release 4711\n"
                 "release 4711 answered 2 lines (this set)\n"
                 "release 42 answered 1 lines\n"
                 "discount: 30 fen before, 23 now (-7)\n"
                 "delivery_discount: 60 fen before, 46 now (-14)\n"
                 "1 more are different\n"
                 "unreadable: a.log:7: /ts: is wrong\n"
                 "torn: a.log:8: is wrong\n"));
}

Test(replay_report, what_is_degraded_or_torn_is_no_fault)
{
    count(42, 1, 1);
    replay_report_count_degraded(&report, ADMISSION_SATURATED);
    add_problem(3, true, "");
    cr_assert(replay_report_is_clean(&report));
}

Test(replay_report, a_difference_is_a_fault)
{
    count(42, 1, 0);
    cr_assert(not(replay_report_is_clean(&report)));
}

Test(replay_report, an_unreadable_line_is_a_fault)
{
    add_problem(3, false, "");
    cr_assert(not(replay_report_is_clean(&report)));
}

Test(replay_report, the_first_differences_are_told_and_the_others_counted)
{
    report.differences_told_max = 2;
    for (uint64_t line = 1; line <= 5; line++) {
        add_difference(line);
    }
    char *told = printed();
    cr_expect(ne(ptr,
                 strstr(told, "different: a.log:2: 01KH8QZ5T0J3M8W6Y2F4B7N9RC\n    - offer {}\n"
                              "3 more are different\n"),
                 NULL),
              "%s", told);
    cr_expect(eq(ptr, strstr(told, "a.log:3"), NULL));
}

Test(replay_report, details_end_where_they_grow_too_large)
{
    report.differences_told_max = REPLAY_DIFFERENCES_TOLD_MAX;
    cr_assert(replay_report_takes_difference(&report));
    report.differences.length = REPLAY_DETAIL_BYTES;
    cr_assert(not(replay_report_takes_difference(&report)));
    report.differences.length = 0;
}

Test(replay_report, problems_past_the_ceiling_are_counted)
{
    for (uint64_t line = 1; line <= REPLAY_PROBLEMS_TOLD_MAX + 2; line++) {
        add_problem(line, false, "");
    }
    char *told = printed();
    cr_expect(ne(ptr, strstr(told, "unreadable: a.log:20: is wrong\n2 more are unreadable or torn\n"), NULL), "%s",
              told);
}

Test(replay_report, releases_past_the_ceiling_are_counted_together)
{
    for (uint64_t release = 1; release <= REPLAY_RELEASES_MAX + 3; release++) {
        count(release, 0, 0);
        count(1, 0, 0);
    }
    cr_expect(eq(u32, report.release_count, REPLAY_RELEASES_MAX));
    cr_expect(eq(u64, report.releases[0].lines, REPLAY_RELEASES_MAX + 4));
    cr_expect(ne(ptr, strstr(printed(), "further releases answered 3 lines\n"), NULL));
}

Test(replay_report, sums_stay_at_their_end)
{
    count(42, INT64_MAX / 4, 0);
    for (int i = 0; i < 5; i++) {
        count(42, INT64_MAX / 4, 0);
    }
    cr_expect(eq(i64, report.before.discount_fen, INT64_MAX));
    cr_expect(zero(i64, report.now.discount_fen));
}

Test(replay_report, json_is_one_object_with_all_of_it)
{
    report.is_json = true;
    report.differences_told_max = 1;
    count(4711, 10, 10);
    add_difference(2);
    replay_report_count_degraded(&report, ADMISSION_NO_SNAPSHOT);
    add_problem(4, false, "/ts");
    add_problem(5, true, "");
    cr_assert(
        eq(str, printed(),
           "{\"lines\":5,\"same\":1,\"different\":1,\"degraded\":{\"switch\":0,\"rate_limited\":0,\"no_snapshot\":1,"
           "\"budget\":0,\"saturated\":0},\"unreadable\":1,\"torn\":1,\"release\":4711,\"releases\":[{\"release\":4711,"
           "\"lines\":1},{\"release\":42,\"lines\":1}],\"other_release_lines\":0,"
           "\"before\":{\"discount\":11,\"delivery_discount\":22},\"now\":{\"discount\":10,\"delivery_discount\":20},"
           "\"differences\":[{\"file\":\"a.log\",\"line\":2,\"decision_id\":\"01KH8QZ5T0J3M8W6Y2F4B7N9RC\","
           "\"release\":42,\"byte\":100,\"before\":{\"offers\":[{}],\"discount\":0,\"delivery_discount\":0,"
           "\"exposures\":[]},\"now\":{\"offers\":[],\"discount\":0,\"delivery_discount\":0,\"exposures\":[]}}],"
           "\"problems\":[{\"file\":\"a.log\",\"line\":4,\"torn\":false,\"pointer\":\"/ts\",\"reason\":\"is wrong\"},"
           "{\"file\":\"a.log\",\"line\":5,\"torn\":true,\"pointer\":\"\",\"reason\":\"is wrong\"}]}\n"));
}
