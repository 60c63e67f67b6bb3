#pragma once
/* What bench_load was asked to do: its command line. Every number has a range, printed by --help. */

#include "tests/bench/loopback.h"
#include <stdbool.h>
#include <stdint.h>

struct load_options {
    struct loopback server;
    const char *targets_file; /* exactly one of these two */
    const char *bodies_file;
    const char *target; /* of the POSTs */
    uint64_t connections;
    uint64_t requests;
    uint64_t warmup_requests;
    uint64_t seconds;
    uint64_t idle_ms; /* how long the idle process is watched before the load */
    uint64_t pid;     /* 0: no CPU accounting */
    bool help;
};

void load_options_print_help(void);

/* False after saying on stderr what is wrong. */
bool load_options_parse(int argc, char **argv, struct load_options *ret_options);
