#include "tests/bench/load_options.h"

#include "tests/bench/option_table.h"
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct load_options, member)

static const struct option_number numbers[] = {
    {"--connections", AT(connections), 16, 1, 4096, "keep-alive connections"},
    {"--requests", AT(requests), 100000, 1, 100000000, "stop after so many requests"},
    {"--seconds", AT(seconds), 10, 1, 600, "... or after so many seconds"},
    {"--warm-up", AT(warmup_requests), 0, 0, 100000000, "requests before the counted ones"},
    {"--idle-ms", AT(idle_ms), 0, 0, 60000, "watch the idle process first, take it off"},
    {"--cpu-of", AT(pid), 0, 0, 1 << 22, "account for the CPU time of this process"},
};

static const struct option_text texts[] = {
    {"--get", AT(targets_file), "a file of request targets, one a line"},
    {"--post", AT(bodies_file), "a file of JSON bodies, one a line"},
    {"--target", AT(target), "where --post sends them (default /v1/evaluate)"},
};

static const struct option_table table = {.program = "bench_load",
                                          .numbers = numbers,
                                          .numbers_count = OPTION_TABLE_COUNT(numbers),
                                          .texts = texts,
                                          .texts_count = OPTION_TABLE_COUNT(texts)};

void load_options_print_help(void)
{
    puts("usage: bench_load 127.0.0.1:PORT (--get FILE | --post FILE) [OPTION VALUE]...\n"
         "A closed loop of HTTP requests on keep-alive connections, loopback only; prints one JSON object.\n"
         "Exit: 0 all answered 200, 1 some were not, 2 usage.\n");
    option_table_print(&table);
}

bool load_options_parse(int argc, char **argv, struct load_options *ret_options)
{
    struct load_options options = {.target = "/v1/evaluate"};

    option_table_fill(&table, &options);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        options.help = true;
        *ret_options = options;
        return true;
    }
    if (argc < 2) {
        return option_table_refuse(&table, "address", "missing; see --help");
    }
    const char *problem = loopback_parse(argv[1], &options.server);
    if (problem) {
        return option_table_refuse(&table, argv[1], problem);
    }
    if (!option_table_parse(&table, argv + 2, &options)) {
        return false;
    }
    if (!options.targets_file == !options.bodies_file) {
        return option_table_refuse(&table, "--get, --post", "exactly one is needed");
    }
    *ret_options = options;
    return true;
}
