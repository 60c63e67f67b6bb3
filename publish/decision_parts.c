#include "publish/decision_parts.h"

#include <stdlib.h>

#include "policy/decision_json.h"
#include "policy/limits.h"
#include "publish/ordered_members.h"

void decision_parts_init(struct decision_parts *parts, size_t bytes_max)
{
    *parts = (struct decision_parts){.admission = ADMISSION_EVALUATE};
    text_init(&parts->bytes, bytes_max);
}

void decision_parts_clear(struct decision_parts *parts)
{
    text_clear(&parts->bytes);
    free(parts->offers.items);
    free(parts->exposures.items);
}

static bool read_string(struct ordered_members *members, struct slice name, struct slice *ret_string,
                        struct context_error *reterr)
{
    if (!ordered_members_take(members, name, reterr)) {
        return false;
    }
    if (json_reader_next(members->reader) != JSON_STRING) {
        return ordered_members_fail(name, "is not a string", reterr);
    }
    *ret_string = members->reader->string;
    return true;
}

static bool read_integer(struct ordered_members *members, struct slice name, int64_t most, int64_t *ret_value,
                         struct context_error *reterr)
{
    if (!ordered_members_take(members, name, reterr)) {
        return false;
    }
    struct json_reader *reader = members->reader;
    if (json_reader_next(reader) != JSON_INTEGER || reader->integer < 0 || reader->integer > most) {
        return ordered_members_fail(name, "is not an integer in its range", reterr);
    }
    *ret_value = reader->integer;
    return true;
}

/* A ULID's characters. They need no escape: decision_json_append writes an id as it is. */
static bool is_decision_id(struct slice id)
{
    for (uint32_t i = 0; i < id.length; i++) {
        bool is_digit = id.at[i] >= '0' && id.at[i] <= '9';
        if (!is_digit && (id.at[i] < 'A' || id.at[i] > 'Z')) {
            return false;
        }
    }
    return id.length == DECISION_ID_BYTES;
}

static bool read_cause(struct ordered_members *members, enum admission *ret_admission, struct context_error *reterr)
{
    struct slice name = SLICE("cause"), cause = {0};
    if (!read_string(members, name, &cause, reterr)) {
        return false;
    }
    for (unsigned i = 0; i < ADMISSION_COUNT; i++) {
        if (i != ADMISSION_EVALUATE && slice_equals(cause, slice_of(admission_cause((enum admission)i)))) {
            *ret_admission = (enum admission)i;
            return true;
        }
    }
    return ordered_members_fail(name, "is no cause that is known here", reterr);
}

static bool read_degraded(struct ordered_members *members, enum admission *ret_admission, struct context_error *reterr)
{
    struct slice name = SLICE("degraded");
    if (!ordered_members_take(members, name, reterr)) {
        return false;
    }
    enum json_token token = json_reader_next(members->reader);
    if (token == JSON_FALSE) {
        *ret_admission = ADMISSION_EVALUATE;
        return true;
    }
    return token == JSON_TRUE ? read_cause(members, ret_admission, reterr)
                              : ordered_members_fail(name, "is not a boolean", reterr);
}

static bool read_head(struct ordered_members *members, struct decision_parts *parts, struct context_error *reterr)
{
    static const struct slice id_name = {.at = "decision_id", .length = 11};
    static const struct slice request_name = {.at = "request_id", .length = 10};
    struct slice passed = {0};
    int64_t release = 0;
    if (!read_string(members, id_name, &parts->decision_id, reterr)) {
        return false;
    }
    if (!is_decision_id(parts->decision_id)) {
        return ordered_members_fail(id_name, "is not a ULID", reterr);
    }
    if (ordered_members_is_next(members, request_name) && !read_string(members, request_name, &passed, reterr)) {
        return false;
    }
    if (!read_integer(members, SLICE("release"), limit_integer - 1, &release, reterr)) {
        return false;
    }
    parts->release = (uint64_t)release;
    return read_string(members, SLICE("interface"), &passed, reterr) &&
           read_degraded(members, &parts->admission, reterr);
}

static bool add_row(struct decision_rows *rows, struct slice row)
{
    if (rows->count == rows->capacity) {
        uint32_t capacity = rows->capacity == 0 ? 16 : rows->capacity * 2;
        struct slice *items = realloc(rows->items, capacity * sizeof(*items));
        if (items == NULL) {
            return false;
        }
        rows->items = items;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = row;
    return true;
}

/* `begin` is where in the reader's bytes the decision begins: as far as its copy begins in parts->bytes. */
static bool read_rows(struct ordered_members *members, struct slice name, const char *begin,
                      struct decision_parts *parts, struct decision_rows *rows, struct context_error *reterr)
{
    struct json_reader *reader = members->reader;
    if (!ordered_members_take(members, name, reterr)) {
        return false;
    }
    enum json_token token = json_reader_next(reader);
    if (token != JSON_ARRAY_BEGIN) {
        return ordered_members_fail(name, "is not a list", reterr);
    }
    while ((token = json_reader_next(reader)) == JSON_OBJECT_BEGIN) {
        const char *from = reader->at - 1;
        json_reader_skip(reader, token);
        struct slice row = {.at = parts->bytes.bytes + (from - begin), .length = (uint32_t)(reader->at - from)};
        if (!add_row(rows, row)) {
            parts->bytes.failed = true;
            return ordered_members_fail(name, "needs more memory than there is", reterr);
        }
    }
    return token == JSON_ARRAY_END || ordered_members_fail(name, "is not a list of objects", reterr);
}

bool decision_parts_read(struct decision_parts *parts, struct json_reader *reader, struct context_error *reterr)
{
    struct ordered_members members;
    parts->offers.count = parts->exposures.count = 0;
    text_reset(&parts->bytes);
    if (!ordered_members_begin(&members, reader, reterr)) {
        return false;
    }
    const char *begin = reader->at - 1;
    text_append(&parts->bytes, (struct slice){.at = begin, .length = (uint32_t)(reader->end - begin)});
    if (parts->bytes.failed) {
        return context_fail(reterr, "", "needs more memory than there is");
    }
    bool is_read =
        read_head(&members, parts, reterr) &&
        read_rows(&members, SLICE("offers"), begin, parts, &parts->offers, reterr) &&
        read_integer(&members, SLICE("discount"), limit_money_fen, &parts->discount_fen, reterr) &&
        read_integer(&members, SLICE("delivery_discount"), limit_money_fen, &parts->delivery_discount_fen, reterr) &&
        read_rows(&members, SLICE("exposures"), begin, parts, &parts->exposures, reterr) &&
        ordered_members_end(&members, reterr);
    if (is_read) {
        parts->bytes.length = (size_t)(reader->at - begin);
    }
    return is_read;
}
