/*
 * command.h - what promoctl can do: one row a command, one file a row.
 *
 * A command gets its own arguments, argv[0] being "promoctl NAME", parses them with getopt_long and returns the
 * program's exit status. Results go to stdout, all else to stderr; main flushes stdout and answers for write errors.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/text.h"

enum {
    STATUS_DONE = 0,
    STATUS_FAILED = 1, /* refused, or could not be done */
    STATUS_USAGE = 2,
};

/* As the setting limits.max_candidates of the gateway. */
enum { CANDIDATES_MAX_DEFAULT = 20000 };

struct command {
    const char *name, *arguments, *summary;
    int (*run)(const struct command *command, int argc, char **argv);
    const char *help; /* what --help says beneath the usage */
};

int command_check(const struct command *command, int argc, char **argv);
int command_evaluate(const struct command *command, int argc, char **argv);
int command_replay(const struct command *command, int argc, char **argv);
int command_publish(const struct command *command, int argc, char **argv);
int command_releases(const struct command *command, int argc, char **argv);
int command_show(const struct command *command, int argc, char **argv);
int command_diff(const struct command *command, int argc, char **argv);
int command_rollback(const struct command *command, int argc, char **argv);
int command_export(const struct command *command, int argc, char **argv);
int command_degrade(const struct command *command, int argc, char **argv);
int command_gc(const struct command *command, int argc, char **argv);

/* For --help, on stdout. */
int command_help(const struct command *command);

/* After a wrong option or argument: the reason (NULL: getopt_long has told it) and the usage, on stderr. */
int command_misused(const struct command *command, const char *reason);

/* The reason on stderr, as "promoctl NAME: reason"; STATUS_FAILED. */
int command_failed(const struct command *command, const char *reason);

/* What a command has to say, to stdout, and cleared; STATUS_FAILED when memory ended meanwhile. */
int command_print(const struct command *command, struct text *text);

/* Digits and nothing else, from `least` to `most`. */
bool command_parse_number(const char *argument, uint64_t least, uint64_t most, uint64_t *ret_number);

/* A count from 1 to 2^32 - 1, and nothing else. */
bool command_parse_count(const char *argument, uint32_t *ret_count);

/* A release's number, from `least` to 2^53 - 1. */
bool command_parse_release(const char *argument, uint64_t least, uint64_t *ret_release);

/* From 1; "current" gives 0. */
bool command_parse_release_or_current(const char *argument, uint64_t *ret_release);
