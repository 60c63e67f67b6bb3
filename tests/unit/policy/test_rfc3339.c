#include "policy/rfc3339.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(rfc3339, times_are_seconds_since_1970)
{
    static const struct {
        const char *text;
        int64_t unix_s;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2026-02-12T20:00:00+08:00", 1770897600},
        {"2026-02-12T12:00:00Z", 1770897600},
        {"2026-02-12T07:00:00-05:00", 1770897600},
        {"2026-02-12T12:00:00-00:00", 1770897600},
        {"2026-02-12T17:45:00+05:45", 1770897600},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"2038-01-19T03:14:08Z", 2147483648},
        {"0000-01-01T00:00:00Z", -62167219200},
        {"0000-02-29T00:00:00Z", -62162121600},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"9999-12-31T23:59:59-23:59", 253402387139},
        {"0000-01-01T00:00:00+23:59", -62167305540},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t unix_s = 42;
        cr_expect(rfc3339_parse_time(slice_of(rows[i].text), &unix_s), "%s", rows[i].text);
        cr_expect_eq(unix_s, rows[i].unix_s, "%s is %lld", rows[i].text, (long long)unix_s);
    }
}

Test(rfc3339, what_is_no_time_to_the_whole_second_is_refused)
{
    static const char *const rows[] = {
        "",
        "2026-02-12",
        "2026-02-12T20:00:00",
        "2026-02-12t20:00:00Z",
        "2026-02-12T20:00:00z",
        "2026-02-12 20:00:00Z",
        "2026-02-12T20:00Z",
        "2026-02-12T20:00:00.5Z",
        "2026-02-12T20:00:00.000Z",
        "2026-02-12T20:00:00,0Z",
        "2026-02-12T23:59:60Z",
        "2016-12-31T23:59:60Z",
        "2026-02-12T20:60:00Z",
        "2026-02-12T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-00-12T00:00:00Z",
        "2026-13-12T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "26-02-12T20:00:00Z",
        "12026-02-12T20:00:00Z",
        "-026-02-12T20:00:00Z",
        "+026-02-12T20:00:00Z",
        "2026-2-12T20:00:00Z",
        "2026-02-12T20:00:00+8:00",
        "2026-02-12T20:00:00+0800",
        "2026-02-12T20:00:00+08",
        "2026-02-12T20:00:00+24:00",
        "2026-02-12T20:00:00+08:60",
        "2026-02-12T20:00:00+08:00 ",
        "2026-02-12T20:00:00Z ",
        " 2026-02-12T20:00:00Z",
        "2026-02-12T20:00:00ZZ",
        "2026-02-12T20:00:00UTC",
        "2026/02/12T20:00:00Z",
        "2026-02-12T 0:00:00Z",
        "2026-02-12T20:0x:00Z",
        "２026-02-12T20:00:00Z",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t unix_s = 42;
        cr_expect(!rfc3339_parse_time(slice_of(rows[i]), &unix_s), "%s", rows[i]);
        cr_expect_eq(unix_s, 42, "%s touches its output", rows[i]);
    }
}

Test(rfc3339, a_day_is_the_day_after_the_one_before_for_four_centuries)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = -2208988800; /* 1900-01-01 */
    for (int year = 1900; year < 2300; year++) {
        bool is_leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        for (int month = 1; month <= 12; month++) {
            int last = days[month - 1] + (month == 2 && is_leap);
            for (int day = 1; day <= last; day++, expected += 86400) {
                char text[48];
                int64_t unix_s = 0;
                snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", year, month, day);
                cr_assert(rfc3339_parse_time(slice_of(text), &unix_s), "%s", text);
                cr_assert_eq(unix_s, expected, "%s", text);
            }
        }
    }
}

Test(rfc3339, offsets_are_hours_and_minutes_east_of_UTC)
{
    static const struct {
        const char *text;
        bool is_valid;
        int32_t offset_s;
    } rows[] = {
        {"+00:00", true, 0},     {"-00:00", true, 0},     {"+08:00", true, 28800},  {"-12:00", true, -43200},
        {"+14:00", true, 50400}, {"+05:45", true, 20700}, {"-03:30", true, -12600}, {"+23:59", true, 86340},
        {"+24:00", false, 0},    {"+08:60", false, 0},    {"08:00", false, 0},      {"+8:00", false, 0},
        {"+0800", false, 0},     {"+08:000", false, 0},   {"Z", false, 0},          {"", false, 0},
        {" +8:00", false, 0},    {"+-8:00", false, 0},    {"+08-00", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int32_t offset_s = 0;
        cr_expect_eq(rfc3339_parse_offset(slice_of(rows[i].text), &offset_s), rows[i].is_valid, "%s", rows[i].text);
        cr_expect_eq(offset_s, rows[i].offset_s, "%s", rows[i].text);
    }
}

Test(rfc3339, minutes_of_the_day_end_with_24_00)
{
    static const struct {
        const char *text;
        bool is_valid;
        uint16_t minute;
    } rows[] = {
        {"00:00", true, 0},     {"10:30", true, 630}, {"23:59", true, 1439}, {"24:00", true, 1440}, {"24:01", false, 0},
        {"25:00", false, 0},    {"10:60", false, 0},  {"1:30", false, 0},    {"10:3", false, 0},    {"10.30", false, 0},
        {"10:30:00", false, 0}, {"", false, 0},       {"-1:00", false, 0},   {" 1:00", false, 0},   {"1030", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t minute = 0;
        cr_expect_eq(rfc3339_parse_minute(slice_of(rows[i].text), &minute), rows[i].is_valid, "%s", rows[i].text);
        cr_expect_eq(minute, rows[i].minute, "%s", rows[i].text);
    }
}

static void assert_writes(int64_t unix_s, const char *expected)
{
    char text[RFC3339_TIME_BYTES];
    rfc3339_write_time(unix_s, text);
    cr_expect_str_eq(text, expected);
}

Test(rfc3339, what_is_written_is_UTC_to_the_second)
{
    assert_writes(0, "1970-01-01T00:00:00Z");
    assert_writes(-1, "1969-12-31T23:59:59Z");
    assert_writes(-86400, "1969-12-31T00:00:00Z");
    assert_writes(-86401, "1969-12-30T23:59:59Z");
    assert_writes(1770973200, "2026-02-13T09:00:00Z");
    assert_writes(951782400, "2000-02-29T00:00:00Z");
    assert_writes(rfc3339_time_min_s, "0000-01-01T00:00:00Z");
    assert_writes(rfc3339_time_max_s, "9999-12-31T23:59:59Z");
}

Test(rfc3339, what_is_written_on_any_day_is_read_as_the_same)
{
    struct text text;
    text_init(&text, 64);
    int64_t second_of_day = 0; /* another one each day */
    for (int64_t day_s = rfc3339_time_min_s; day_s < rfc3339_time_max_s; day_s += 86400) {
        int64_t unix_s = day_s + second_of_day, back_s = 42;
        second_of_day = (second_of_day + 7919) % 86400;
        text_reset(&text);
        rfc3339_append_time(&text, unix_s);
        cr_assert(rfc3339_parse_time(text_slice(&text), &back_s), "%lld", (long long)unix_s);
        cr_assert_eq(back_s, unix_s, "%.*s", (int)text.length, text.bytes);
    }
    text_clear(&text);
}
