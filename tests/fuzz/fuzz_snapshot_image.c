/*
 * Any bytes as the image of a snapshot: refused with a reason, or evaluated without harm.
 *
 *     input = how[1] then    0  the image itself
 *                            1  the image behind a valid beginning of the header (magic, layout, length)
 *                            2  patches of a valid image: (at[2] width[1] value[8])…, the last may be cut
 *
 * Most of what random bytes reach is refused by its sizes; patches come through to the checks and past them. How many
 * images were accepted is told at the end.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/context_json.h"
#include "policy/decision_json.h"
#include "policy/evaluate.h"
#include "policy/snapshot_image.h"

enum { AS_IT_IS, BEHIND_A_HEADER, PATCHES, WAYS };
enum { HEADER_BYTES = 24, PATCH_BYTES = 11, TEXT_BYTES_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const policies[] = {
    "{\"id\":\"a\",\"scope\":{\"type\":\"aoi\",\"aois\":[\"A1\",\"B1\"],\"exclude\":[\"X\"]},\"interfaces\":[\"cart\","
    "\"checkout\"],\"schedule\":{\"from\":\"2026-02-01T00:00:00Z\",\"utc_offset\":\"+08:00\",\"windows\":[{\"from\":"
    "\"20:00\",\"to\":\"19:00\"}]},\"conditions\":[{\"attr\":\"tier\",\"op\":\"in\",\"value\":[\"gold\",5,true]},"
    "{\"attr\":\"amount\",\"op\":\"gte\",\"value\":1},{\"attr\":\"no\",\"op\":\"exists\",\"value\":false}],\"rollout\":"
    "{\"salt\":\"r\",\"steps\":[{\"from\":\"2026-01-01T00:00:00Z\",\"share\":9000},{\"from\":\"2026-03-01T00:00:00Z\","
    "\"share\":10000}]},\"experiment\":{\"salt\":\"s\",\"unit\":\"aoi\",\"layer\":{\"salt\":\"L\",\"from\":0,\"to\":"
    "10000},\"variants\":[{\"name\":\"x\",\"weight\":1000,\"offer\":null},{\"name\":\"y\",\"weight\":9000,\"offer\":"
    "{\"coupon\":\"C1\",\"kind\":\"amount_off\",\"tiers\":[{\"reach\":0,\"off\":5},{\"reach\":500,\"off\":90}]}}]},"
    "\"group\":\"best\"}",
    "{\"id\":\"b\",\"scope\":{\"type\":\"all\"},\"group\":\"best\",\"offer\":{\"coupon\":\"C2\",\"kind\":"
    "\"percent_off\",\"bp\":1000,\"cap\":700}}",
    "{\"id\":\"c\",\"scope\":{\"type\":\"all\",\"exclude\":[\"X\"]},\"offer\":{\"coupon\":\"C3\",\"kind\":"
    "\"fixed_price\",\"price\":9000}}",
    "{\"id\":\"d\",\"scope\":{\"type\":\"aoi\",\"aois\":[\"A1\"]},\"priority\":-1,\"exclusive\":true,\"offer\":"
    "{\"coupon\":\"C4\",\"kind\":\"coupon\"}}",
    "{\"id\":\"e\",\"scope\":{\"type\":\"all\"},\"group\":\"other\",\"offer\":{\"coupon\":\"C5\",\"kind\":"
    "\"free_delivery\",\"cap\":400}}",
};
static const char settings[] = "{\"groups\":[{\"name\":\"best\",\"pick\":\"best\"}],\"max_offers\":3}";

static const struct snapshot_limits limits = {.candidates_max = 20000};
static unsigned long read_count, accepted_count;

static void tell_accepted(void)
{
    fprintf(stderr, "fuzz_snapshot_image: %lu of %lu images were accepted\n", accepted_count, read_count);
}

static void add(struct documents *documents, const char *name, const char *json)
{
    bool is_added = documents_add(documents, name, strdup(json), strlen(json));
    assert(is_added);
}

static void make_image(struct text *image)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    add(&documents, "settings.json", settings);
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        add(&documents, (char[]){(char)('a' + i), '\0'}, policies[i]);
    }
    struct snapshot *snapshot = snapshot_from_documents(&documents, 0, &limits, &problems);
    assert(snapshot != NULL);
    text_init(image, TEXT_BYTES_MAX);
    snapshot_image_append(image, snapshot);
    assert(!image->failed);
    snapshot_free(snapshot);
    documents_clear(&documents);
}

/* A valid image, made once. */
static const struct text *valid_image(void)
{
    static struct text image;
    if (image.length == 0) {
        make_image(&image);
        atexit(tell_accepted);
    }
    return &image;
}

static void patch(char *image, size_t length, const uint8_t *data, size_t size)
{
    for (; size > 3; size -= size < PATCH_BYTES ? size : PATCH_BYTES, data += PATCH_BYTES) {
        size_t at = (size_t)(data[0] | data[1] << 8) % length;
        size_t width = (size_t)1 << data[2] % 4;
        at -= at % width;
        width = width < length - at ? width : length - at;
        memcpy(image + at, data + 3, width < size - 3 ? width : size - 3);
    }
}

/* malloc'ed, of exactly its length: reading on is seen. */
static char *image_of(const uint8_t *data, size_t size, size_t *ret_length)
{
    const struct text *valid = valid_image();
    unsigned how = size > 0 ? data[0] % WAYS : AS_IT_IS;
    data += size > 0;
    size -= size > 0;
    bool is_patched = how == PATCHES;
    size_t length = is_patched ? valid->length : size + (how == BEHIND_A_HEADER ? HEADER_BYTES : 0);
    char *image = malloc(length > 0 ? length : 1);
    assert(image != NULL);
    if (is_patched) {
        memcpy(image, valid->bytes, length);
        patch(image, length, data, size);
    } else if (how == BEHIND_A_HEADER) {
        uint64_t length_field = length;
        memcpy(image, valid->bytes, HEADER_BYTES);
        memcpy(image + HEADER_BYTES - sizeof(length_field), &length_field, sizeof(length_field));
        memcpy(image + HEADER_BYTES, data, size);
    } else {
        memcpy(image, data, size);
    }
    *ret_length = length;
    return image;
}

static void check_outcome(const struct evaluation *evaluation, const struct context *context)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < evaluation->offer_count; i++) {
        assert(evaluation->offers[i].discount >= 0);
        sum += evaluation->offers[i].discount;
    }
    assert(sum == evaluation->discount + evaluation->delivery_discount);
    assert(evaluation->discount <= context->amount);
    assert(evaluation->delivery_discount <= context->delivery_fee);
}

static void decide(struct evaluation *evaluation, const struct snapshot *snapshot, const struct context *context,
                   int64_t now_s)
{
    const struct decision_envelope envelope = {.interface = context->interface};
    enum reason *reasons = calloc(snapshot_facts(snapshot).policies + 1, sizeof(*reasons));
    assert(reasons != NULL);
    struct text plain, explained;
    text_init(&plain, TEXT_BYTES_MAX);
    text_init(&explained, TEXT_BYTES_MAX);
    evaluate(evaluation, snapshot, context, now_s);
    check_outcome(evaluation, context);
    decision_json_append(&plain, &envelope, evaluation, NULL);
    evaluate_explained(evaluation, snapshot, context, now_s, reasons);
    decision_json_append(&explained, &envelope, evaluation, NULL);
    assert(slice_equals(text_slice(&plain), text_slice(&explained)));
    text_reset(&explained);
    decision_json_append(&explained, &envelope, evaluation, reasons);
    text_clear(&plain);
    text_clear(&explained);
    free(reasons);
}

static void decide_all(const struct snapshot *snapshot)
{
    static const char *const requests[] = {
        ("{\"user_id\":\"u1\",\"aoi\":[\"A1\",\"B1\"],\"amount\":10000,\"delivery_fee\":500,\"interface\":\"cart\","
         "\"attributes\":{\"tier\":[\"a\",\"gold\"]}}"),
        "{\"user_id\":\"u2\",\"aoi\":[\"X\",\"A1\",\"X\"],\"amount\":0,\"interface\":\"other\"}",
        ("{\"user_id\":\"u3\",\"aoi\":\"B1\",\"amount\":1000000000000,\"delivery_fee\":1000000000000,"
         "\"attributes\":{\"tier\":5,\"no\":true}}"),
    };
    static const int64_t times_s[] = {-62167305540, 1770897600, 253402387139};
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
    size_t length;
    const char *reason = NULL;
    char *image = image_of(data, size, &length);
    struct snapshot *snapshot = snapshot_image_read(image, length, &limits, &reason);
    assert((snapshot == NULL) == (reason != NULL));
    read_count++;
    if (snapshot != NULL) {
        accepted_count++;
        decide_all(snapshot);
    }
    snapshot_free(snapshot);
    return 0;
}
