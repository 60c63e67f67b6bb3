#include "policy/rfc3339.h"

#include <assert.h>

/* `count` digits at `at`, or -1. */
static int digits(const char *at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar: H. Hinnant, "chrono-Compatible Low-Level Date
   Algorithms", days_from_civil, with March as the first month so that leap days come last. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* The same the other way: civil_from_days. */
static void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0: March */
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

/* `value`, not negative, as so many digits behind `at`; behind them. */
static char *put_digits(char *at, int count, int value)
{
    for (int i = count - 1; i >= 0; i--, value /= 10) {
        at[i] = (char)('0' + value % 10);
    }
    return at + count;
}

void rfc3339_write_time(int64_t unix_s, char ret_time[RFC3339_TIME_BYTES])
{
    assert(unix_s >= rfc3339_time_min_s);
    assert(unix_s <= rfc3339_time_max_s);
    static const char between[] = "--T::Z";
    int parts[6];
    int64_t days = (unix_s >= 0 ? unix_s : unix_s - 86399) / 86400;
    int second_of_day = (int)(unix_s - days * 86400);
    civil_from_days(days, &parts[0], &parts[1], &parts[2]);
    parts[3] = second_of_day / 3600;
    parts[4] = second_of_day / 60 % 60;
    parts[5] = second_of_day % 60;
    char *at = ret_time;
    for (int i = 0; i < 6; i++) {
        at = put_digits(at, i == 0 ? 4 : 2, parts[i]);
        *at++ = between[i];
    }
    *at = '\0';
}

void rfc3339_append_time(struct text *text, int64_t unix_s)
{
    char time[RFC3339_TIME_BYTES];
    rfc3339_write_time(unix_s, time);
    text_append(text, slice_of(time));
}

bool rfc3339_parse_offset(struct slice text, int32_t *ret_offset_s)
{
    if (text.length != 6 || (text.at[0] != '+' && text.at[0] != '-') || text.at[3] != ':') {
        return false;
    }
    int hours = digits(text.at + 1, 2), minutes = digits(text.at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return false;
    }
    int32_t offset_s = hours * 3600 + minutes * 60;
    *ret_offset_s = text.at[0] == '-' ? -offset_s : offset_s;
    return true;
}

bool rfc3339_parse_minute(struct slice text, uint16_t *ret_minute)
{
    if (text.length != 5 || text.at[2] != ':') {
        return false;
    }
    int hours = digits(text.at, 2), minutes = digits(text.at + 3, 2);
    if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 24 * 60) {
        return false;
    }
    *ret_minute = (uint16_t)(hours * 60 + minutes);
    return true;
}

/* Behind "YYYY-MM-DDTHH:MM:SS". */
static bool parse_zone(struct slice zone, int32_t *ret_offset_s)
{
    if (slice_equals(zone, SLICE("Z"))) {
        *ret_offset_s = 0;
        return true;
    }
    return rfc3339_parse_offset(zone, ret_offset_s);
}

bool rfc3339_parse_time(struct slice text, int64_t *ret_unix_s)
{
    static const char shape[] = "####-##-##T##:##:##";
    const uint32_t local_length = sizeof(shape) - 1;
    if (text.length <= local_length) {
        return false;
    }
    for (uint32_t i = 0; i < local_length; i++) {
        if (shape[i] != '#' && text.at[i] != shape[i]) {
            return false;
        }
    }
    int year = digits(text.at, 4), month = digits(text.at + 5, 2), day = digits(text.at + 8, 2);
    int hour = digits(text.at + 11, 2), minute = digits(text.at + 14, 2), second = digits(text.at + 17, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return false;
    }
    int32_t offset_s;
    struct slice zone = {.at = text.at + local_length, .length = text.length - local_length};
    if (!parse_zone(zone, &offset_s)) {
        return false;
    }
    int32_t second_of_day = hour * 3600 + minute * 60 + second;
    *ret_unix_s = days_from_civil(year, month, day) * 86400 + second_of_day - offset_s;
    return true;
}
