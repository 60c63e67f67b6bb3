#include "tests/bench/open_options.h"

#include "tests/bench/option_table.h"
#include "tests/bench/population.h"
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct open_options, member)

static const struct option_text texts[] = {
    {"--rate", AT(rate), "RATE:SECONDS,RATE:SECONDS,... requests a second, phase by phase"},
    {"--aois", AT(places), "with --rate: a file of AOI codes, one a line, the busiest first"},
    {"--interface", AT(interfaces), "NAME=SHARE,NAME=SHARE,... (default checkout=1)"},
    {"--query", AT(query), "appended to each query as it is, such as \"&tier=gold\""},
    {"--trace", AT(trace), "instead of --rate: a file of lines OFFSET_US TARGET, replayed at these times"},
};

static const struct option_decimal decimals[] = {
    {"--aoi-zipf", AT(aoi_exponent), 1, 0, ZIPF_EXPONENT_MAX, "exponent of the places' law; 0: all alike"},
    {"--user-zipf", AT(user_exponent), 0, 0, ZIPF_EXPONENT_MAX, "exponent of the users' law; 0: all alike"},
    {"--speed", AT(speed), 1, 0.01, 1000, "how many times faster a trace is replayed"},
};

static const struct option_number numbers[] = {
    {"--users", AT(users), 200000, 1, ZIPF_COUNT_MAX, "users that there are"},
    {"--connections", AT(connections), 64, 1, 4096, "keep-alive connections"},
    {"--waiting-max", AT(waiting_max), 65536, 0, 1000000, "requests that may wait for a connection; past it: unsent"},
    {"--window-ms", AT(window_ms), 100, 10, 60000, "length of a window of the time line"},
    {"--seed", AT(seed), 1, 0, UINT64_MAX, "of who asks what"},
};

static const struct option_table table = {.program = "bench_open",
                                          .numbers = numbers,
                                          .decimals = decimals,
                                          .texts = texts,
                                          .numbers_count = OPTION_TABLE_COUNT(numbers),
                                          .decimals_count = OPTION_TABLE_COUNT(decimals),
                                          .texts_count = OPTION_TABLE_COUNT(texts)};

void open_options_print_help(void)
{
    puts("usage: bench_open 127.0.0.1:PORT (--rate PHASES --aois FILE | --trace FILE) [OPTION VALUE]...\n"
         "An open loop of HTTP requests on keep-alive connections, loopback only: they leave on a fixed schedule, and\n"
         "latencies count from the time each was due. Prints one JSON object; SIGINT and SIGTERM end the run early.\n"
         "Exit: 0 all answered 200, 1 some were not, 2 usage.\n");
    option_table_print(&table);
}

static bool is_consistent(const struct open_options *options)
{
    if (!options->rate == !options->trace) {
        return option_table_refuse(&table, "--rate, --trace", "exactly one is needed");
    }
    if (!options->places == !options->trace) {
        return option_table_refuse(&table, "--aois", "needed with --rate, and only there");
    }
    if (strlen(options->query) > POPULATION_QUERY_MAX) {
        return option_table_refuse(&table, "--query", "longer than POPULATION_QUERY_MAX");
    }
    return true;
}

bool open_options_parse(int argc, char **argv, struct open_options *ret_options)
{
    struct open_options options = {.interfaces = "checkout=1", .query = ""};

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
    if (!option_table_parse(&table, argv + 2, &options) || !is_consistent(&options)) {
        return false;
    }
    *ret_options = options;
    return true;
}
