#include <criterion/criterion.h>

#include "policy/policy_set.h"
#include "support.h"

static const char *with(const char *schedule)
{
    return policy_with(format("'schedule':%s", schedule));
}

static const char *with_windows(const char *windows)
{
    return with(format("{'utc_offset':'+08:00','windows':[%s]}", windows));
}

static const char *with_offset(const char *offset)
{
    return with(format("{'utc_offset':%s,'windows':[{'from':'10:00','to':'11:00'}]}", offset));
}

Test(schedule_json, all_parts_are_optional)
{
    const struct pointers_row rows[] = {
        {"empty", with("{}"), ""},
        {"from", with("{'from':'2026-02-12T20:00:00+08:00'}"), ""},
        {"to", with("{'to':'2026-02-12T20:00:00+08:00'}"), ""},
        {"an offset without windows", with("{'utc_offset':'+08:00'}"), ""},
        {"a list", with("[]"), "/schedule"},
        {"null", with("null"), "/schedule"},
        {"an unknown member", with("{'tz':'Asia/Shanghai'}"), "/schedule/tz"},
    };
    EXPECT_POINTERS(rows);
}

Test(schedule_json, from_is_before_to)
{
    const struct pointers_row rows[] = {
        {"a second", with("{'from':'2026-01-01T00:00:00Z','to':'2026-01-01T00:00:01Z'}"), ""},
        {"equal", with("{'from':'2026-01-01T00:00:00Z','to':'2026-01-01T00:00:00Z'}"), "/schedule"},
        {"equal at other offsets", with("{'from':'2026-01-01T08:00:00+08:00','to':'2026-01-01T00:00:00Z'}"),
         "/schedule"},
        {"later in letters only", with("{'from':'2026-01-01T07:00:00+08:00','to':'2026-01-01T00:00:00Z'}"), ""},
        {"after", with("{'to':'2026-01-01T00:00:00Z','from':'2026-01-01T00:00:01Z'}"), "/schedule"},
        {"the years' bounds", with("{'from':'0000-01-01T00:00:00Z','to':'9999-12-31T23:59:59Z'}"), ""},
        {"no time", with("{'from':'2026-01-01','to':'soon'}"), "/schedule/from, /schedule/to"},
        {"a leap day", with("{'from':'2024-02-29T00:00:00Z'}"), ""},
        {"no leap day", with("{'from':'2026-02-29T00:00:00Z'}"), "/schedule/from"},
        {"second 60", with("{'from':'2016-12-31T23:59:60Z'}"), "/schedule/from"},
        {"a small t", with("{'from':'2026-01-01t00:00:00Z'}"), "/schedule/from"},
        {"a small z", with("{'from':'2026-01-01T00:00:00z'}"), "/schedule/from"},
        {"a fraction", with("{'from':'2026-01-01T00:00:00.0Z'}"), "/schedule/from"},
        {"the offset -00:00", with("{'from':'2026-01-01T00:00:00-00:00'}"), ""},
        {"a number", with("{'from':1767225600}"), "/schedule/from"},
        {"null", with("{'to':null}"), "/schedule/to"},
    };
    EXPECT_POINTERS(rows);
}

Test(schedule_json, windows_need_an_offset_from_minus_12_to_plus_14_hours)
{
    const struct pointers_row rows[] = {
        {"-12:00", with_offset("'-12:00'"), ""},
        {"-12:01", with_offset("'-12:01'"), "/schedule/utc_offset"},
        {"+14:00", with_offset("'+14:00'"), ""},
        {"+14:01", with_offset("'+14:01'"), "/schedule/utc_offset"},
        {"-00:00", with_offset("'-00:00'"), ""},
        {"+05:45", with_offset("'+05:45'"), ""},
        {"+05:60", with_offset("'+05:60'"), "/schedule/utc_offset"},
        {"Z", with_offset("'Z'"), "/schedule/utc_offset"},
        {"without a sign", with_offset("'08:00'"), "/schedule/utc_offset"},
        {"without a colon", with_offset("'+0800'"), "/schedule/utc_offset"},
        {"a zone's name", with_offset("'Asia/Shanghai'"), "/schedule/utc_offset"},
        {"a number", with_offset("8"), "/schedule/utc_offset"},
        {"absent", with("{'windows':[{'from':'10:00','to':'11:00'}]}"), "/schedule"},
    };
    EXPECT_POINTERS(rows);
}

Test(schedule_json, windows_have_times_of_day_and_ISO_days)
{
    const struct pointers_row rows[] = {
        {"one", with_windows("{'from':'10:00','to':'11:00'}"), ""},
        {"the whole day", with_windows("{'from':'00:00','to':'24:00'}"), ""},
        {"equal: 24 hours", with_windows("{'from':'10:00','to':'10:00'}"), ""},
        {"across midnight", with_windows("{'from':'22:00','to':'02:00'}"), ""},
        {"24:00 as from", with_windows("{'from':'24:00','to':'24:00'}"), "/schedule/windows/0/from"},
        {"24:01 as to", with_windows("{'from':'10:00','to':'24:01'}"), "/schedule/windows/0/to"},
        {"23:60", with_windows("{'from':'10:00','to':'23:60'}"), "/schedule/windows/0/to"},
        {"with seconds", with_windows("{'from':'10:00:00','to':'11:00'}"), "/schedule/windows/0/from"},
        {"one digit", with_windows("{'from':'9:00','to':'11:00'}"), "/schedule/windows/0/from"},
        {"no from", with_windows("{'to':'11:00'}"), "/schedule/windows/0/from"},
        {"no to", with_windows("{'from':'11:00'}"), "/schedule/windows/0/to"},
        {"all days", with_windows("{'days':[1,2,3,4,5,6,7],'from':'10:00','to':'11:00'}"), ""},
        {"day 0", with_windows("{'days':[0],'from':'10:00','to':'11:00'}"), "/schedule/windows/0/days/0"},
        {"day 8", with_windows("{'days':[1,8],'from':'10:00','to':'11:00'}"), "/schedule/windows/0/days/1"},
        {"a day's name", with_windows("{'days':['Mon'],'from':'10:00','to':'11:00'}"), "/schedule/windows/0/days/0"},
        {"no day", with_windows("{'days':[],'from':'10:00','to':'11:00'}"), "/schedule/windows/0/days"},
        {"an unknown member", with_windows("{'from':'10:00','to':'11:00','tz':'Z'}"), "/schedule/windows/0/tz"},
        {"a string", with_windows("'10:00-11:00'"), "/schedule/windows/0"},
    };
    EXPECT_POINTERS(rows);
}

Test(schedule_json, there_are_1_to_14_windows)
{
    const char *window = "{'from':'10:00','to':'11:00'}";
    const struct pointers_row rows[] = {
        {"none", with_windows(""), "/schedule/windows"},
        {"14", with_windows(listed(window, 14)), ""},
        {"15", with_windows(listed(window, 15)), "/schedule/windows"},
        {"an object", with("{'utc_offset':'+08:00','windows':{}}"), "/schedule/windows"},
    };
    EXPECT_POINTERS(rows);
}

Test(schedule_json, a_schedule_keeps_what_its_document_says)
{
    struct policy_set *set = set_of(FILES(
        {"p.json", with("{'from':'1970-01-01T08:00:10+08:00','to':'1970-01-01T00:00:20Z','utc_offset':'-03:30',"
                        "'windows':[{'days':[1,7],'from':'22:00','to':'24:00'},{'from':'00:00','to':'00:01'}]}")}));
    const struct schedule *schedule = &set->policies[0].schedule;
    cr_expect_eq(schedule->from_s, 10);
    cr_expect_eq(schedule->to_s, 20);
    cr_expect_eq(schedule->utc_offset_s, -12600);
    cr_assert_eq(schedule->window_count, 2);
    cr_expect_eq(schedule->windows[0].days, 0x41);
    cr_expect_eq(schedule->windows[0].from_minute, 1320);
    cr_expect_eq(schedule->windows[0].to_minute, 1440);
    cr_expect_eq(schedule->windows[1].days, 0x7F, "all days by default");
    cr_expect_eq(schedule->windows[1].from_minute, 0);
    policy_set_free(set);
}
