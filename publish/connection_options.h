/*
 * connection_options.h - how a command reaches Redis, from its arguments and the environment.
 *
 *     --redis URL        redis_url.h; without it the environment's PROMOGATE_REDIS
 *     --user, --password-file, --ca-file, --cert-file, --key-file, --timeout
 *
 * A command names its own options and takes them one by one; those of the connection are taken here:
 *
 *     static const struct option names[] = {{"json", no_argument, NULL, 'j'}, CONNECTION_OPTION_ROWS};
 *     struct connection_syntax syntax = {names, take, &own, 1, "give one RELEASE"};
 *     int status = connection_options_parse(&options, command, argc, argv, &syntax);
 *     if (status != CONNECTION_OPTIONS_TAKEN) return status;          argv[optind] is the first operand
 */
#pragma once

#include <getopt.h>

#include "cache/redis_client.h"
#include "publish/command.h"

enum {
    CONNECTION_TIMEOUT_MS_DEFAULT = 2000,
    CONNECTION_TIMEOUT_MS_MIN = 10,
    CONNECTION_TIMEOUT_MS_MAX = 600000,
};

/* In place of an exit status: all is well. */
enum { CONNECTION_OPTIONS_TAKEN = -1 };

struct connection_options {
    struct redis_url url;
    const char *user, *password_file, *ca_file, *cert_file, *key_file; /* NULL: not given */
    uint32_t timeout_ms;
    bool is_named; /* --redis was an argument */
};

/* One option of the command's own; NULL, or what is wrong with its argument. */
typedef const char *option_taker(void *own, int name, const char *argument);

struct connection_syntax {
    const struct option *names; /* with CONNECTION_OPTION_ROWS at the end */
    option_taker *take;
    void *own;
    int operand_count;
    const char *operands_reason; /* when there are more or fewer */
    const bool *is_elsewhere;    /* true: no Redis is asked after all, and no URL read; NULL: always one */
};

enum connection_option {
    CONNECTION_OPTION_REDIS = 1000, /* above what characters are */
    CONNECTION_OPTION_USER,
    CONNECTION_OPTION_PASSWORD_FILE,
    CONNECTION_OPTION_CA_FILE,
    CONNECTION_OPTION_CERT_FILE,
    CONNECTION_OPTION_KEY_FILE,
    CONNECTION_OPTION_TIMEOUT,
};

#define CONNECTION_OPTION_ROWS                                                                                         \
    {"redis", required_argument, NULL, CONNECTION_OPTION_REDIS},                                                       \
        {"user", required_argument, NULL, CONNECTION_OPTION_USER},                                                     \
        {"password-file", required_argument, NULL, CONNECTION_OPTION_PASSWORD_FILE},                                   \
        {"ca-file", required_argument, NULL, CONNECTION_OPTION_CA_FILE},                                               \
        {"cert-file", required_argument, NULL, CONNECTION_OPTION_CERT_FILE},                                           \
        {"key-file", required_argument, NULL, CONNECTION_OPTION_KEY_FILE},                                             \
        {"timeout", required_argument, NULL, CONNECTION_OPTION_TIMEOUT}, {"help", no_argument, NULL, 'h'},             \
    {                                                                                                                  \
        NULL, 0, NULL, 0                                                                                               \
    }

#define CONNECTION_OPTION_USAGE "--redis URL"

#define CONNECTION_OPTION_HELP                                                                                         \
    "  --redis URL           redis://[user:password@]host:port[/db]?namespace=NAME, rediss:// for TLS,\n"              \
    "                        redis+sentinel://host:port,host:port/MASTER; else PROMOGATE_REDIS of the environment,\n"  \
    "                        which other users of the machine cannot read\n"                                           \
    "  --user NAME           the ACL user, instead of the URL's\n"                                                     \
    "  --password-file FILE  its first line is the password, instead of the URL's\n"                                   \
    "  --ca-file FILE, --cert-file FILE, --key-file FILE\n"                                                            \
    "                        for TLS: whom to trust (the system's authorities), and who we are (nobody)\n"             \
    "  --timeout MS          to connect, and for each exchange, 10 to 600000 (2000)\n"                                 \
    "  --help                this text\n"

/* CONNECTION_OPTIONS_TAKEN, or the exit status: help was shown, or the misuse was told. */
int connection_options_parse(struct connection_options *options, const struct command *command, int argc, char **argv,
                             const struct connection_syntax *syntax);
