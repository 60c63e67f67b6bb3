/*
 * rfc3339.h - points in time and offsets as policies write them.
 *
 * "2026-02-12T20:00:00+08:00": to the whole second, upper-case T, Z or a numeric offset (00:00 to 23:59), no second 60.
 *
 * Written, a time is UTC: "2026-02-12T12:00:00Z".
 *
 * Units   seconds since 1970-01-01T00:00:00Z, as POSIX counts them; years 0000 to 9999.
 */
#pragma once

#include "policy/text.h"

enum { RFC3339_TIME_BYTES = sizeof("2026-02-12T12:00:00Z") };

/* What can be written; an offset lets the parser go up to a day further on either side. */
static const int64_t rfc3339_time_min_s = INT64_C(-62167219200); /* 0000-01-01T00:00:00Z */
static const int64_t rfc3339_time_max_s = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */

bool rfc3339_parse_time(struct slice text, int64_t *ret_unix_s);

/* From rfc3339_time_min_s to rfc3339_time_max_s. */
void rfc3339_write_time(int64_t unix_s, char ret_time[RFC3339_TIME_BYTES]);
void rfc3339_append_time(struct text *text, int64_t unix_s);

/* "+HH:MM" or "-HH:MM", east positive; minutes below 60, hours below 24. */
bool rfc3339_parse_offset(struct slice text, int32_t *ret_offset_s);

/* "HH:MM" as minutes of the day; 24:00 is 1440. */
bool rfc3339_parse_minute(struct slice text, uint16_t *ret_minute);
