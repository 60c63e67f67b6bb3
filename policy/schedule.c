#include "policy/schedule.h"

#include <assert.h>
#include <stdlib.h>

enum { DAY_MINUTES = 24 * 60, WEEK_MINUTES = 7 * DAY_MINUTES };
static const int64_t week_s = (int64_t)WEEK_MINUTES * 60;
static const int64_t monday_before_epoch_s = (int64_t)3 * DAY_MINUTES * 60; /* 1970-01-01 was a Thursday */

/* 0 .. WEEK_MINUTES - 1, Monday 00:00 local time being 0. */
static uint16_t minute_of_week(int64_t now_s, int32_t utc_offset_s)
{
    int64_t second = (now_s + utc_offset_s + monday_before_epoch_s) % week_s;
    if (second < 0) {
        second += week_s;
    }
    return (uint16_t)(second / 60);
}

enum schedule_state schedule_check(const struct snapshot *snapshot, const struct compiled_policy *policy, int64_t now_s)
{
    if (now_s < policy->from_s) {
        return SCHEDULE_BEFORE;
    }
    if (now_s >= policy->to_s) {
        return SCHEDULE_AFTER;
    }
    if (policy->window_count == 0) {
        return SCHEDULE_OPEN;
    }
    uint16_t minute = minute_of_week(now_s, policy->utc_offset_s);
    const struct compiled_window *windows = &snapshot->windows[policy->windows_at];
    for (uint16_t i = 0; i < policy->window_count && windows[i].from_minute <= minute; i++) {
        if (minute < windows[i].to_minute) {
            return SCHEDULE_OPEN;
        }
    }
    return SCHEDULE_OUTSIDE;
}

static uint16_t add_interval(struct compiled_window *out, uint16_t count, uint16_t from, uint16_t to)
{
    assert(count < SCHEDULE_WINDOWS_MAX && from < to && to <= WEEK_MINUTES);
    out[count] = (struct compiled_window){.from_minute = from, .to_minute = to};
    return (uint16_t)(count + 1);
}

/* One window on each of its days, cut at the week's end. */
static uint16_t add_window(struct compiled_window *out, uint16_t count, const struct window *window)
{
    uint16_t length =
        (uint16_t)(window->to_minute > window->from_minute ? window->to_minute - window->from_minute
                                                           : window->to_minute + DAY_MINUTES - window->from_minute);
    for (unsigned day = 0; day < 7; day++) {
        if ((window->days >> day & 1) == 0) {
            continue;
        }
        uint16_t from = (uint16_t)(day * DAY_MINUTES + window->from_minute);
        uint16_t to = (uint16_t)(from + length);
        count = add_interval(out, count, from, to < WEEK_MINUTES ? to : WEEK_MINUTES);
        if (to > WEEK_MINUTES) {
            count = add_interval(out, count, 0, (uint16_t)(to - WEEK_MINUTES));
        }
    }
    return count;
}

static int compare_starts(const void *a, const void *b)
{
    return (int)((const struct compiled_window *)a)->from_minute -
           (int)((const struct compiled_window *)b)->from_minute;
}

static uint16_t merge(struct compiled_window *windows, uint16_t count)
{
    uint16_t kept = 0;
    for (uint16_t i = 0; i < count; i++) {
        struct compiled_window *last = kept > 0 ? &windows[kept - 1] : NULL;
        if (last == NULL || windows[i].from_minute > last->to_minute) {
            windows[kept++] = windows[i];
        } else if (windows[i].to_minute > last->to_minute) {
            last->to_minute = windows[i].to_minute;
        }
    }
    return kept;
}

uint16_t schedule_compile(const struct schedule *schedule, struct compiled_window out[SCHEDULE_WINDOWS_MAX])
{
    uint16_t count = 0;
    for (uint8_t i = 0; i < schedule->window_count; i++) {
        count = add_window(out, count, &schedule->windows[i]);
    }
    if (count > 1) {
        qsort(out, count, sizeof(*out), compare_starts);
    }
    return merge(out, count);
}
