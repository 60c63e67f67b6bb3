/*
 * process_stat.h - what the process uses, as the system counts it.
 */
#pragma once

#include <stdint.h>

/* A size that the system does not tell is 0. */
struct process_stat {
    double cpu_s; /* user and system, all threads */
    uint64_t resident_bytes, virtual_bytes;
    uint64_t open_files, open_files_max;
    uint64_t threads;
};

struct process_stat process_stat_read(void);

/* The one of them that is asked often. */
uint64_t process_stat_resident_bytes(void);
