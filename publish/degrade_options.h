/*
 * degrade_options.h - what `promoctl degrade` is asked to do, checked before anything is sent.
 *
 *     on|auto|never|status   --interface NAME, --reason TEXT, --ttl TIME, --drill, --json
 *     --admin URL...         each gateway that the URLs lead to; --token-file FILE
 *     --redis URL            the namespace's key (connection_options.h)
 */
#pragma once

#include "degrade/switch_mode.h"
#include "publish/connection_options.h"
#include "publish/gateway_list.h"

enum {
    DEGRADE_TTL_MAX_S = 30 * 24 * 3600, /* what shall last longer belongs into the configuration */
};

struct degrade_options {
    bool is_status;
    enum switch_mode mode; /* when it is not */
    const char *interface; /* "*": all */
    const char *reason;    /* "": none */
    uint32_t ttl_s;        /* 0: no end */
    bool is_drill, is_json;
    const char *token_file; /* NULL: no token */
    struct gateway_url urls[GATEWAY_LIST_URLS_MAX];
    uint32_t url_count;
    bool is_admin; /* there are URLs; otherwise the connection counts */
    struct connection_options connection;
};

#define DEGRADE_OPTION_USAGE                                                                                           \
    "on|auto|never|status [--interface NAME] [--reason TEXT] [--ttl TIME] (--admin URL... | --redis URL)"

#define DEGRADE_OPTION_HELP                                                                                            \
    "  --interface NAME      of this interface only (*: all of them)\n"                                                \
    "  --reason TEXT         why, up to 256 bytes; gateways and the next operator see it\n"                            \
    "  --ttl TIME            it ends by itself after that: 90s, 30m, 2h, up to 720h; never needs one up to 1h\n"       \
    "  --drill               of on: change nothing, let gateways count what it would do\n"                             \
    "  --json                one JSON object\n"                                                                        \
    "  --admin URL           http://host:port or https://host:port of a gateway's admin listener; every address "      \
    "that\n"                                                                                                           \
    "                        the name resolves to is asked. Up to 64 times\n"                                          \
    "  --token-file FILE     holds the gateways' admin token; else PROMOGATE_TOKEN_FILE of the environment\n"

/* CONNECTION_OPTIONS_TAKEN, or the exit status: help was shown, or the misuse was told. */
int degrade_options_parse(struct degrade_options *options, const struct command *command, int argc, char **argv);
