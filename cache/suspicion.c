#include "cache/suspicion.h"

#include <inttypes.h>

/* Does the number follow? */
static void judge_number(const struct root *root, const struct root *in_force, struct problems *problems)
{
    if (root->release < in_force->release) {
        problems_add(problems, "", "",
                     "release %" PRIu64 " is older than %" PRIu64 ", which is in force: Redis lost data; publish again "
                     "with --release %" PRIu64 " or higher",
                     root->release, in_force->release, in_force->release + 1);
    } else if (root->release == in_force->release &&
               !digest_equals(&root->manifest.digest, &in_force->manifest.digest)) {
        problems_add(problems, "", "",
                     "release %" PRIu64 " has other content than the release %" PRIu64 " that is in force: Redis lost "
                     "data; publish again with --release %" PRIu64 " or higher",
                     root->release, in_force->release, in_force->release + 1);
    }
}

static void judge_policies(const struct root *root, const struct root *in_force, uint32_t drop_max_bp,
                           struct problems *problems)
{
    if (root->is_forced) {
        return;
    }
    if (root->policies == 0) {
        problems_add(problems, "", "",
                     "release %" PRIu64 " has no policy; if that is meant, publish it with --accept-drop",
                     root->release);
    } else if (in_force != NULL &&
               (uint64_t)root->policies * 10000 < (uint64_t)in_force->policies * (10000 - drop_max_bp)) {
        problems_add(problems, "", "",
                     "release %" PRIu64 " has %u policies, %u are in force: more than redis.drop_max_bp = %u of them "
                     "would go; if that is meant, publish it with --accept-drop",
                     root->release, root->policies, in_force->policies, drop_max_bp);
    }
}

bool suspicion_clears(const struct root *root, const struct root *in_force, const struct suspicion_limits *limits,
                      struct problems *problems)
{
    size_t problems_before = problems->total;
    if (in_force != NULL) {
        judge_number(root, in_force, problems);
    }
    judge_policies(root, in_force, limits->drop_max_bp, problems);
    if (root->document_bytes > limits->release_max_bytes) {
        problems_add(problems, "", "",
                     "release %" PRIu64 " has documents of %" PRIu64 " bytes, more than redis.release_max_bytes = "
                     "%" PRIu64,
                     root->release, root->document_bytes, limits->release_max_bytes);
    }
    return problems->total == problems_before;
}
