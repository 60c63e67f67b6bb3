/*
 * duration.h - a span of time as operators write it: "90s", "30m", "2h".
 *
 * Digits and one unit, nothing else; at least a second.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool duration_parse(const char *argument, uint32_t most_s, uint32_t *ret_duration_s);
