/*
 * hash.h - a fast hash for tables and for telling contents apart: XXH3 (libxxhash), the same on every machine.
 *
 * Not for buckets: what users see depends on bucket.h alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t length);
