#include "service/access_log.h"

#include <assert.h>

#include "cache/digest.h"
#include "service/log.h"
#include "service/ulid.h"

enum text_place { CALLER, TRACE_ID, REQUEST_ID, INTERFACE, USER_ID, DECISION_ID, TEXTS };

enum { ABSENT = 255, LINE_FIELDS = 20 };

/* In the ring, in front of the texts. */
struct record {
    int64_t wall_ms, duration_ns, discount_fen;
    uint64_t release;
    uint32_t items, degraded_items, refused_items, offers;
    uint16_t status;
    uint8_t route, admission;
    bool is_evaluated, is_sampled;
    uint8_t lengths[TEXTS]; /* ABSENT: none */
};

static_assert(sizeof(struct record) + ACCESS_LOG_NAME_BYTES + ACCESS_LOG_TRACE_BYTES + LIMIT_REQUEST_ID_BYTES +
                      LIMIT_NAME_BYTES + LIMIT_USER_ID_BYTES + ULID_BYTES <=
                  ACCESS_LOG_RECORD_BYTES_MAX,
              "a record fits");
static_assert((int)LIMIT_USER_ID_BYTES < (int)ABSENT && (int)LIMIT_REQUEST_ID_BYTES < (int)ABSENT,
              "lengths fit into a byte");

bool access_log_init(struct access_log *log)
{
    return record_ring_init(&log->ring, ACCESS_LOG_RING_BYTES);
}

void access_log_clear(struct access_log *log)
{
    record_ring_clear(&log->ring);
}

static void texts_of(const struct access_facts *facts, struct slice ret_texts[static TEXTS])
{
    ret_texts[CALLER] = facts->caller;
    ret_texts[TRACE_ID] = facts->trace_id;
    ret_texts[REQUEST_ID] = facts->request_id;
    ret_texts[INTERFACE] = facts->interface;
    ret_texts[USER_ID] = facts->user_id;
    ret_texts[DECISION_ID] = facts->decision_id;
    if (ret_texts[CALLER].length > ACCESS_LOG_NAME_BYTES) {
        ret_texts[CALLER].length = ACCESS_LOG_NAME_BYTES;
    }
}

void access_log_note(struct access_log *log, const struct access_facts *facts)
{
    struct record record = {.wall_ms = facts->wall_ms,
                            .duration_ns = facts->duration_ns,
                            .discount_fen = facts->discount_fen,
                            .release = facts->release,
                            .items = facts->items,
                            .degraded_items = facts->degraded_items,
                            .refused_items = facts->refused_items,
                            .offers = facts->offers,
                            .status = (uint16_t)facts->status,
                            .route = (uint8_t)facts->route,
                            .admission = (uint8_t)facts->admission,
                            .is_evaluated = facts->is_evaluated,
                            .is_sampled = facts->is_sampled};
    struct slice texts[TEXTS];
    uint32_t bytes = sizeof(record);
    texts_of(facts, texts);
    for (unsigned i = 0; i < TEXTS; i++) {
        record.lengths[i] = texts[i].at == NULL ? ABSENT : (uint8_t)texts[i].length;
        bytes += texts[i].length;
    }
    char *at = record_ring_begin(&log->ring, bytes);
    if (at == NULL) {
        return;
    }
    memcpy(at, &record, sizeof(record));
    at += sizeof(record);
    for (unsigned i = 0; i < TEXTS; i++) {
        if (texts[i].length > 0) {
            memcpy(at, texts[i].at, texts[i].length);
            at += texts[i].length;
        }
    }
    record_ring_commit(&log->ring);
}

/* The journal's side */

struct fields {
    struct log_field rows[LINE_FIELDS];
    unsigned count;
};

static void add(struct fields *fields, struct log_field field)
{
    assert(fields->count < LINE_FIELDS);
    fields->rows[fields->count++] = field;
}

static void add_text(struct fields *fields, const char *name, struct slice text)
{
    if (text.at != NULL) {
        add(fields, LOG_SLICE(name, text));
    }
}

static void add_decision(struct fields *fields, const struct record *record, const struct slice texts[static TEXTS],
                         const char *user)
{
    add_text(fields, "interface", texts[INTERFACE]);
    add(fields, LOG_STRING("user", user));
    add(fields, LOG_INTEGER("release", record->release));
    add_text(fields, "decision_id", texts[DECISION_ID]);
    if (record->admission != ADMISSION_EVALUATE) {
        add(fields, LOG_BOOLEAN("degraded", true));
        add(fields, LOG_STRING("cause", admission_cause((enum admission)record->admission)));
    } else if (record->is_evaluated) {
        add(fields, LOG_INTEGER("offers", record->offers));
        add(fields, LOG_INTEGER("discount", record->discount_fen));
    }
}

static void add_batch(struct fields *fields, const struct record *record)
{
    if (record->items > 0) {
        add(fields, LOG_INTEGER("items", record->items));
    }
    if (record->degraded_items > 0) {
        add(fields, LOG_BOOLEAN("degraded", true));
        add(fields, LOG_INTEGER("degraded_items", record->degraded_items));
    }
    if (record->refused_items > 0) {
        add(fields, LOG_INTEGER("refused_items", record->refused_items));
    }
}

bool access_log_is_sampled(struct slice bytes)
{
    struct record record;
    memcpy(&record, bytes.at, sizeof(record));
    return record.is_sampled;
}

bool access_log_tell(struct slice bytes, const struct digest *key)
{
    struct record record;
    struct slice texts[TEXTS];
    struct fields fields = {.count = 0};
    char user[DIGEST_HEX_LENGTH + 1];
    memcpy(&record, bytes.at, sizeof(record));
    const char *at = bytes.at + sizeof(record);
    for (unsigned i = 0; i < TEXTS; i++) {
        bool is_there = record.lengths[i] != ABSENT;
        texts[i] = (struct slice){.at = is_there ? at : NULL, .length = is_there ? record.lengths[i] : 0};
        at += texts[i].length;
    }
    add(&fields, LOG_STRING("route", metrics_route_name((enum metric_route)record.route)));
    add(&fields, LOG_INTEGER("status", record.status));
    add(&fields, LOG_INTEGER("duration_us", record.duration_ns / 1000));
    add_text(&fields, "caller", texts[CALLER]);
    add_text(&fields, "trace_id", texts[TRACE_ID]);
    add_text(&fields, "request_id", texts[REQUEST_ID]);
    add_batch(&fields, &record);
    if (texts[USER_ID].at != NULL) {
        struct digest digest = digest_keyed(key, texts[USER_ID].at, texts[USER_ID].length);
        digest_to_hex(&digest, user);
        add_decision(&fields, &record, texts, user);
    }
    add(&fields, LOG_END);
    return log_event_at(record.wall_ms, LOG_INFO, "access", fields.rows);
}
