#include "publish/release_reach.h"

#include <stdlib.h>

#include "publish/piece_pipeline.h"
#include "publish/release_fetch.h"

/* Trees whose children are still to be named. */
struct reach {
    struct connection *connection;
    struct piece_set *names;
    struct blob *trees;
    uint32_t tree_count, tree_capacity;
};

static bool remember_tree(struct reach *reach, const struct blob *tree)
{
    if (reach->tree_count == reach->tree_capacity) {
        uint32_t capacity = reach->tree_capacity == 0 ? 64 : reach->tree_capacity * 2;
        struct blob *trees = reallocarray(reach->trees, capacity, sizeof(*trees));
        if (trees == NULL) {
            return false;
        }
        reach->trees = trees;
        reach->tree_capacity = capacity;
    }
    reach->trees[reach->tree_count++] = *tree;
    return true;
}

static bool add_blob(struct reach *reach, const struct blob *blob)
{
    if (piece_set_has(reach->names, &blob->digest)) {
        return true;
    }
    bool is_added = (blob->level == 0 || remember_tree(reach, blob)) &&
                    piece_set_add(reach->names, &blob->digest, (struct slice){0});
    return is_added || connection_fail_memory(reach->connection);
}

static bool add_children(struct reach *reach, const struct piece *tree)
{
    for (uint32_t i = 0; i < tree->child_count; i++) {
        struct blob child = piece_child(tree, i);
        if (!add_blob(reach, &child)) {
            return false;
        }
    }
    return true;
}

static bool take_tree(void *context, uint32_t tag, const struct redis_reply *reply)
{
    struct reach *reach = context;
    struct blob blob = reach->trees[tag];
    struct slice value = redis_reply_text(reply);
    struct piece tree;
    char hex[DIGEST_HEX_LENGTH + 1];
    const char *reason = "is missing";
    digest_to_hex(&blob.digest, hex);
    if (redis_reply_kind(reply) != REDIS_REPLY_STRING) {
        return connection_fail(reach->connection, "piece %s %s", hex, reason);
    }
    struct digest digest = digest_of(value.at, value.length);
    if (!digest_equals(&digest, &blob.digest)) {
        return connection_fail(reach->connection, "piece %s has another content than its name says", hex);
    }
    if (!piece_decode(value, &blob, &tree, &reason)) {
        return connection_fail(reach->connection, "piece %s %s", hex, reason);
    }
    return add_children(reach, &tree);
}

/* Answers add trees behind those that are asked for: they are the next round. */
static bool follow_trees(struct reach *reach)
{
    struct piece_pipeline pipeline;
    piece_pipeline_init(&pipeline, reach->connection, take_tree, reach);
    for (uint32_t from = 0; from < reach->tree_count;) {
        uint32_t to = reach->tree_count;
        for (; from < to; from++) {
            struct digest digest = reach->trees[from].digest;
            if (!piece_pipeline_get(&pipeline, from, &digest, PIECE_BYTES_MAX)) {
                return false;
            }
        }
        if (!piece_pipeline_end(&pipeline)) {
            return false;
        }
    }
    return true;
}

bool release_reach(struct connection *connection, const struct root *root, struct piece_set *names)
{
    struct manifest manifest;
    struct reach reach = {.connection = connection, .names = names};
    if (!release_fetch_manifest(connection, root, names, &manifest)) {
        return false;
    }
    bool is_well = true;
    for (uint32_t i = 0; i < manifest.count && is_well; i++) {
        is_well = add_blob(&reach, &manifest.entries[i].blob);
    }
    is_well = is_well && follow_trees(&reach);
    manifest_clear(&manifest);
    free(reach.trees);
    return is_well;
}
