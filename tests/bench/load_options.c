#include "tests/bench/load_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The numbers, a row each. */
static const struct number {
    const char *name;
    size_t offset;
    uint64_t preset;
    uint64_t min;
    uint64_t max;
    const char *help;
} numbers[] = {
    {"--connections", offsetof(struct load_options, connections), 16, 1, 4096, "keep-alive connections"},
    {"--requests", offsetof(struct load_options, requests), 100000, 1, 100000000, "stop after so many requests"},
    {"--seconds", offsetof(struct load_options, seconds), 10, 1, 600, "... or after so many seconds"},
    {"--warm-up", offsetof(struct load_options, warmup_requests), 0, 0, 100000000, "requests before the counted ones"},
    {"--idle-ms", offsetof(struct load_options, idle_ms), 0, 0, 60000, "watch the idle process first, take it off"},
    {"--cpu-of", offsetof(struct load_options, pid), 0, 0, 1 << 22, "account for the CPU time of this process"},
};

static const struct text {
    const char *name;
    size_t offset;
    const char *help;
} texts[] = {
    {"--get", offsetof(struct load_options, targets_file), "a file of request targets, one a line"},
    {"--post", offsetof(struct load_options, bodies_file), "a file of JSON bodies, one a line"},
    {"--target", offsetof(struct load_options, target), "where --post sends them (default /v1/evaluate)"},
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

void load_options_print_help(void)
{
    puts("usage: bench_load 127.0.0.1:PORT (--get FILE | --post FILE) [OPTION VALUE]...\n"
         "A closed loop of HTTP requests on keep-alive connections, loopback only; prints one JSON object.\n"
         "Exit: 0 all answered 200, 1 some were not, 2 usage.\n");
    for (size_t i = 0; i < COUNT(texts); i++) {
        printf("  %-14s %s\n", texts[i].name, texts[i].help);
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        printf("  %-14s %s (%" PRIu64 "..%" PRIu64 ", default %" PRIu64 ")\n", numbers[i].name, numbers[i].help,
               numbers[i].min, numbers[i].max, numbers[i].preset);
    }
}

static bool refuse(const char *what, const char *why)
{
    fprintf(stderr, "bench_load: %s: %s\n", what, why);
    return false;
}

static bool address_parse(const char *text, struct load_options *options)
{
    char host[16];
    const char *colon = strrchr(text, ':');
    char *end;

    if (!colon || colon == text || (size_t)(colon - text) >= sizeof host || strlen(text) >= sizeof options->host) {
        return refuse(text, "expected IPv4:PORT");
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    long port = strtol(colon + 1, &end, 10);
    if (port < 1 || port > 65535 || *end != '\0' || inet_pton(AF_INET, host, &options->address.sin_addr) != 1) {
        return refuse(text, "expected IPv4:PORT");
    }
    if (ntohl(options->address.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) {
        return refuse(text, "only loopback addresses are loaded");
    }
    options->address.sin_family = AF_INET;
    options->address.sin_port = htons((uint16_t)port);
    strcpy(options->host, text);
    return true;
}

static bool number_parse(const struct number *number, const char *value, struct load_options *options)
{
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(value, &end, 10);
    if (errno || end == value || *end != '\0' || *value == '-' || parsed < number->min || parsed > number->max) {
        return refuse(number->name, "not a number in its range");
    }
    memcpy((char *)options + number->offset, &(uint64_t){parsed}, sizeof(uint64_t));
    return true;
}

static bool option_parse(const char *name, const char *value, struct load_options *options)
{
    if (!value) {
        return refuse(name, "unknown, or without its value");
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            return number_parse(&numbers[i], value, options);
        }
    }
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (strcmp(name, texts[i].name) == 0) {
            memcpy((char *)options + texts[i].offset, &value, sizeof value);
            return true;
        }
    }
    return refuse(name, "unknown");
}

bool load_options_parse(int argc, char **argv, struct load_options *ret_options)
{
    struct load_options options = {.target = "/v1/evaluate"};

    for (size_t i = 0; i < COUNT(numbers); i++) {
        memcpy((char *)&options + numbers[i].offset, &numbers[i].preset, sizeof(uint64_t));
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        options.help = true;
        *ret_options = options;
        return true;
    }
    if (argc < 2) {
        return refuse("address", "missing; see --help");
    }
    if (!address_parse(argv[1], &options)) {
        return false;
    }
    for (int i = 2; i < argc; i += 2) {
        if (!option_parse(argv[i], argv[i + 1], &options)) {
            return false;
        }
    }
    if (!options.targets_file == !options.bodies_file) {
        return refuse("--get, --post", "exactly one is needed");
    }
    *ret_options = options;
    return true;
}
