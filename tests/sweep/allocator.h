/*
 * allocator.h - the allocator of the program under test, one call of which can be made to fail.
 *
 *     allocator_fail_at(3);            the third allocation from now on gives NULL, those before and after do not
 *     ...
 *     allocator_has_failed()           did it come to that?
 *     allocator_live()                 blocks handed out and not given back: 0 when nothing leaks
 *
 * Linked with --wrap (CMakeLists.txt), so that malloc, calloc, realloc, free, strdup and vasprintf of the code under
 * test come here; cJSON, a library of its own, through cJSON_InitHooks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void allocator_hook_cjson(void);

/* Counts from 1; 0 lets every allocation succeed. */
void allocator_fail_at(uint64_t number);
bool allocator_has_failed(void);

int64_t allocator_live(void);
