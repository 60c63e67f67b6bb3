#pragma once
/* The one clock of the load: nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share. */

#include <stdint.h>
#include <time.h>

#define MONOTONIC_SECOND_NS UINT64_C(1000000000)

static inline uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MONOTONIC_SECOND_NS + (uint64_t)now.tv_nsec;
}
