/*
 * engine.h - the gateway's engine over a policy directory, for the commands that decide.
 *
 *     engine_open ──▶ evaluate(engine.evaluation, engine.snapshot, context, now_s) ... ──▶ engine_close
 *
 * Without a gateway's configuration there is no list of interfaces: a context may name any, and checkout is the
 * default.
 *
 * Errors   false when the set is refused or memory ends: what is wrong has been told on stderr.
 */
#pragma once

#include "policy/evaluate.h"
#include "publish/command.h"

extern const struct context_rules engine_context_rules;

struct engine {
    struct snapshot *snapshot;
    struct evaluation *evaluation; /* reserved for it */
};

bool engine_open(struct engine *engine, const struct command *command, const char *policies, uint32_t candidates_max);

/* Takes what was never opened too, if it is all zero. */
void engine_close(struct engine *engine);
