#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "publish/activation.h"
#include "publish/connection_options.h"
#include "publish/degrade_options.h"

static const struct command commands[] = {
    {
        .name = "check",
        .arguments = "[--json] [--max-candidates N] DIR",
        .summary = "validate a policy set",
        .run = command_check,
        .help =
            "Reads the policy set in DIR as the gateway does and compiles it. A good set: one line with its facts,\n"
            "status 0. A bad one: every problem on a line of its own, `file: pointer: reason`, status 1.\n"
            "\n"
            "  --json              one JSON object: {\"problems\": [...], \"facts\": {...}}\n"
            "  --max-candidates N  the most policies that one evaluation may have to look at (20000)\n"
            "  --help              this text\n",
    },
    {
        .name = "evaluate",
        .arguments = "--policies DIR [--at RFC3339] [--explain] [--max-candidates N] [FILE]",
        .summary = "decide for contexts, one JSON object a line",
        .run = command_evaluate,
        .help =
            "Reads contexts from FILE (or stdin), one JSON object a line, and writes one decision a line, in order,\n"
            "by the same engine as the gateway; an invalid context gives its problem object. Blank lines are\n"
            "skipped. Any interface name is accepted; the default is checkout. There is no decision_id, and\n"
            "release is 0.\n"
            "\n"
            "  --policies DIR      the policy set\n"
            "  --at RFC3339        the time of the decisions, like 2026-02-12T20:00:00+08:00 (now)\n"
            "  --explain           add \"reasons\": what became of each policy, by id\n"
            "  --max-candidates N  the most policies that one evaluation may have to look at (20000)\n"
            "  --help              this text\n",
    },
    {
        .name = "replay",
        .arguments = "--policies DIR [--json] [--differences N] [--max-candidates N] LOG...",
        .summary = "answer a decision log again, and tell what differs",
        .run = command_replay,
        .help =
            "Reads decision logs of a gateway in the order given (- is stdin), answers each line again from the "
            "policy\n"
            "set in DIR, by the same engine and at the line's own time, and compares the answers byte for byte, but "
            "for\n"
            "decision_id and release. Degraded lines hold fallbacks, not the engine's answers: they are counted by\n"
            "cause. A last line that a killed gateway has not finished is told as torn, and is no failure.\n"
            "\n"
            "With the set that answered it proves that a log and its policies belong together. With an edited copy it\n"
            "tells what the change would have cost: the discounts of the log's lines before and now, and which\n"
            "decisions change. A directory has one number on every gateway, that of its content; a release of Redis "
            "has\n"
            "its own: `promoctl export RELEASE DIR` writes its set.\n"
            "\n"
            "  --policies DIR      the policy set\n"
            "  --json              one JSON object: counts, sums, {\"differences\": [...], \"problems\": [...]}\n"
            "  --differences N     tell the first N differences, 0 to 10000 (10)\n"
            "  --max-candidates N  the most policies that one evaluation may have to look at (20000)\n"
            "  --help              this text\n"
            "\n"
            "exit status: 0 all answers are the same, 1 one differs or a line is unreadable, 2 wrong usage\n",
    },
    {
        .name = "publish",
        .arguments = "DIR " CONNECTION_OPTION_USAGE " [OPTION...]",
        .summary = "put a policy set in force, in Redis",
        .run = command_publish,
        .help =
            "Validates the policy set in DIR as check does, writes the pieces of it that Redis lacks, verifies them "
            "and\n"
            "swaps the root, if nobody else did meanwhile. What is refused changes nothing; whenever it is killed, "
            "the\n"
            "old release or the new one is in force. Content that is in force already gets no new release.\n"
            "\n" ACTIVATION_OPTION_HELP
            "  --release N           its number, instead of the next: after Redis lost data. Above all that are there\n"
            "  --replicas N          wait until N replicas have the pieces (0)\n"
            "  --max-candidates N    the most policies that one evaluation may have to look at (20000)\n"
            "  --gateways N, --window-s N\n"
            "                        whom to project the bytes for: N gateways (10000) that fetch within N s (10)\n"
            "  --dry-run             say what would be done\n" CONNECTION_OPTION_HELP,
    },
    {
        .name = "releases",
        .arguments = CONNECTION_OPTION_USAGE " [--json]",
        .summary = "list the last 50 releases",
        .run = command_releases,
        .help = "Newest first.\n"
                "\n"
                "  --json                {\"in_force\": N, \"releases\": [...]}\n" CONNECTION_OPTION_HELP,
    },
    {
        .name = "show",
        .arguments = "RELEASE " CONNECTION_OPTION_USAGE " [--json]",
        .summary = "tell what a release is and which documents it has",
        .run = command_show,
        .help = "RELEASE is a number, or `current`.\n"
                "\n"
                "  --json                {\"facts\": {...}, \"documents\": [...]}\n" CONNECTION_OPTION_HELP,
    },
    {
        .name = "diff",
        .arguments = "RELEASE RELEASE " CONNECTION_OPTION_USAGE " [--json]",
        .summary = "tell what changed between two releases",
        .run = command_diff,
        .help =
            "Policies by id: + added, - removed, ~ changed and what in them, = only the file renamed. RELEASE is a\n"
            "number, or `current`. Lists of strings are compared as sets.\n"
            "\n"
            "  --json                {\"differences\": [...]}, values in full\n" CONNECTION_OPTION_HELP,
    },
    {
        .name = "rollback",
        .arguments = "RELEASE " CONNECTION_OPTION_USAGE " [OPTION...]",
        .summary = "put the content of an older release in force",
        .run = command_rollback,
        .help =
            "A new release with the content of RELEASE; gateways fetch next to nothing. All its pieces must still be\n"
            "there.\n"
            "\n" ACTIVATION_OPTION_HELP CONNECTION_OPTION_HELP,
    },
    {
        .name = "export",
        .arguments = "RELEASE DIR " CONNECTION_OPTION_USAGE,
        .summary = "write the documents of a release to a folder",
        .run = command_export,
        .help = "Byte for byte as they were published. RELEASE is a number, or `current`; DIR is empty, or not there.\n"
                "\n" CONNECTION_OPTION_HELP,
    },
    {
        .name = "degrade",
        .arguments = DEGRADE_OPTION_USAGE,
        .summary = "switch interfaces to their fallback, and back",
        .run = command_degrade,
        .help =
            "on: always the fallback; never: never, whatever the breaker says; auto: no opinion, the breaker decides.\n"
            "Over file, Redis and admin calls any on wins, else any never. status tells what is in force.\n"
            "\n"
            "--redis changes the namespace's key: every gateway that reads from it hears it, within 1.5 s. --admin\n"
            "tells gateways themselves, which needs no Redis: a line each, and status 1 unless all answered, agree "
            "and\n"
            "do what was ordered.\n"
            "\n" DEGRADE_OPTION_HELP CONNECTION_OPTION_HELP,
    },
    {
        .name = "gc",
        .arguments = CONNECTION_OPTION_USAGE " [--dry-run]",
        .summary = "give pieces that no release needs an end",
        .run = command_gc,
        .help = "What none of the last 50 releases needs goes in 7 days, unless it is published again. Run it daily.\n"
                "\n"
                "  --dry-run             count, and change nothing\n" CONNECTION_OPTION_HELP,
    },
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void print_usage(FILE *stream)
{
    fprintf(stream, "usage: promoctl COMMAND [OPTION...] [ARGUMENT...]\n"
                    "       promoctl COMMAND --help\n"
                    "       promoctl --help | --version\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(stream, "\nexit status: 0 done, 1 refused or failed, 2 wrong usage\n");
}

static int misused(const char *reason, const char *argument)
{
    fprintf(stderr, "promoctl: %s%s\n", reason, argument);
    print_usage(stderr);
    return STATUS_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof(name), "promoctl %s", command->name);
    argv[0] = name; /* getopt_long begins its messages with it */
    return command->run(command, argc, argv);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        return misused("which command?", "");
    }
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        print_usage(stdout);
        return STATUS_DONE;
    }
    if (strcmp(first, "--version") == 0) {
        printf("promoctl %s\n", PROMOGATE_VERSION);
        return STATUS_DONE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(first, commands[i].name) == 0) {
            return run_command(&commands[i], argc - 1, argv + 1);
        }
    }
    return misused(first[0] == '-' ? "unknown option " : "unknown command ", first);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that has gone is a write error like any other */
    int status = run(argc, argv);
    bool has_failed = ferror(stdout) != 0;
    if ((fflush(stdout) != 0 || has_failed) && status != STATUS_USAGE) {
        fprintf(stderr, "promoctl: cannot write the output: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    return status;
}
