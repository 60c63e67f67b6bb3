#include "policy/schedule.h"

#include <criterion/criterion.h>

#include "support.h"

/* 2026-02-09 is a Monday; 2026-02-15 the Sunday of the same week. */

struct row {
    const char *at, *reason;
};

static void expect_reasons(const char *schedule, const struct row *rows, size_t count)
{
    const char *policy = policy_with(format("'schedule':%s", schedule));
    for (size_t i = 0; i < count; i++) {
        const char *reason = reason_of(policy, rows[i].at, "{'user_id':'u','aoi':'A','amount':1}");
        cr_expect_str_eq(reason, rows[i].reason, "%s at %s is %s, not %s", schedule, rows[i].at, reason,
                         rows[i].reason);
    }
}
#define EXPECT_REASONS(schedule, rows) expect_reasons(schedule, rows, sizeof(rows) / sizeof(rows[0]))

/* A schedule of these windows at UTC. */
#define WINDOWS(windows) "{'utc_offset':'+00:00','windows':[" windows "]}"
#define OPEN             "offered"
#define CLOSED           "outside_window"

Test(schedule, an_empty_schedule_is_always)
{
    static const struct row rows[] = {{"0000-01-01T00:00:00Z", OPEN}, {"9999-12-31T23:59:59Z", OPEN}};
    EXPECT_REASONS("{}", rows);
}

Test(schedule, from_is_in_and_to_is_out)
{
    static const struct row rows[] = {
        {"2026-02-12T11:59:59Z", "not_started"}, {"2026-02-12T12:00:00Z", OPEN},    {"2026-02-28T15:59:59Z", OPEN},
        {"2026-02-28T16:00:00Z", "ended"},       {"2027-01-01T00:00:00Z", "ended"},
    };
    EXPECT_REASONS("{'from':'2026-02-12T20:00:00+08:00','to':'2026-03-01T00:00:00+08:00'}", rows);
}

Test(schedule, a_window_is_half_open_to_the_second)
{
    static const struct row rows[] = {
        {"2026-02-12T10:29:59Z", CLOSED},
        {"2026-02-12T10:30:00Z", OPEN},
        {"2026-02-12T13:59:59Z", OPEN},
        {"2026-02-12T14:00:00Z", CLOSED},
    };
    EXPECT_REASONS(WINDOWS("{'from':'10:30','to':'14:00'}"), rows);
}

Test(schedule, a_window_runs_on_its_days_only)
{
    static const struct row rows[] = {
        {"2026-02-08T12:00:00Z", CLOSED}, {"2026-02-09T12:00:00Z", OPEN},   {"2026-02-10T12:00:00Z", CLOSED},
        {"2026-02-11T12:00:00Z", OPEN},   {"2026-02-12T12:00:00Z", CLOSED}, {"2026-02-13T12:00:00Z", OPEN},
        {"2026-02-14T12:00:00Z", CLOSED}, {"2026-02-15T12:00:00Z", CLOSED},
    };
    EXPECT_REASONS(WINDOWS("{'days':[5,1,3],'from':'10:00','to':'14:00'}"), rows);
}

Test(schedule, a_window_across_midnight_belongs_to_the_day_it_starts_on)
{
    static const struct row rows[] = {
        {"2026-02-12T21:59:59Z", CLOSED}, {"2026-02-12T22:00:00Z", OPEN},   {"2026-02-12T23:59:59Z", OPEN},
        {"2026-02-13T00:00:00Z", OPEN},   {"2026-02-13T01:59:59Z", OPEN},   {"2026-02-13T02:00:00Z", CLOSED},
        {"2026-02-13T22:00:00Z", CLOSED}, {"2026-02-12T01:00:00Z", CLOSED},
    };
    EXPECT_REASONS(WINDOWS("{'days':[4],'from':'22:00','to':'02:00'}"), rows);
}

Test(schedule, a_window_across_the_weeks_end_goes_on_on_Monday)
{
    static const struct row rows[] = {
        {"2026-02-15T21:59:59Z", CLOSED}, {"2026-02-15T22:00:00Z", OPEN},   {"2026-02-15T23:59:59Z", OPEN},
        {"2026-02-16T00:00:00Z", OPEN},   {"2026-02-16T01:59:59Z", OPEN},   {"2026-02-16T02:00:00Z", CLOSED},
        {"2026-02-09T01:00:00Z", OPEN},   {"2026-02-10T01:00:00Z", CLOSED},
    };
    EXPECT_REASONS(WINDOWS("{'days':[7],'from':'22:00','to':'02:00'}"), rows);
}

Test(schedule, to_24_00_ends_with_the_day)
{
    static const struct row rows[] = {
        {"2026-02-12T22:00:00Z", OPEN},
        {"2026-02-12T23:59:59Z", OPEN},
        {"2026-02-13T00:00:00Z", CLOSED},
    };
    EXPECT_REASONS(WINDOWS("{'days':[4],'from':'22:00','to':'24:00'}"), rows);
    static const struct row sunday[] = {{"2026-02-15T23:59:59Z", OPEN}, {"2026-02-16T00:00:00Z", CLOSED}};
    EXPECT_REASONS(WINDOWS("{'days':[7],'from':'22:00','to':'24:00'}"), sunday);
    static const struct row whole[] = {{"2026-02-12T00:00:00Z", OPEN},
                                       {"2026-02-12T23:59:59Z", OPEN},
                                       {"2026-02-13T00:00:00Z", CLOSED},
                                       {"2026-02-11T23:59:59Z", CLOSED}};
    EXPECT_REASONS(WINDOWS("{'days':[4],'from':'00:00','to':'24:00'}"), whole);
}

Test(schedule, to_00_00_ends_with_the_day_too)
{
    static const struct row rows[] = {{"2026-02-12T23:59:59Z", OPEN}, {"2026-02-13T00:00:00Z", CLOSED}};
    EXPECT_REASONS(WINDOWS("{'days':[4],'from':'22:00','to':'00:00'}"), rows);
}

Test(schedule, equal_from_and_to_are_24_hours)
{
    static const struct row rows[] = {
        {"2026-02-12T09:59:59Z", CLOSED}, {"2026-02-12T10:00:00Z", OPEN},   {"2026-02-13T00:00:00Z", OPEN},
        {"2026-02-13T09:59:59Z", OPEN},   {"2026-02-13T10:00:00Z", CLOSED},
    };
    EXPECT_REASONS(WINDOWS("{'days':[4],'from':'10:00','to':'10:00'}"), rows);
    static const struct row midnight[] = {
        {"2026-02-12T00:00:00Z", OPEN}, {"2026-02-12T23:59:59Z", OPEN}, {"2026-02-13T00:00:00Z", CLOSED}};
    EXPECT_REASONS(WINDOWS("{'days':[4],'from':'00:00','to':'00:00'}"), midnight);
    static const struct row sunday[] = {{"2026-02-15T09:59:59Z", CLOSED},
                                        {"2026-02-15T10:00:00Z", OPEN},
                                        {"2026-02-16T09:59:59Z", OPEN},
                                        {"2026-02-16T10:00:00Z", CLOSED}};
    EXPECT_REASONS(WINDOWS("{'days':[7],'from':'10:00','to':'10:00'}"), sunday);
}

Test(schedule, the_day_is_that_of_the_offset_not_of_UTC)
{
    static const struct row east[] = {
        {"2026-02-11T15:59:59Z", CLOSED},
        {"2026-02-11T16:00:00Z", OPEN},
        {"2026-02-12T15:59:59Z", OPEN},
        {"2026-02-12T16:00:00Z", CLOSED},
    };
    EXPECT_REASONS("{'utc_offset':'+08:00','windows':[{'days':[4],'from':'00:00','to':'24:00'}]}", east);
    static const struct row west[] = {
        {"2026-02-12T11:59:59Z", CLOSED},
        {"2026-02-12T12:00:00Z", OPEN},
        {"2026-02-13T11:59:59Z", OPEN},
        {"2026-02-13T12:00:00Z", CLOSED},
    };
    EXPECT_REASONS("{'utc_offset':'-12:00','windows':[{'days':[4],'from':'00:00','to':'24:00'}]}", west);
    static const struct row farthest[] = {
        {"2026-02-15T09:59:59Z", CLOSED},
        {"2026-02-15T10:00:00Z", OPEN},
        {"2026-02-16T09:59:59Z", OPEN},
        {"2026-02-16T10:00:00Z", CLOSED},
    };
    EXPECT_REASONS("{'utc_offset':'+14:00','windows':[{'days':[1],'from':'00:00','to':'24:00'}]}", farthest);
    static const struct row odd[] = {
        {"2026-02-12T04:14:59Z", CLOSED},
        {"2026-02-12T04:15:00Z", OPEN},
        {"2026-02-12T05:14:59Z", OPEN},
        {"2026-02-12T05:15:00Z", CLOSED},
    };
    EXPECT_REASONS("{'utc_offset':'+05:45','windows':[{'from':'10:00','to':'11:00'}]}", odd);
}

Test(schedule, summer_time_changes_nothing)
{
    /* The nights on which Europe's and America's clocks change. */
    static const struct row rows[] = {{"2026-03-29T10:00:00Z", OPEN},   {"2026-03-28T10:00:00Z", OPEN},
                                      {"2026-03-29T09:59:59Z", CLOSED}, {"2026-03-08T10:59:59Z", OPEN},
                                      {"2026-10-25T10:00:00Z", OPEN},   {"2026-10-25T11:00:00Z", CLOSED}};
    EXPECT_REASONS("{'utc_offset':'+01:00','windows':[{'from':'11:00','to':'12:00'}]}", rows);
}

Test(schedule, several_windows_hold_where_any_does)
{
    static const struct row rows[] = {
        {"2026-02-12T09:59:59Z", CLOSED}, {"2026-02-12T10:00:00Z", OPEN},   {"2026-02-12T11:30:00Z", OPEN},
        {"2026-02-12T12:59:59Z", OPEN},   {"2026-02-12T13:00:00Z", CLOSED}, {"2026-02-12T18:00:00Z", OPEN},
        {"2026-02-12T19:00:00Z", CLOSED}, {"2026-02-13T10:00:00Z", CLOSED}, {"2026-02-13T18:30:00Z", OPEN},
    };
    EXPECT_REASONS(WINDOWS("{'from':'18:00','to':'19:00'},{'days':[4],'from':'11:00','to':'13:00'},"
                           "{'days':[4],'from':'10:00','to':'12:00'}"),
                   rows);
}

Test(schedule, times_before_1970_have_their_days_too)
{
    static const struct row rows[] = {{"1969-12-31T23:59:59Z", CLOSED}, {"1969-12-29T00:00:00Z", OPEN},
                                      {"1969-12-28T23:59:59Z", CLOSED}, {"1969-12-29T23:59:59Z", OPEN},
                                      {"0000-01-03T12:00:00Z", OPEN},   {"0000-01-02T12:00:00Z", CLOSED}};
    EXPECT_REASONS(WINDOWS("{'days':[1],'from':'00:00','to':'24:00'}"), rows);
}

Test(schedule, windows_are_told_after_the_term)
{
    static const struct row rows[] = {{"2026-01-31T03:00:00Z", "not_started"},
                                      {"2026-02-12T03:00:00Z", CLOSED},
                                      {"2026-02-12T10:00:00Z", OPEN},
                                      {"2026-03-01T03:00:00Z", "ended"}};
    EXPECT_REASONS("{'from':'2026-02-01T00:00:00Z','to':'2026-03-01T00:00:00Z','utc_offset':'-00:00',"
                   "'windows':[{'from':'10:00','to':'11:00'}]}",
                   rows);
}

Test(schedule, a_compiled_schedule_covers_each_minute_of_the_week_that_a_window_names)
{
    /* Against the sentence of the contract, minute by minute, for windows of all lengths and days. */
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct schedule schedule = {.window_count = (uint8_t)(1 + seed % LIMIT_WINDOWS)};
        uint64_t state = seed;
        for (uint8_t i = 0; i < schedule.window_count; i++) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            schedule.windows[i] = (struct window){.days = (uint8_t)(1 + (state >> 33) % 127),
                                                  .from_minute = (uint16_t)((state >> 40) % 1440),
                                                  .to_minute = (uint16_t)((state >> 51) % 1441)};
        }
        static bool expected[7 * 1440];
        memset(expected, 0, sizeof(expected));
        for (uint8_t i = 0; i < schedule.window_count; i++) {
            const struct window *window = &schedule.windows[i];
            for (unsigned day = 0; day < 7; day++) {
                bool crosses = window->to_minute <= window->from_minute;
                unsigned end = day * 1440 + window->to_minute + (crosses ? 1440 : 0);
                for (unsigned minute = day * 1440 + window->from_minute; minute < end; minute++) {
                    expected[minute % (7 * 1440)] |= (window->days >> day & 1) != 0;
                }
            }
        }
        struct compiled_window compiled[SCHEDULE_WINDOWS_MAX];
        uint16_t count = schedule_compile(&schedule, compiled), at = 0;
        for (uint16_t i = 1; i < count; i++) {
            cr_assert_gt(compiled[i].from_minute, compiled[i - 1].to_minute, "seed %u: intervals overlap or touch",
                         seed);
        }
        for (unsigned minute = 0; minute < 7 * 1440; minute++) {
            at += at < count && compiled[at].to_minute == minute;
            bool is_open = at < count && compiled[at].from_minute <= minute;
            cr_assert_eq(is_open, expected[minute], "seed %u, minute %u", seed, minute);
        }
    }
}
