#include "policy/policy_json.h"
#include "policy/rfc3339.h"

enum { MINUTES_OF_DAY = 24 * 60, EVERY_DAY = 0x7F };

struct schedule schedule_always(void)
{
    return (struct schedule){.from_s = INT64_MIN, .to_s = INT64_MAX};
}

/* Windows */

static bool read_day(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    (void)index;
    struct window *window = target;
    int64_t day;
    if (!reading_integer(reading, value, 1, 7, &day)) {
        return false;
    }
    window->days |= (uint8_t)(1U << (day - 1));
    return true;
}

static bool read_days(struct reading *reading, const cJSON *value, void *target)
{
    return reading_list(reading, value, 1, 7, read_day, target);
}

static bool read_minute(struct reading *reading, const cJSON *value, uint16_t last, uint16_t *ret_minute)
{
    uint16_t minute;
    bool is_minute = cJSON_IsString(value) && rfc3339_parse_minute(slice_of(value->valuestring), &minute);
    if (!is_minute || minute > last) {
        return reading_problem(reading, "is not a time of day like \"10:30\", up to \"%s\"",
                               last == MINUTES_OF_DAY ? "24:00" : "23:59");
    }
    *ret_minute = minute;
    return true;
}

static bool read_window_from(struct reading *reading, const cJSON *value, void *target)
{
    return read_minute(reading, value, MINUTES_OF_DAY - 1, &((struct window *)target)->from_minute);
}

static bool read_window_to(struct reading *reading, const cJSON *value, void *target)
{
    return read_minute(reading, value, MINUTES_OF_DAY, &((struct window *)target)->to_minute);
}

static bool read_window(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    static const struct field fields[] = {
        {"days", false, read_days},
        {"from", true, read_window_from},
        {"to", true, read_window_to},
    };
    struct schedule *schedule = target;
    struct window *window = &schedule->windows[index];
    *window = (struct window){0};
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), window);
    if (window->days == 0) {
        window->days = EVERY_DAY;
    }
    return is_well;
}

/* The schedule */

static bool read_from(struct reading *reading, const cJSON *value, void *target)
{
    return reading_time(reading, value, &((struct schedule *)target)->from_s);
}

static bool read_to(struct reading *reading, const cJSON *value, void *target)
{
    return reading_time(reading, value, &((struct schedule *)target)->to_s);
}

static bool read_utc_offset(struct reading *reading, const cJSON *value, void *target)
{
    int32_t offset_s;
    bool is_offset = cJSON_IsString(value) && rfc3339_parse_offset(slice_of(value->valuestring), &offset_s);
    if (!is_offset || offset_s < limit_offset_west_s || offset_s > limit_offset_east_s) {
        return reading_problem(reading, "is not an offset from \"-12:00\" to \"+14:00\"");
    }
    ((struct schedule *)target)->utc_offset_s = offset_s;
    return true;
}

static bool read_windows(struct reading *reading, const cJSON *value, void *target)
{
    bool is_well = reading_list(reading, value, 1, LIMIT_WINDOWS, read_window, target);
    if (is_well) {
        ((struct schedule *)target)->window_count = (uint8_t)cJSON_GetArraySize(value);
    }
    return is_well;
}

bool schedule_json_read(struct reading *reading, const cJSON *value, void *target)
{
    static const struct field fields[] = {
        {"from", false, read_from},
        {"to", false, read_to},
        {"utc_offset", false, read_utc_offset},
        {"windows", false, read_windows},
    };
    struct schedule *schedule = target;
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), schedule);
    if (schedule->from_s >= schedule->to_s) {
        is_well = reading_problem(reading, "has a `from` that is not before its `to`");
    }
    bool has_windows = cJSON_GetObjectItemCaseSensitive(value, "windows") != NULL;
    if (has_windows && cJSON_GetObjectItemCaseSensitive(value, "utc_offset") == NULL) {
        is_well = reading_problem(reading, "has windows but no `utc_offset`");
    }
    return is_well;
}
