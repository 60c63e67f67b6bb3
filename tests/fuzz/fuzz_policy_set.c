/*
 * Any bytes as a policy set: refused with problems that say where, or compiled and evaluated.
 *
 * Lines of `---` part the documents. The first part is settings.json, left out when it is empty; the others are
 * policies:
 *
 *     {"max_offers": 3}
 *     ---
 *     {"id": "a", ...}
 *     ---
 *     {"id": "b", ...}
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/context_json.h"
#include "policy/decision_json.h"
#include "policy/evaluate.h"

enum { PARTS_MAX = 9 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_part(struct documents *documents, unsigned part, const char *from, size_t length)
{
    char name[16];
    snprintf(name, sizeof(name), "%u.json", part);
    char *bytes = malloc(length > 0 ? length : 1); /* of exactly its length: reading on is seen */
    assert(bytes != NULL);
    memcpy(bytes, from, length);
    bool is_added = documents_add(documents, part == 0 ? "settings.json" : name, bytes, length);
    assert(is_added);
}

static void split(const char *bytes, size_t size, struct documents *documents)
{
    const char *end = bytes + size, *from = bytes;
    for (unsigned part = 0; part < PARTS_MAX; part++) {
        const char *separator = memmem(from, (size_t)(end - from), "---\n", 4);
        const char *to = separator == NULL ? end : separator;
        if (part > 0 || to > from) {
            add_part(documents, part, from, (size_t)(to - from));
        }
        if (separator == NULL) {
            return;
        }
        from = separator + 4;
    }
}

static void check_problems(const struct problems *problems)
{
    assert(problems->total > 0);
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        assert(problem->reason[0] != '\0');
        assert(problem->pointer[0] == '\0' || problem->pointer[0] == '/');
        assert(problem->file[0] != '\0' || problem->pointer[0] == '\0');
    }
}

static void check_json(struct text *text)
{
    struct json_reader reader;
    json_reader_init(&reader, text->bytes, text->length);
    enum json_token token;
    while ((token = json_reader_next(&reader)) != JSON_END) {
        assert(token != JSON_ERROR);
    }
}

static void check_outcome(const struct evaluation *evaluation, const struct context *context)
{
    int64_t goods_and_delivery = 0;
    for (uint32_t i = 0; i < evaluation->offer_count; i++) {
        assert(evaluation->offers[i].discount >= 0);
        goods_and_delivery += evaluation->offers[i].discount;
    }
    assert(goods_and_delivery == evaluation->discount + evaluation->delivery_discount);
    assert(evaluation->discount <= context->amount);
    assert(evaluation->delivery_discount <= context->delivery_fee);
    assert(evaluation->offer_count <= LIMIT_MAX_OFFERS);
}

static void decide(struct evaluation *evaluation, const struct snapshot *snapshot, const struct context *context,
                   int64_t now_s)
{
    struct decision_envelope envelope = {.interface = context->interface, .request_id = context->request_id};
    enum reason reasons[PARTS_MAX];
    struct text plain, explained;
    text_init(&plain, 1 << 20);
    text_init(&explained, 1 << 20);
    evaluate(evaluation, snapshot, context, now_s);
    check_outcome(evaluation, context);
    decision_json_append(&plain, &envelope, evaluation, NULL);
    evaluate_explained(evaluation, snapshot, context, now_s, reasons);
    decision_json_append(&explained, &envelope, evaluation, NULL);
    assert(slice_equals(text_slice(&plain), text_slice(&explained)));
    text_reset(&explained);
    decision_json_append(&explained, &envelope, evaluation, reasons);
    assert(!explained.failed);
    check_json(&explained);
    text_clear(&plain);
    text_clear(&explained);
}

static void decide_all(const struct snapshot *snapshot)
{
    static const char *const requests[] = {
        "{\"user_id\":\"u1\",\"aoi\":\"A1\",\"amount\":10000,\"delivery_fee\":500}",
        "{\"user_id\":\"u2\",\"aoi\":[\"B1\",\"A1\",\"X\"],\"amount\":0,\"request_id\":\"r\",\"interface\":\"cart\"}",
        ("{\"user_id\":\"\xE7\x94\xA8\",\"aoi\":\"310115-0001\",\"amount\":1000000000000,\"delivery_fee\":"
         "1000000000000,"
         "\"attributes\":{\"tier\":\"gold\",\"orders\":5,\"is_new\":true,\"tags\":[\"a\",\"gold\"],\"a\":[]}}"),
    };
    static const int64_t times_s[] = {-62167305540, 0, 1770897600, 253402387139};
    static struct context context;
    struct evaluation *evaluation = evaluation_create();
    bool has_room = evaluation != NULL && evaluation_reserve(evaluation, snapshot);
    assert(has_room);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        char bytes[512];
        snprintf(bytes, sizeof(bytes), "%s", requests[i]);
        const struct context_rules rules = {.interface_default = SLICE("checkout")};
        struct context_error error;
        enum context_outcome outcome = context_json_parse(bytes, strlen(bytes), &rules, &context, &error);
        assert(outcome == CONTEXT_VALID);
        for (size_t k = 0; k < sizeof(times_s) / sizeof(times_s[0]); k++) {
            decide(evaluation, snapshot, &context, times_s[k]);
        }
    }
    evaluation_free(evaluation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    split((const char *)data, size, &documents);
    struct snapshot *snapshot =
        snapshot_from_documents(&documents, 0, &(struct snapshot_limits){.candidates_max = 20000}, &problems);
    if (snapshot == NULL) {
        check_problems(&problems);
    } else {
        assert(problems.total == 0);
        assert(snapshot_facts(snapshot).release < UINT64_C(1) << 53);
        decide_all(snapshot);
    }
    snapshot_free(snapshot);
    problems_clear(&problems);
    documents_clear(&documents);
    return 0;
}
