#include "cache/fetch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static enum fetch_progress refuse(struct fetch *fetch, const char *what, const char *why)
{
    snprintf(fetch->reason, sizeof(fetch->reason), "%s: %s", what, why);
    return FETCH_REFUSED;
}

static enum fetch_progress fail_piece(struct fetch *fetch, const struct digest *digest, const char *why)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_to_hex(digest, hex);
    snprintf(fetch->reason, sizeof(fetch->reason), "release %llu: piece %s %s", (unsigned long long)fetch->root.release,
             hex, why);
    return FETCH_FAILED;
}

/* The manifest */

bool fetch_begin(struct fetch *fetch, const struct root *root, const struct redis_keys *keys, struct shelf *shelf,
                 const struct manifest *held, const struct slice manifests[2])
{
    *fetch = (struct fetch){.keys = keys, .shelf = shelf, .held = held, .root = *root};
    piece_store_init(&fetch->at_hand);
    fetch->assembly = assembly_create(manifest_bytes_max);
    bool is_begun = fetch->assembly != NULL && assembly_want(fetch->assembly, &fetch->root.manifest);
    for (int i = 0; i < 2 && is_begun; i++) {
        is_begun = manifests[i].length == 0 || piece_store_cut(&fetch->at_hand, manifests[i]);
    }
    if (!is_begun) {
        fetch_clear(fetch);
    }
    return is_begun;
}

void fetch_clear(struct fetch *fetch)
{
    assembly_free(fetch->assembly);
    fetch->assembly = NULL;
    manifest_clear(&fetch->manifest);
    piece_store_clear(&fetch->at_hand);
    free(fetch->wanted);
    fetch->wanted = NULL;
}

static enum fetch_progress read_manifest(struct fetch *fetch)
{
    char *bytes = assembly_take(fetch->assembly, 0);
    const char *reason;
    if (bytes == NULL) {
        return FETCH_NO_MEMORY;
    }
    if (!manifest_decode(bytes, fetch->root.manifest.length, &fetch->manifest, &reason)) {
        free(bytes);
        return reason == NULL ? FETCH_NO_MEMORY : refuse(fetch, "manifest", reason);
    }
    fetch->has_manifest = true;
    if (fetch->manifest.policies != fetch->root.policies ||
        fetch->manifest.document_bytes != fetch->root.document_bytes) {
        return refuse(fetch, "manifest", "has other counts than the root says");
    }
    return FETCH_GOES_ON;
}

/* The documents */

/* An earlier form of the document has most of its pieces. */
static bool cut_earlier(struct fetch *fetch, const struct manifest_entry *entry)
{
    const struct manifest_entry *earlier = fetch->held == NULL ? NULL : manifest_find(fetch->held, entry->name);
    if (earlier == NULL || entry->blob.level == 0) {
        return true;
    }
    struct slice bytes = shelf_look(fetch->shelf, &earlier->blob.digest);
    return bytes.length == 0 || piece_store_cut(&fetch->at_hand, bytes);
}

static enum fetch_progress want_documents(struct fetch *fetch)
{
    const struct manifest *manifest = &fetch->manifest;
    fetch->wanted = calloc((size_t)manifest->count + 1, sizeof(*fetch->wanted));
    if (fetch->wanted == NULL) {
        return FETCH_NO_MEMORY;
    }
    for (uint32_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        if (shelf_has(fetch->shelf, &entry->blob.digest)) {
            continue;
        }
        fetch->wanted[fetch->wanted_count++] = i;
        if (!assembly_want(fetch->assembly, &entry->blob)) {
            const char *reason = assembly_reason(fetch->assembly);
            return reason == NULL ? FETCH_NO_MEMORY : refuse(fetch, "manifest", reason);
        }
        if (!cut_earlier(fetch, entry)) {
            return FETCH_NO_MEMORY;
        }
    }
    return FETCH_GOES_ON;
}

/* From the manifest on to what it lists. */
static enum fetch_progress begin_documents(struct fetch *fetch)
{
    assembly_free(fetch->assembly);
    piece_store_clear(&fetch->at_hand);
    fetch->assembly = assembly_create(fetch->root.document_bytes);
    return fetch->assembly != NULL ? want_documents(fetch) : FETCH_NO_MEMORY;
}

/* Pieces */

static enum fetch_progress judge(struct fetch *fetch, const struct digest *digest, enum assembly_verdict verdict)
{
    switch (verdict) {
    case ASSEMBLY_USED:
    case ASSEMBLY_UNWANTED:
        return FETCH_GOES_ON;
    case ASSEMBLY_BAD:
        return fail_piece(fetch, digest, assembly_reason(fetch->assembly));
    case ASSEMBLY_NO_MEMORY:
        return FETCH_NO_MEMORY;
    }
    abort(); /* every verdict is above */
}

/* Offers what is at hand; the needs that are left stand first. */
static enum fetch_progress offer_at_hand(struct fetch *fetch, struct assembly_need *needs, size_t *count)
{
    size_t left = 0;
    for (size_t i = 0; i < *count; i++) {
        struct slice value = piece_store_find(&fetch->at_hand, &needs[i].digest);
        if (value.length == 0) {
            needs[left++] = needs[i];
            continue;
        }
        fetch->pieces_held++;
        enum assembly_verdict verdict = assembly_offer(fetch->assembly, &needs[i].digest, value);
        enum fetch_progress progress = judge(fetch, &needs[i].digest, verdict);
        if (progress != FETCH_GOES_ON) {
            return progress;
        }
    }
    *count = left;
    return FETCH_GOES_ON;
}

/* What must be asked for; 0 when nothing is missing. */
static enum fetch_progress find_needs(struct fetch *fetch, struct assembly_need *needs, size_t *ret_count)
{
    size_t missing = assembly_missing(fetch->assembly, needs, FETCH_KEYS_MAX), count = missing;
    enum fetch_progress progress = FETCH_GOES_ON;
    while (missing > 0) {
        progress = offer_at_hand(fetch, needs, &count);
        if (progress != FETCH_GOES_ON || count > 0) {
            break;
        }
        missing = count = assembly_missing(fetch->assembly, needs, FETCH_KEYS_MAX);
    }
    *ret_count = count;
    return progress;
}

/* As many as one reply may hold. */
static size_t fit_reply(const struct assembly_need *needs, size_t count)
{
    size_t fitting = 0, bytes = 0;
    while (fitting < count && bytes + needs[fitting].value_bytes_max <= FETCH_VALUE_BYTES_MAX) {
        bytes += needs[fitting++].value_bytes_max;
    }
    return fitting;
}

static enum fetch_progress offer_reply(struct fetch *fetch, const struct assembly_need *needs, size_t count,
                                       const struct redis_reply *reply)
{
    if (redis_reply_kind(reply) != REDIS_REPLY_LIST || redis_reply_count(reply) != count) {
        snprintf(fetch->reason, sizeof(fetch->reason), "MGET: an answer of another shape");
        return FETCH_FAILED;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct redis_reply *item = redis_reply_item(reply, i);
        if (redis_reply_kind(item) != REDIS_REPLY_STRING) {
            return fail_piece(fetch, &needs[i].digest, "is missing");
        }
        enum assembly_verdict verdict = assembly_offer(fetch->assembly, &needs[i].digest, redis_reply_text(item));
        enum fetch_progress progress = judge(fetch, &needs[i].digest, verdict);
        if (progress != FETCH_GOES_ON) {
            return progress;
        }
        fetch->pieces_fetched++;
    }
    return FETCH_GOES_ON;
}

static enum fetch_progress ask(struct fetch *fetch, struct redis_client *client, const struct assembly_need *needs,
                               size_t count)
{
    char keys[FETCH_KEYS_MAX][REDIS_KEY_BYTES];
    struct slice arguments[FETCH_KEYS_MAX + 1] = {SLICE("MGET")};
    for (size_t i = 0; i < count; i++) {
        arguments[i + 1] = (struct slice){keys[i], redis_keys_piece(fetch->keys, &needs[i].digest, keys[i])};
    }
    struct redis_reply *reply;
    if (!redis_client_call(client, arguments, (uint32_t)count + 1, &reply)) {
        snprintf(fetch->reason, sizeof(fetch->reason), "%s", redis_client_reason(client));
        return FETCH_FAILED;
    }
    enum fetch_progress progress = offer_reply(fetch, needs, count, reply);
    redis_reply_free(reply);
    return progress;
}

/* Everything wanted has arrived. */
static enum fetch_progress go_on(struct fetch *fetch)
{
    if (fetch->has_manifest) {
        return FETCH_COMPLETE;
    }
    enum fetch_progress progress = read_manifest(fetch);
    return progress == FETCH_GOES_ON ? begin_documents(fetch) : progress;
}

enum fetch_progress fetch_step(struct fetch *fetch, struct redis_client *client)
{
    struct assembly_need needs[FETCH_KEYS_MAX];
    size_t count;
    enum fetch_progress progress = find_needs(fetch, needs, &count);
    if (progress != FETCH_GOES_ON) {
        return progress;
    }
    return count == 0 ? go_on(fetch) : ask(fetch, client, needs, fit_reply(needs, count));
}

/* Handing out */

/* One that is both held and listed twice is lent once and copied once. */
static char *copy_of(const struct manifest *manifest, uint32_t i, const struct documents *documents)
{
    for (uint32_t k = 0; k < i; k++) {
        if (digest_equals(&manifest->entries[k].blob.digest, &manifest->entries[i].blob.digest)) {
            char *copy = malloc(documents->items[k].length + 1);
            if (copy != NULL) {
                memcpy(copy, documents->items[k].bytes, documents->items[k].length + 1);
            }
            return copy;
        }
    }
    return NULL;
}

static bool add_document(struct fetch *fetch, uint32_t i, uint32_t *taken, struct documents *documents)
{
    const struct manifest_entry *entry = &fetch->manifest.entries[i];
    char name[MANIFEST_NAME_BYTES_MAX + 1];
    memcpy(name, entry->name.at, entry->name.length);
    name[entry->name.length] = '\0';
    char *bytes;
    if (*taken < fetch->wanted_count && fetch->wanted[*taken] == i) {
        bytes = assembly_take(fetch->assembly, (*taken)++);
    } else {
        bytes = shelf_take(fetch->shelf, &entry->blob.digest);
        bytes = bytes != NULL ? bytes : copy_of(&fetch->manifest, i, documents);
    }
    return bytes != NULL && documents_add(documents, name, bytes, entry->blob.length);
}

bool fetch_hand_out(struct fetch *fetch, struct documents *documents)
{
    assert(fetch->has_manifest && documents->count == 0);
    uint32_t taken = 0;
    for (uint32_t i = 0; i < fetch->manifest.count; i++) {
        if (!add_document(fetch, i, &taken, documents)) {
            return false;
        }
    }
    return true;
}
