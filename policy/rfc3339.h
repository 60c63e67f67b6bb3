/*
 * rfc3339.h - points in time and offsets as policies write them.
 *
 * "2026-02-12T20:00:00+08:00": to the whole second, upper-case T, Z or a numeric offset (00:00 to 23:59), no second 60.
 *
 * Units   seconds since 1970-01-01T00:00:00Z, as POSIX counts them; years 0000 to 9999.
 */
#pragma once

#include "policy/slice.h"

bool rfc3339_parse_time(struct slice text, int64_t *ret_unix_s);

/* "+HH:MM" or "-HH:MM", east positive; minutes below 60, hours below 24. */
bool rfc3339_parse_offset(struct slice text, int32_t *ret_offset_s);

/* "HH:MM" as minutes of the day; 24:00 is 1440. */
bool rfc3339_parse_minute(struct slice text, uint16_t *ret_minute);
