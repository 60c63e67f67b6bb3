#include "cache/release.h"

#include <assert.h>
#include <string.h>

struct snapshot *release_compile(const struct documents *documents, uint64_t release,
                                 const struct snapshot_limits *limits, struct problems *problems)
{
    if (problems->total > 0) {
        policy_set_free(policy_set_parse(documents, problems));
        return NULL;
    }
    struct snapshot *snapshot = snapshot_from_documents(documents, release, limits, problems);
    assert((snapshot == NULL) == (problems->total > 0));
    return snapshot;
}

bool release_lacked_memory(const struct problems *problems)
{
    if (problems->count < problems->total && problems->count < PROBLEMS_MAX) {
        return true; /* not even the problem could be noted */
    }
    for (size_t i = 0; i < problems->count; i++) {
        if (strcmp(problems->items[i].reason, "out of memory") == 0) {
            return true;
        }
    }
    return false;
}
