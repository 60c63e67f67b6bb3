#include "publish/engine.h"

#include "publish/policies.h"
#include "publish/problem_list.h"

const struct context_rules engine_context_rules = {.interface_default = {.at = "checkout", .length = 8}};

static struct snapshot *load(const struct command *command, const char *policies, uint32_t candidates_max)
{
    struct problems problems;
    problems_init(&problems);
    struct snapshot *snapshot = policies_load(policies, candidates_max, &problems);
    if (snapshot == NULL && !problem_list_print(&problems)) {
        command_failed(command, "problems: out of memory");
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
