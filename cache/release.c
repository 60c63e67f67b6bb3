#include "cache/release.h"

#include <assert.h>

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

static bool may_try(const struct release_gate *gate, uint64_t release, struct problems *problems)
{
    return gate->may_try(gate->context, release, problems);
}

/* Without a number: the set must be parsed to know it. */
static struct snapshot *compile_unnumbered(const struct documents *documents, const struct release_gate *gate,
                                           const struct snapshot_limits *limits, struct problems *problems)
{
    struct policy_set *set = policy_set_parse(documents, problems);
    if (set == NULL) {
        return NULL;
    }
    uint64_t release = snapshot_release_of(set);
    struct snapshot *snapshot =
        may_try(gate, release, problems) ? snapshot_compile(set, release, limits, problems) : NULL;
    policy_set_free(set);
    return snapshot;
}

struct snapshot *release_compile_gated(const struct documents *documents, uint64_t release,
                                       const struct release_gate *gate, const struct snapshot_limits *limits,
                                       struct problems *problems)
{
    if (problems->total > 0) {
        return release_compile(documents, release, limits, problems);
    }
    if (release == 0) {
        return compile_unnumbered(documents, gate, limits, problems);
    }
    return may_try(gate, release, problems) ? release_compile(documents, release, limits, problems) : NULL;
}
