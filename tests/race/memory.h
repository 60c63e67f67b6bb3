/*
 * memory.h - what the process holds: the heap to the byte, and resident memory.
 */
#pragma once

#include <stdint.h>

/* Allocated and not freed, as glibc or the sanitizer's allocator counts. */
uint64_t memory_heap_bytes(void);

uint64_t memory_resident_bytes(void);

/* A sanitizer keeps freed memory aside and adds shadows: its resident memory tells nothing about ours. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_SANITIZED 1
#else
#define MEMORY_IS_SANITIZED 0
#endif
