#include <stdio.h>
#include <stdlib.h>

#include "service/check.h"
#include "service/complaint.h"
#include "service/config.h"
#include "service/options.h"
#include "service/serve.h"

enum { EXIT_USAGE = 2, PRINT_BYTES_MAX = 1024 * 1024 };

static int put(struct text *text)
{
    bool is_written = !text->failed && fwrite(text->bytes, 1, text->length, stdout) == text->length;
    text_clear(text);
    return is_written && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int print_settings(void)
{
    struct text text;
    text_init(&text, PRINT_BYTES_MAX);
    config_print_markdown(&text);
    return put(&text);
}

/* Without -c and without a promogate.conf here: the defaults. */
static int print_config(const struct options *options)
{
    struct text text;
    text_init(&text, PRINT_BYTES_MAX);
    FILE *file = options->has_config_path ? NULL : fopen(options->config_path, "re");
    if (file == NULL && !options->has_config_path) {
        config_print_defaults(&text);
        return put(&text);
    }
    if (file != NULL) {
        fclose(file);
    }
    struct config_errors errors;
    struct config *config = config_load(options->config_path, &errors);
    if (config == NULL) {
        complaint_print_config(&errors);
        return EXIT_FAILURE;
    }
    config_print(&text, config);
    config_free(config);
    return put(&text);
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    switch (options.command) {
    case OPTIONS_SERVE:
        return serve_run(options.config_path);
    case OPTIONS_CHECK:
        return check_run(options.config_path);
    case OPTIONS_PRINT_CONFIG:
        return print_config(&options);
    case OPTIONS_PRINT_SETTINGS:
        return print_settings();
    case OPTIONS_VERSION:
        puts("promogate " PROMOGATE_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_HELP:
        options_print_help(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        options_print_help(stderr);
        return EXIT_USAGE;
    }
    return EXIT_USAGE;
}
