#include "policy/evaluation.h"

#include <stdlib.h>

#include "policy/compiled.h"

struct evaluation *evaluation_create(void)
{
    return calloc(1, sizeof(struct evaluation));
}

void evaluation_free(struct evaluation *evaluation)
{
    if (evaluation != NULL) {
        free(evaluation->candidates);
        free(evaluation->groups);
        free(evaluation);
    }
}

bool evaluation_reserve(struct evaluation *evaluation, const struct snapshot *snapshot)
{
    uint32_t candidates = snapshot->facts.candidates_max, groups = snapshot->group_count;
    if (candidates > evaluation->candidate_capacity) {
        struct candidate *grown = realloc(evaluation->candidates, candidates * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        evaluation->candidates = grown;
        evaluation->candidate_capacity = candidates;
    }
    if (groups > evaluation->group_capacity) {
        struct group_state *grown = realloc(evaluation->groups, groups * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        evaluation->groups = grown;
        evaluation->group_capacity = groups;
    }
    return true;
}
