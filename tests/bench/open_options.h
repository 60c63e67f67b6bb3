#pragma once
/* What bench_open was asked to do: its command line. Every number has a range, printed by --help. */

#include "tests/bench/loopback.h"
#include <stdbool.h>
#include <stdint.h>

struct open_options {
    struct loopback server;
    const char *rate;   /* RATE:SECONDS,...; this and places, or a trace */
    const char *places; /* file of AOI codes */
    const char *trace;  /* file */
    const char *interfaces;
    const char *query;
    double aoi_exponent, user_exponent;
    double speed; /* of a trace */
    uint64_t users;
    uint64_t connections;
    uint64_t waiting_max;
    uint64_t window_ms;
    uint64_t seed;
    bool help;
};

void open_options_print_help(void);

/* False after saying on stderr what is wrong. */
bool open_options_parse(int argc, char **argv, struct open_options *ret_options);
