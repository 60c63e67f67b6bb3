/*
 * options.h - promogate's command line.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum options_command {
    OPTIONS_SERVE,
    OPTIONS_CHECK,
    OPTIONS_PRINT_CONFIG,
    OPTIONS_PRINT_SETTINGS,
    OPTIONS_VERSION,
    OPTIONS_HELP,
    OPTIONS_WRONG, /* said on stderr */
};

struct options {
    enum options_command command;
    const char *config_path; /* promogate.conf unless -c says otherwise */
    bool has_config_path;
};

struct options options_parse(int argc, char **argv);
void options_print_help(FILE *out);
