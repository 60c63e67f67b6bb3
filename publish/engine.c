#include "publish/engine.h"

#include <stdio.h>

#include "publish/policies.h"
#include "publish/problem_list.h"

/* All problems of a set that may have PROBLEMS_MAX of them. */
static const size_t output_bytes_max = (size_t)64 * 1024 * 1024;

const struct context_rules engine_context_rules = {.interface_default = {.at = "checkout", .length = 8}};

static void print_problems(const struct command *command, const struct problems *problems)
{
    struct text text;
    text_init(&text, output_bytes_max);
    problem_list_append(&text, problems);
    if (text.failed) {
        command_failed(command, "problems: out of memory");
    } else {
        fwrite(text.bytes, 1, text.length, stderr);
    }
    text_clear(&text);
}

static struct snapshot *load(const struct command *command, const char *policies, uint32_t candidates_max)
{
    struct problems problems;
    problems_init(&problems);
    struct snapshot *snapshot = policies_load(policies, candidates_max, &problems);
    if (snapshot == NULL) {
        print_problems(command, &problems);
    }
    problems_clear(&problems);
    return snapshot;
}

bool engine_open(struct engine *engine, const struct command *command, const char *policies, uint32_t candidates_max)
{
    struct engine opened = {.snapshot = load(command, policies, candidates_max)};
    if (opened.snapshot == NULL) {
        return false;
    }
    opened.evaluation = evaluation_create();
    if (opened.evaluation == NULL || !evaluation_reserve(opened.evaluation, opened.snapshot)) {
        command_failed(command, "out of memory");
        engine_close(&opened);
        return false;
    }
    *engine = opened;
    return true;
}

void engine_close(struct engine *engine)
{
    evaluation_free(engine->evaluation);
    snapshot_free(engine->snapshot);
    *engine = (struct engine){0};
}
