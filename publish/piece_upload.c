#include "publish/piece_upload.h"

#include <inttypes.h>
#include <stdio.h>

#include "publish/piece_pipeline.h"
#include "publish/progress.h"

/* One pass over the pieces. */
struct pass {
    struct connection *connection;
    struct piece_set *pieces;
    struct progress progress;
    uint64_t done;
};

static struct pass pass_begin(struct connection *connection, struct piece_set *pieces, const char *what, uint32_t total)
{
    struct pass pass = {.connection = connection, .pieces = pieces};
    progress_begin(&pass.progress, what, total);
    return pass;
}

static bool end(struct pass *pass, bool is_well)
{
    progress_end(&pass->progress);
    return is_well;
}

static struct piece_item *count_item(struct pass *pass, uint32_t number)
{
    progress_show(&pass->progress, ++pass->done);
    return &pass->pieces->items[number];
}

static bool take_ttl(void *context, uint32_t number, const struct redis_reply *reply)
{
    struct piece_item *item = count_item(context, number);
    int64_t ttl_s = redis_reply_integer(reply);
    item->state = ttl_s == PIECE_TTL_MISSING ? PIECE_MISSING : ttl_s == PIECE_TTL_NONE ? PIECE_THERE : PIECE_EXPIRING;
    return true;
}

bool piece_upload_learn(struct connection *connection, struct piece_set *pieces)
{
    uint32_t count = piece_set_count(pieces);
    struct pass pass = pass_begin(connection, pieces, "looking for pieces", count);
    struct piece_pipeline pipeline;
    piece_pipeline_init(&pipeline, connection, take_ttl, &pass);
    bool is_well = true;
    for (uint32_t i = 0; i < count && is_well; i++) {
        is_well = piece_pipeline_ttl(&pipeline, i, &pieces->names.digests[i]);
    }
    return end(&pass, is_well && piece_pipeline_end(&pipeline));
}

/* 0: it has no end any more, or has just come to it. */
static bool take_persisted(void *context, uint32_t number, const struct redis_reply *reply)
{
    count_item(context, number)->state = redis_reply_integer(reply) == 1 ? PIECE_THERE : PIECE_UNKNOWN;
    return true;
}

bool piece_upload_keep(struct connection *connection, struct piece_set *pieces)
{
    uint32_t expiring = piece_set_count_of(pieces, PIECE_EXPIRING);
    if (expiring == 0) {
        return true;
    }
    struct pass pass = pass_begin(connection, pieces, "keeping pieces", expiring);
    struct piece_pipeline pipeline;
    piece_pipeline_init(&pipeline, connection, take_persisted, &pass);
    bool is_well = true;
    for (uint32_t i = 0; i < piece_set_count(pieces) && is_well; i++) {
        is_well =
            pieces->items[i].state != PIECE_EXPIRING || piece_pipeline_persist(&pipeline, i, &pieces->names.digests[i]);
    }
    if (!end(&pass, is_well && piece_pipeline_end(&pipeline))) {
        return false;
    }
    return piece_set_count_of(pieces, PIECE_UNKNOWN) == 0 || piece_upload_learn(connection, pieces);
}

static bool take_set(void *context, uint32_t number, const struct redis_reply *reply)
{
    (void)reply; /* an error would have ended the exchange */
    struct piece_item *item = count_item(context, number);
    item->state = PIECE_THERE;
    item->is_written = true;
    return true;
}

static bool write_missing(struct connection *connection, struct piece_set *pieces)
{
    struct pass pass = pass_begin(connection, pieces, "writing pieces", piece_set_count_of(pieces, PIECE_MISSING));
    struct piece_pipeline pipeline;
    piece_pipeline_init(&pipeline, connection, take_set, &pass);
    bool is_well = true;
    for (uint32_t i = 0; i < piece_set_count(pieces) && is_well; i++) {
        const struct piece_item *item = &pieces->items[i];
        is_well =
            item->state != PIECE_MISSING || piece_pipeline_set(&pipeline, i, &pieces->names.digests[i], item->value);
    }
    return end(&pass, is_well && piece_pipeline_end(&pipeline));
}

static bool take_read_back(void *context, uint32_t number, const struct redis_reply *reply)
{
    struct pass *pass = context;
    const struct piece_item *item = count_item(pass, number);
    bool is_same = redis_reply_kind(reply) == REDIS_REPLY_STRING && slice_equals(redis_reply_text(reply), item->value);
    return is_same || connection_fail(pass->connection, "a piece that was written reads back as something else");
}

static bool read_back(struct connection *connection, struct piece_set *pieces, uint32_t written)
{
    struct pass pass = pass_begin(connection, pieces, "verifying pieces", written);
    struct piece_pipeline pipeline;
    piece_pipeline_init(&pipeline, connection, take_read_back, &pass);
    bool is_well = true;
    for (uint32_t i = 0; i < piece_set_count(pieces) && is_well; i++) {
        const struct piece_item *item = &pieces->items[i];
        is_well = !item->is_written || piece_pipeline_get(&pipeline, i, &pieces->names.digests[i], item->value.length);
    }
    return end(&pass, is_well && piece_pipeline_end(&pipeline));
}

bool piece_upload_write(struct connection *connection, struct piece_set *pieces, struct piece_upload *ret_upload)
{
    struct piece_upload upload = {0};
    if (!piece_upload_keep(connection, pieces) || !write_missing(connection, pieces)) {
        return false;
    }
    for (uint32_t i = 0; i < piece_set_count(pieces); i++) {
        const struct piece_item *item = &pieces->items[i];
        upload.written += item->is_written;
        upload.reused += !item->is_written;
        upload.bytes_written += item->is_written ? item->value.length : 0;
    }
    if (!read_back(connection, pieces, upload.written)) {
        return false;
    }
    *ret_upload = upload;
    return true;
}

bool piece_upload_await(struct connection *connection, uint32_t replicas)
{
    char count[16], wait_ms[16];
    struct redis_reply *reply;
    snprintf(count, sizeof(count), "%" PRIu32, replicas);
    snprintf(wait_ms, sizeof(wait_ms), "%" PRIu32, connection->timeout_ms - connection->timeout_ms / 4);
    const struct slice arguments[] = {SLICE("WAIT"), slice_of(count), slice_of(wait_ms)};
    if (!connection_call(connection, arguments, 3, &reply)) {
        return false;
    }
    int64_t reached = redis_reply_integer(reply);
    redis_reply_free(reply);
    return reached >= replicas ||
           connection_fail(connection, "%" PRId64 " of %" PRIu32 " replicas have the pieces", reached, replicas);
}

bool piece_upload_confirm(struct connection *connection, struct piece_set *pieces)
{
    if (!piece_upload_learn(connection, pieces) || !piece_upload_keep(connection, pieces)) {
        return false;
    }
    uint32_t missing = piece_set_count_of(pieces, PIECE_MISSING);
    return missing == 0 || connection_fail(connection, "%" PRIu32 " of %" PRIu32 " pieces are missing", missing,
                                           piece_set_count(pieces));
}
