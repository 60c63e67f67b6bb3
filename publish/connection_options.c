#include "publish/connection_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file names that redis_client takes are as long as this. */
enum { PATH_BYTES = sizeof(((struct redis_client_options *)NULL)->password_file) };

static const char *take_path(const char **ret_path, const char *argument)
{
    if (argument[0] == '\0' || strlen(argument) >= PATH_BYTES) {
        return "a file's name has 1 to 4095 bytes";
    }
    *ret_path = argument;
    return NULL;
}

static const char *take_user(struct connection_options *options, const char *argument)
{
    if (argument[0] == '\0' || strlen(argument) >= sizeof(options->url.user)) {
        return "--user takes a name of 1 to 511 bytes";
    }
    options->user = argument;
    return NULL;
}

static const char *take_timeout(struct connection_options *options, const char *argument)
{
    uint32_t timeout_ms;
    if (!command_parse_count(argument, &timeout_ms) || timeout_ms < CONNECTION_TIMEOUT_MS_MIN ||
        timeout_ms > CONNECTION_TIMEOUT_MS_MAX) {
        return "--timeout takes milliseconds from 10 to 600000";
    }
    options->timeout_ms = timeout_ms;
    return NULL;
}

static const char *take_url(struct connection_options *options, const char *argument)
{
    const char *reason;
    static char fault[256];
    if (redis_url_parse(slice_of(argument), &options->url, &reason)) {
        return NULL;
    }
    snprintf(fault, sizeof(fault), "the URL of Redis %s", reason);
    return fault;
}

static const char *take_own(struct connection_options *options, enum connection_option name, const char **ret_url,
                            const char *argument)
{
    switch (name) {
    case CONNECTION_OPTION_REDIS:
        options->is_named = true;
        *ret_url = argument;
        return NULL;
    case CONNECTION_OPTION_USER:
        return take_user(options, argument);
    case CONNECTION_OPTION_PASSWORD_FILE:
        return take_path(&options->password_file, argument);
    case CONNECTION_OPTION_CA_FILE:
        return take_path(&options->ca_file, argument);
    case CONNECTION_OPTION_CERT_FILE:
        return take_path(&options->cert_file, argument);
    case CONNECTION_OPTION_KEY_FILE:
        return take_path(&options->key_file, argument);
    case CONNECTION_OPTION_TIMEOUT:
        return take_timeout(options, argument);
    }
    abort(); /* every option is above */
}

int connection_options_parse(struct connection_options *options, const struct command *command, int argc, char **argv,
                             const struct connection_syntax *syntax)
{
    *options = (struct connection_options){.timeout_ms = CONNECTION_TIMEOUT_MS_DEFAULT};
    const char *url = getenv("PROMOGATE_REDIS");
    for (int name = 0; (name = getopt_long(argc, argv, "h", syntax->names, NULL)) != -1;) {
        if (name == 'h') {
            return command_help(command);
        }
        if (name == '?') {
            return command_misused(command, NULL);
        }
        const char *fault = name >= CONNECTION_OPTION_REDIS && name <= CONNECTION_OPTION_TIMEOUT
                                ? take_own(options, (enum connection_option)name, &url, optarg)
                                : syntax->take(syntax->own, name, optarg);
        if (fault != NULL) {
            return command_misused(command, fault);
        }
    }
    if (argc - optind != syntax->operand_count) {
        return command_misused(command, syntax->operands_reason);
    }
    if (syntax->is_elsewhere != NULL && *syntax->is_elsewhere) {
        return CONNECTION_OPTIONS_TAKEN;
    }
    const char *fault = url == NULL ? "--redis URL is missing, and PROMOGATE_REDIS is not set" : take_url(options, url);
    return fault == NULL ? CONNECTION_OPTIONS_TAKEN : command_misused(command, fault);
}
