#include "publish/duration.h"

#include <stddef.h>

static uint32_t seconds_of(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    default:
        return 0;
    }
}

bool duration_parse(const char *argument, uint32_t most_s, uint32_t *ret_duration_s)
{
    uint64_t count = 0;
    size_t digits = 0;
    while (argument[digits] >= '0' && argument[digits] <= '9' && count <= UINT32_MAX) {
        count = count * 10 + (uint64_t)(argument[digits++] - '0');
    }
    uint32_t unit_s = seconds_of(argument[digits]);
    if (digits == 0 || unit_s == 0 || argument[digits + 1] != '\0' || count == 0 || count > most_s / unit_s) {
        return false;
    }
    *ret_duration_s = (uint32_t)count * unit_s;
    return true;
}
