#include "publish/release_fetch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "publish/piece_pipeline.h"

struct fetch {
    struct connection *connection;
    struct assembly *assembly;
    struct piece_set *names;
    struct assembly_need needs[REDIS_CLIENT_COMMANDS_MAX]; /* of this round */
};

static bool fail_piece(struct fetch *fetch, const struct digest *digest, const char *what)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_to_hex(digest, hex);
    return connection_fail(fetch->connection, "piece %s %s", hex, what);
}

static bool take_value(void *context, uint32_t tag, const struct redis_reply *reply)
{
    struct fetch *fetch = context;
    const struct digest *digest = &fetch->needs[tag].digest;
    if (redis_reply_kind(reply) == REDIS_REPLY_NIL) {
        return fail_piece(fetch, digest, "is missing");
    }
    if (redis_reply_kind(reply) != REDIS_REPLY_STRING) {
        return fail_piece(fetch, digest, "is no text");
    }
    switch (assembly_offer(fetch->assembly, digest, redis_reply_text(reply))) {
    case ASSEMBLY_USED:
    case ASSEMBLY_UNWANTED:
        break;
    case ASSEMBLY_BAD:
        return fail_piece(fetch, digest, assembly_reason(fetch->assembly));
    case ASSEMBLY_NO_MEMORY:
        return connection_fail_memory(fetch->connection);
    }
    bool is_noted = fetch->names == NULL || piece_set_add(fetch->names, digest, (struct slice){0});
    return is_noted || connection_fail_memory(fetch->connection);
}

static bool fetch_missing(struct fetch *fetch)
{
    struct piece_pipeline pipeline;
    piece_pipeline_init(&pipeline, fetch->connection, take_value, fetch);
    size_t count;
    while ((count = assembly_missing(fetch->assembly, fetch->needs, REDIS_CLIENT_COMMANDS_MAX)) > 0) {
        for (uint32_t i = 0; i < count; i++) {
            const struct assembly_need *need = &fetch->needs[i];
            if (!piece_pipeline_get(&pipeline, i, &need->digest, need->value_bytes_max)) {
                return false;
            }
        }
        if (!piece_pipeline_end(&pipeline)) {
            return false;
        }
    }
    return true;
}

static bool want_all(struct fetch *fetch, const struct blob *blobs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!assembly_want(fetch->assembly, &blobs[i])) {
            const char *reason = assembly_reason(fetch->assembly);
            return reason == NULL ? connection_fail_memory(fetch->connection)
                                  : fail_piece(fetch, &blobs[i].digest, reason);
        }
    }
    return true;
}

struct assembly *release_fetch_blobs(struct connection *connection, const struct blob *blobs, uint32_t count,
                                     struct piece_set *names)
{
    /* Those of two whole releases, to compare them, and a manifest. */
    struct fetch fetch = {.connection = connection, .names = names};
    fetch.assembly = assembly_create(3 * (uint64_t)documents_bytes_max);
    if (fetch.assembly == NULL) {
        connection_fail_memory(connection);
        return NULL;
    }
    if (!want_all(&fetch, blobs, count) || !fetch_missing(&fetch)) {
        assembly_free(fetch.assembly);
        return NULL;
    }
    return fetch.assembly;
}

bool release_fetch_manifest(struct connection *connection, const struct root *root, struct piece_set *names,
                            struct manifest *ret_manifest)
{
    struct manifest manifest;
    const char *reason = NULL;
    struct assembly *assembly = release_fetch_blobs(connection, &root->manifest, 1, names);
    if (assembly == NULL) {
        return false;
    }
    char *bytes = assembly_take(assembly, 0);
    assembly_free(assembly);
    if (bytes == NULL || !manifest_decode(bytes, root->manifest.length, &manifest, &reason)) {
        free(bytes);
        return reason == NULL
                   ? connection_fail_memory(connection)
                   : connection_fail(connection, "the manifest of release %" PRIu64 " %s", root->release, reason);
    }
    if (manifest.policies != root->policies || manifest.document_bytes != root->document_bytes) {
        manifest_clear(&manifest);
        return connection_fail(connection, "the manifest of release %" PRIu64 " is not what its root says",
                               root->release);
    }
    *ret_manifest = manifest;
    return true;
}
