/*
 * json_bytes.h - a target's input, for readers that write to what they read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* In memory of exactly its length, so that reading on is seen; the caller frees. */
char *json_bytes_copy(const void *bytes, size_t length);

/* One JSON value, as policy/json_reader.h is strict? */
bool json_bytes_are_json(const void *bytes, size_t length);
