/*
 * Any bytes as a line of a decision log: malformed exactly when they are not JSON; and what is read has all limits
 * kept, stands in the line byte for byte, and reads as the same again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "context_checks.h"
#include "json_bytes.h"
#include "publish/replay_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rows(const struct decision_rows *rows, const struct text *bytes)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        struct slice row = rows->items[i];
        assert(row.at > bytes->bytes && row.at + row.length < bytes->bytes + bytes->length);
        assert(row.at[0] == '{' && row.at[row.length - 1] == '}');
    }
}

static void check_again(const struct decision_parts *parts)
{
    static struct decision_parts again;
    struct json_reader reader;
    struct context_error error;
    char *bytes = json_bytes_copy(parts->bytes.bytes, parts->bytes.length);
    decision_parts_init(&again, 1 << 20);
    json_reader_init(&reader, bytes, parts->bytes.length);
    bool is_read = decision_parts_read(&again, &reader, &error);
    assert(is_read);
    assert(slice_equals(text_slice(&again.bytes), text_slice(&parts->bytes)));
    assert(again.release == parts->release && again.admission == parts->admission);
    assert(again.offers.count == parts->offers.count && again.exposures.count == parts->exposures.count);
    assert(again.discount_fen == parts->discount_fen);
    assert(again.delivery_discount_fen == parts->delivery_discount_fen);
    decision_parts_clear(&again);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct replay_line line;
    char *bytes = json_bytes_copy(data, size);
    replay_line_init(&line);
    enum replay_line_outcome outcome = replay_line_read(&line, bytes, size);
    assert(outcome != REPLAY_LINE_NO_MEMORY);
    assert((outcome == REPLAY_LINE_MALFORMED) == !json_bytes_are_json(data, size));
    if (outcome == REPLAY_LINE_READ) {
        const struct decision_parts *decision = &line.decision;
        check_context(&line.context);
        assert(memmem(data, size, decision->bytes.bytes, decision->bytes.length) != NULL);
        check_rows(&decision->offers, &decision->bytes);
        check_rows(&decision->exposures, &decision->bytes);
        check_again(decision);
    } else {
        check_context_error(&line.error);
    }
    replay_line_clear(&line);
    free(bytes);
    return 0;
}
