/*
 * process_stat.h - what the process uses, as the system counts it.
 */
#pragma once

#include <stdint.h>

struct process_stat {
    double cpu_s;            /* user and system, all threads */
    uint64_t resident_bytes; /* 0 where the system does not tell */
    uint64_t open_files;     /* likewise */
};

struct process_stat process_stat_read(void);

/* The one of the three that is asked often. */
uint64_t process_stat_resident_bytes(void);
