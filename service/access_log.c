#include "service/access_log.h"

#include <assert.h>

#include "cache/digest.h"
#include "service/log.h"

/* In the ring, in front of the texts: those of the facts, in their order. */
struct record {
    int64_t wall_ms, duration_ns, discount_fen;
    uint64_t release;
    uint32_t items, offers;
    uint16_t status;
    uint8_t route, admission;
    bool is_evaluated;
    uint8_t lengths[6]; /* ABSENT: none */
};

enum { ABSENT = 255, TEXTS = 6, LINE_FIELDS = 20 };

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
    const struct slice texts[TEXTS] = {facts->caller,    facts->trace_id, facts->request_id,
                                       facts->interface, facts->user_id,  facts->decision_id};
    memcpy(ret_texts, texts, sizeof(texts));
    if (ret_texts[0].length > ACCESS_LOG_NAME_BYTES) {
        ret_texts[0].length = ACCESS_LOG_NAME_BYTES;
    }
}

void access_log_note(struct access_log *log, const struct access_facts *facts)
{
    struct record record = {.wall_ms = facts->wall_ms,
                            .duration_ns = facts->duration_ns,
                            .discount_fen = facts->discount_fen,
                            .release = facts->release,
                            .items = facts->items,
                            .offers = facts->offers,
                            .status = (uint16_t)facts->status,
                            .route = (uint8_t)facts->route,
                            .admission = (uint8_t)facts->admission,
                            .is_evaluated = facts->is_evaluated};
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
    add_text(fields, "interface", texts[3]);
    add(fields, LOG_STRING("user", user));
    add(fields, LOG_INTEGER("release", record->release));
    add_text(fields, "decision_id", texts[5]);
    if (record->admission != ADMISSION_EVALUATE) {
        add(fields, LOG_BOOLEAN("degraded", true));
        add(fields, LOG_STRING("cause", admission_cause((enum admission)record->admission)));
    } else if (record->is_evaluated) {
        add(fields, LOG_INTEGER("offers", record->offers));
        add(fields, LOG_INTEGER("discount", record->discount_fen));
    }
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
    add_text(&fields, "caller", texts[0]);
    add_text(&fields, "trace_id", texts[1]);
    add_text(&fields, "request_id", texts[2]);
    if (record.items > 0) {
        add(&fields, LOG_INTEGER("items", record.items));
    }
    if (texts[4].at != NULL) {
        struct digest digest = digest_keyed(key, texts[4].at, texts[4].length);
        digest_to_hex(&digest, user);
        add_decision(&fields, &record, texts, user);
    }
    add(&fields, LOG_END);
    return log_event_at(record.wall_ms, LOG_INFO, "access", fields.rows);
}
