#include "publish/garbage.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "publish/piece_pipeline.h"
#include "publish/release_reach.h"
#include "publish/standing.h"

#define EXPIRE_TEXT "604800"
_Static_assert(GARBAGE_EXPIRE_S == 604800, "EXPIRE_TEXT says the same");

/* One page of a SCAN: Redis gives about as many keys as it was asked for. */
struct page {
    struct digest digests[REDIS_LINK_ITEMS_MAX];
    bool has_end[REDIS_LINK_ITEMS_MAX];
    uint32_t count;
};

struct sweep {
    struct connection *connection;
    bool is_dry_run, is_keeping_only;
    struct piece_set needed, not_needed; /* a SCAN may name a key twice */
    struct garbage_counts counts;
    struct page page;
    char cursor[24];
};

/* An old release that lacks a piece does not stop us, a Redis that does not answer does. */
static bool mark_old(struct sweep *sweep, const struct root *root)
{
    if (release_reach(sweep->connection, root, &sweep->needed)) {
        return true;
    }
    if (redis_client_fault(sweep->connection->client) != REDIS_FAULT_NONE) {
        return false;
    }
    fprintf(stderr, "promoctl gc: release %" PRIu64 " is not complete: %s\n", root->release, sweep->connection->reason);
    return true;
}

static bool mark(struct sweep *sweep, const struct standing *standing)
{
    if (standing->list.unreadable_count > 0) {
        return connection_fail(sweep->connection, "%s holds a record that %s: what that release needs is unknown",
                               sweep->connection->keys.releases, standing->list.unreadable_reason);
    }
    if (standing->in_force.exists && !release_reach(sweep->connection, &standing->in_force.root, &sweep->needed)) {
        return false;
    }
    for (uint32_t i = 0; i < standing->list.count; i++) {
        if (!mark_old(sweep, &standing->list.records[i].root)) {
            return false;
        }
    }
    sweep->counts.releases = standing->list.count;
    return true;
}

static void read_key(struct sweep *sweep, struct slice key)
{
    struct page *page = &sweep->page;
    uint32_t prefix = (uint32_t)strlen(sweep->connection->keys.piece_prefix);
    struct slice hex = {.at = key.at + prefix, .length = key.length - prefix};
    if (key.length > prefix && digest_from_hex(hex, &page->digests[page->count])) {
        page->count++;
    } else {
        sweep->counts.foreign++;
    }
}

static bool read_page(struct sweep *sweep, const struct redis_reply *reply)
{
    bool is_page = redis_reply_count(reply) == 2;
    const struct redis_reply *keys = is_page ? redis_reply_item(reply, 1) : NULL;
    struct slice cursor = is_page ? redis_reply_text(redis_reply_item(reply, 0)) : (struct slice){.at = ""};
    if (cursor.length == 0 || cursor.length >= sizeof(sweep->cursor)) {
        return connection_fail(sweep->connection, "SCAN gave no page");
    }
    memcpy(sweep->cursor, cursor.at, cursor.length);
    sweep->cursor[cursor.length] = '\0';
    sweep->page.count = 0;
    assert(redis_reply_count(keys) <= REDIS_LINK_ITEMS_MAX);
    for (uint32_t i = 0; i < redis_reply_count(keys); i++) {
        read_key(sweep, redis_reply_text(redis_reply_item(keys, i)));
    }
    return true;
}

static bool scan(struct sweep *sweep)
{
    char pattern[REDIS_KEY_BYTES + 1];
    struct redis_reply *reply;
    snprintf(pattern, sizeof(pattern), "%s*", sweep->connection->keys.piece_prefix);
    const struct slice arguments[] = {SLICE("SCAN"),     slice_of(sweep->cursor), SLICE("MATCH"),
                                      slice_of(pattern), SLICE("COUNT"),          SLICE("500")};
    if (!connection_call(sweep->connection, arguments, 6, &reply)) {
        return false;
    }
    bool is_well = read_page(sweep, reply);
    redis_reply_free(reply);
    return is_well;
}

static bool take_ttl(void *context, uint32_t tag, const struct redis_reply *reply)
{
    struct sweep *sweep = context;
    const struct digest *digest = &sweep->page.digests[tag];
    int64_t ttl_s = redis_reply_integer(reply);
    uint32_t number = digest_table_find(&sweep->needed.names, digest);
    sweep->page.has_end[tag] = ttl_s != PIECE_TTL_NONE;
    if (ttl_s == PIECE_TTL_MISSING) {
        return true; /* it has just come to its end */
    }
    if (number != DIGEST_TABLE_NONE) {
        sweep->needed.items[number].state = PIECE_THERE;
        return true;
    }
    return piece_set_add(&sweep->not_needed, digest, (struct slice){0}) || connection_fail_memory(sweep->connection);
}

static bool learn_ends(struct sweep *sweep)
{
    struct piece_pipeline pipeline;
    piece_pipeline_init(&pipeline, sweep->connection, take_ttl, sweep);
    for (uint32_t i = 0; i < sweep->page.count; i++) {
        if (!piece_pipeline_ttl(&pipeline, i, &sweep->page.digests[i])) {
            return false;
        }
    }
    return piece_pipeline_end(&pipeline);
}

static bool take_kept(void *context, uint32_t tag, const struct redis_reply *reply)
{
    (void)tag;
    ((struct sweep *)context)->counts.kept += redis_reply_integer(reply) == 1;
    return true;
}

static bool take_ended(void *context, uint32_t tag, const struct redis_reply *reply)
{
    (void)tag;
    ((struct sweep *)context)->counts.ended += redis_reply_integer(reply) == 1;
    return true;
}

/* The two kinds apart: `is_needed` pieces are kept, the others are given an end. */
static bool settle(struct sweep *sweep, bool is_needed)
{
    struct piece_pipeline pipeline;
    uint32_t *count = is_needed ? &sweep->counts.kept : &sweep->counts.ended;
    piece_pipeline_init(&pipeline, sweep->connection, is_needed ? take_kept : take_ended, sweep);
    for (uint32_t i = 0; i < sweep->page.count; i++) {
        const struct digest *digest = &sweep->page.digests[i];
        if (piece_set_has(&sweep->needed, digest) != is_needed || sweep->page.has_end[i] != is_needed) {
            continue;
        }
        if (sweep->is_dry_run) {
            ++*count;
        } else if (!(is_needed ? piece_pipeline_persist(&pipeline, i, digest)
                               : piece_pipeline_expire(&pipeline, i, digest, SLICE(EXPIRE_TEXT)))) {
            return false;
        }
    }
    return piece_pipeline_end(&pipeline);
}

static bool sweep_all(struct sweep *sweep)
{
    snprintf(sweep->cursor, sizeof(sweep->cursor), "0");
    do {
        if (!scan(sweep) || !learn_ends(sweep) || !settle(sweep, true) ||
            (!sweep->is_keeping_only && !settle(sweep, false))) {
            return false;
        }
    } while (strcmp(sweep->cursor, "0") != 0);
    sweep->counts.needed = piece_set_count_of(&sweep->needed, PIECE_THERE);
    sweep->counts.lost = piece_set_count(&sweep->needed) - sweep->counts.needed;
    sweep->counts.not_needed = piece_set_count(&sweep->not_needed);
    return true;
}

static bool run_round(struct sweep *sweep, const struct standing *standing)
{
    piece_set_init(&sweep->needed);
    piece_set_init(&sweep->not_needed);
    sweep->counts = (struct garbage_counts){0};
    bool is_well = mark(sweep, standing) && sweep_all(sweep);
    piece_set_clear(&sweep->needed);
    piece_set_clear(&sweep->not_needed);
    return is_well;
}

bool garbage_collect(struct connection *connection, bool is_dry_run, struct garbage_counts *ret_counts)
{
    static struct sweep sweep; /* it is large, as what follows */
    static struct standing before, after;
    struct garbage_counts first;
    sweep = (struct sweep){.connection = connection, .is_dry_run = is_dry_run};
    if (!standing_read(connection, &before) || !run_round(&sweep, &before) || !standing_read(connection, &after)) {
        return false;
    }
    first = sweep.counts;
    sweep.is_keeping_only = true;
    for (int round = 1; round < GARBAGE_ROUNDS_MAX && !is_dry_run && !standing_equals(&before, &after); round++) {
        before = after;
        if (!run_round(&sweep, &before) || !standing_read(connection, &after)) {
            return false;
        }
        first.kept += sweep.counts.kept;
    }
    *ret_counts = first;
    return true;
}
