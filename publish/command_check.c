#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "policy/text.h"
#include "publish/command.h"
#include "publish/policies.h"
#include "publish/problem_list.h"

struct options {
    bool is_json;
    uint32_t candidates_max;
    const char *path;
};

static void append_facts(struct text *text, const struct snapshot_facts *facts)
{
    text_append_format(text, "ok: release %llu, %u policies, %u AOIs, %llu pairs, at most %u candidates\n",
                       (unsigned long long)facts->release, facts->policies, facts->aois,
                       (unsigned long long)facts->pairs, facts->candidates_max);
}

static void append_facts_json(struct text *text, const struct snapshot_facts *facts)
{
    text_append_format(text,
                       "{\"release\":%llu,\"policies\":%u,\"aois\":%u,\"pairs\":%llu,\"candidates_max\":%u,"
                       "\"bytes\":%llu}",
                       (unsigned long long)facts->release, facts->policies, facts->aois,
                       (unsigned long long)facts->pairs, facts->candidates_max, (unsigned long long)facts->bytes);
}

static void append_result_json(struct text *text, const struct snapshot *snapshot, const struct problems *problems)
{
    text_append(text, SLICE("{\"problems\":"));
    problem_list_append_json(text, problems);
    text_append_format(text, ",\"problem_count\":%zu,\"facts\":", problems->total);
    if (snapshot != NULL) {
        struct snapshot_facts facts = snapshot_facts(snapshot);
        append_facts_json(text, &facts);
    } else {
        text_append(text, SLICE("null"));
    }
    text_append(text, SLICE("}\n"));
}

static void append_result(struct text *text, const struct snapshot *snapshot, const struct problems *problems)
{
    if (snapshot != NULL) {
        struct snapshot_facts facts = snapshot_facts(snapshot);
        append_facts(text, &facts);
    } else {
        problem_list_append(text, problems);
    }
}

static int check(const struct command *command, const struct options *options)
{
    struct problems problems;
    struct text text;
    problems_init(&problems);
    text_init(&text, PROBLEM_LIST_BYTES_MAX);
    struct snapshot *snapshot = policies_load(options->path, options->candidates_max, &problems);
    (options->is_json ? append_result_json : append_result)(&text, snapshot, &problems);
    bool is_good = snapshot != NULL;
    int status = command_print(command, &text);
    snapshot_free(snapshot);
    problems_clear(&problems);
    return is_good ? status : STATUS_FAILED;
}

int command_check(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"json", no_argument, NULL, 'j'},
                                          {"max-candidates", required_argument, NULL, 'm'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct options options = {.candidates_max = CANDIDATES_MAX_DEFAULT};
    for (int name = 0; (name = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
        if (name == 'h') {
            return command_help(command);
        }
        if (name == 'j') {
            options.is_json = true;
        } else if (name != 'm') {
            return command_misused(command, NULL);
        } else if (!command_parse_count(optarg, &options.candidates_max)) {
            return command_misused(command, "--max-candidates takes a count from 1 to 4294967295");
        }
    }
    if (argc - optind != 1) {
        return command_misused(command, "give one DIR");
    }
    options.path = argv[optind];
    return check(command, &options);
}
