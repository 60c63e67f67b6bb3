#include "service/options.h"

#include <getopt.h>

static const char help[] =
    "Usage: promogate [-c FILE] [--check | --print-config | --print-settings | --version | --help]\n"
    "Decides over HTTP which offers a user gets at a place, now.\n"
    "\n"
    "  -c, --config FILE    the configuration (default: promogate.conf)\n"
    "      --check          validate the configuration and the policy source; exit 0 or 1\n"
    "      --print-config   print every setting in force, with unit, range and meaning; defaults without a file\n"
    "      --print-settings print the settings as a Markdown table\n"
    "      --version        print the version\n"
    "  -h, --help           print this\n"
    "\n"
    "Signals: TERM and INT drain and exit 0 (a second one exits at once), HUP reloads the configuration.\n"
    "Exit status: 0 done, 1 refused or failed, 2 usage.\n";

void options_print_help(FILE *out)
{
    fputs(help, out);
}

struct options options_parse(int argc, char **argv)
{
    enum { CHECK = 256, PRINT_CONFIG, PRINT_SETTINGS, VERSION };
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, CHECK},
        {"print-config", no_argument, NULL, PRINT_CONFIG},
        {"print-settings", no_argument, NULL, PRINT_SETTINGS},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.command = OPTIONS_SERVE, .config_path = "promogate.conf"};
    for (int option; (option = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;) {
        switch (option) {
        case 'c':
            options.config_path = optarg;
            options.has_config_path = true;
            break;
        case CHECK:
            options.command = OPTIONS_CHECK;
            break;
        case PRINT_CONFIG:
            options.command = OPTIONS_PRINT_CONFIG;
            break;
        case PRINT_SETTINGS:
            options.command = OPTIONS_PRINT_SETTINGS;
            break;
        case VERSION:
            options.command = OPTIONS_VERSION;
            break;
        case 'h':
            options.command = OPTIONS_HELP;
            break;
        default:
            options.command = OPTIONS_WRONG;
            return options;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "promogate: unexpected argument: %s\n", argv[optind]);
        options.command = OPTIONS_WRONG;
    }
    return options;
}
