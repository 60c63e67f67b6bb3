#include "publish/degrade_options.h"

#include <stdlib.h>

#include "cache/switch_document.h"
#include "degrade/switch_ruling.h"
#include "publish/duration.h"

enum degrade_option {
    OPTION_INTERFACE = 3000,
    OPTION_REASON,
    OPTION_TTL,
    OPTION_DRILL,
    OPTION_JSON,
    OPTION_ADMIN,
    OPTION_TOKEN_FILE,
};

static const char *take_admin(struct degrade_options *options, const char *argument)
{
    if (options->url_count == GATEWAY_LIST_URLS_MAX) {
        return "--admin may be given 64 times";
    }
    const char *fault = gateway_list_parse_url(argument, &options->urls[options->url_count]);
    if (fault == NULL) {
        options->url_count++;
        options->is_admin = true;
    }
    return fault;
}

static const char *take(void *own, int name, const char *argument)
{
    struct degrade_options *options = own;
    switch ((enum degrade_option)name) {
    case OPTION_INTERFACE:
        options->interface = argument;
        return switch_document_is_name(slice_of(argument))
                   ? NULL
                   : "--interface takes 1 to 64 bytes of UTF-8 without control characters";
    case OPTION_REASON:
        options->reason = argument;
        return switch_document_is_note(slice_of(argument))
                   ? NULL
                   : "--reason takes up to 256 bytes of UTF-8 without control characters";
    case OPTION_TTL:
        return duration_parse(argument, DEGRADE_TTL_MAX_S, &options->ttl_s)
                   ? NULL
                   : "--ttl takes a time like 90s, 30m or 2h, up to 720h";
    case OPTION_DRILL:
        options->is_drill = true;
        return NULL;
    case OPTION_JSON:
        options->is_json = true;
        return NULL;
    case OPTION_ADMIN:
        return take_admin(options, argument);
    case OPTION_TOKEN_FILE:
        options->token_file = argument;
        return NULL;
    }
    abort(); /* every option is above */
}

/* NULL, or what does not go together. */
static const char *fault_of(const struct degrade_options *options)
{
    bool is_on = !options->is_status && options->mode == SWITCH_ON;
    bool is_never = !options->is_status && options->mode == SWITCH_NEVER;
    if (options->is_admin && options->connection.is_named) {
        return "give --admin or --redis, not both";
    }
    if (options->is_drill && !is_on) {
        return "--drill goes with on";
    }
    if (is_never && (options->ttl_s == 0 || options->ttl_s > SWITCH_NEVER_S_MAX)) {
        return "never needs a --ttl of at most 1h: it takes the breaker away";
    }
    if (options->ttl_s > 0 && !is_on && !is_never) {
        return "--ttl goes with on and never";
    }
    if (options->reason[0] != '\0' && options->is_status) {
        return "--reason goes with on, auto and never";
    }
    return NULL;
}

int degrade_options_parse(struct degrade_options *options, const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"interface", required_argument, NULL, OPTION_INTERFACE},
                                          {"reason", required_argument, NULL, OPTION_REASON},
                                          {"ttl", required_argument, NULL, OPTION_TTL},
                                          {"drill", no_argument, NULL, OPTION_DRILL},
                                          {"json", no_argument, NULL, OPTION_JSON},
                                          {"admin", required_argument, NULL, OPTION_ADMIN},
                                          {"token-file", required_argument, NULL, OPTION_TOKEN_FILE},
                                          CONNECTION_OPTION_ROWS};
    *options = (struct degrade_options){.interface = "*", .reason = "", .token_file = getenv("PROMOGATE_TOKEN_FILE")};
    const struct connection_syntax syntax = {.names = names,
                                             .take = take,
                                             .own = options,
                                             .operand_count = 1,
                                             .operands_reason = "say on, auto, never or status",
                                             .is_elsewhere = &options->is_admin};
    int status = connection_options_parse(&options->connection, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    options->is_status = strcmp(argv[optind], "status") == 0;
    if (!options->is_status && !switch_mode_of(argv[optind], &options->mode)) {
        return command_misused(command, syntax.operands_reason);
    }
    const char *fault = fault_of(options);
    return fault == NULL ? CONNECTION_OPTIONS_TAKEN : command_misused(command, fault);
}
