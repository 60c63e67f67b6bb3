#include "policy/snapshot_image.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/compiled.h"
#include "policy/snapshot_image_check.h"

/* All arrays of a snapshot, with what counts their elements: in an image they stand in this order. */
#define ARRAYS(ROW)                                                                                                    \
    ROW(policies, snapshot->facts.policies)                                                                            \
    ROW(by_id, snapshot->facts.policies)                                                                               \
    ROW(all_ordinals, snapshot->all_count)                                                                             \
    ROW(ordinals, snapshot->counts.ordinals)                                                                           \
    ROW(aois, snapshot->facts.aois)                                                                                    \
    ROW(aoi_slots.slots, snapshot->aoi_slots.mask + UINT64_C(1))                                                       \
    ROW(interfaces, snapshot->interface_count)                                                                         \
    ROW(interface_slots.slots, snapshot->interface_slots.mask + UINT64_C(1))                                           \
    ROW(attributes, snapshot->attribute_count)                                                                         \
    ROW(attribute_slots.slots, snapshot->attribute_slots.mask + UINT64_C(1))                                           \
    ROW(interface_bits, snapshot->counts.interface_words)                                                              \
    ROW(windows, snapshot->counts.windows)                                                                             \
    ROW(conditions, snapshot->counts.conditions)                                                                       \
    ROW(values, snapshot->counts.values)                                                                               \
    ROW(steps, snapshot->counts.steps)                                                                                 \
    ROW(variants, snapshot->counts.variants)                                                                           \
    ROW(offers, snapshot->counts.offers)                                                                               \
    ROW(tiers, snapshot->counts.tiers)                                                                                 \
    ROW(group_picks, snapshot->group_count)                                                                            \
    ROW(text, snapshot->facts.string_bytes)

enum {
#define ROW(array, count) +1
    ARRAY_COUNT = ARRAYS(ROW),
#undef ROW
    ALIGNMENT_BYTES = 8,
};

struct array {
    size_t pointer_at; /* in struct snapshot */
    size_t element_bytes;
    uint64_t count;
};

struct header {
    char magic[8];
    uint64_t layout, length;
    uint64_t release, pairs;
    uint32_t candidates_max, max_offers;
    uint32_t policies, aois, string_bytes;
    uint32_t all_count, interface_count, attribute_count, group_count;
    uint32_t aoi_mask, interface_mask, attribute_mask;
    struct part_counts counts;
    uint32_t unused; /* 0 */
};
static_assert(sizeof(struct header) == 5 * sizeof(uint64_t) + 22 * sizeof(uint32_t), "no bytes between the members");
static_assert(sizeof(struct header) % ALIGNMENT_BYTES == 0, "the first array is aligned");

static const char magic[sizeof(((struct header *)NULL)->magic)] = {'p', 'r', 'o', 'm', 'o', 'i', 'm', 'g'};

static void list_arrays(const struct snapshot *snapshot, struct array ret_arrays[ARRAY_COUNT])
{
    const struct array arrays[] = {
#define ROW(array, count) {offsetof(struct snapshot, array), sizeof(*snapshot->array), count},
        ARRAYS(ROW)
#undef ROW
    };
    memcpy(ret_arrays, arrays, sizeof(arrays));
}

/* What the array takes, with what aligns the next. No overflow: counts are below 2^33. */
static uint64_t padded_bytes(const struct array *array)
{
    return (array->count * array->element_bytes + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
}

/* To bytes */

static struct header header_of(const struct snapshot *snapshot, uint64_t length)
{
    const struct snapshot_facts *facts = &snapshot->facts;
    struct header header = {
        .layout = snapshot_image_layout(),
        .length = length,
        .release = facts->release,
        .pairs = facts->pairs,
        .candidates_max = facts->candidates_max,
        .max_offers = snapshot->max_offers,
        .policies = facts->policies,
        .aois = facts->aois,
        .string_bytes = (uint32_t)facts->string_bytes,
        .all_count = snapshot->all_count,
        .interface_count = snapshot->interface_count,
        .attribute_count = snapshot->attribute_count,
        .group_count = snapshot->group_count,
        .aoi_mask = snapshot->aoi_slots.mask,
        .interface_mask = snapshot->interface_slots.mask,
        .attribute_mask = snapshot->attribute_slots.mask,
        .counts = snapshot->counts,
    };
    memcpy(header.magic, magic, sizeof(magic));
    return header;
}

static void append_array(struct text *image, const struct snapshot *snapshot, const struct array *array)
{
    static const char zeros[ALIGNMENT_BYTES];
    const char *elements;
    memcpy(&elements, (const char *)snapshot + array->pointer_at, sizeof(elements));
    uint32_t bytes = (uint32_t)(array->count * array->element_bytes);
    text_append(image, (struct slice){.at = elements, .length = bytes});
    text_append(image, (struct slice){.at = zeros, .length = (uint32_t)padded_bytes(array) - bytes});
}

void snapshot_image_append(struct text *image, const struct snapshot *snapshot)
{
    assert(image->length % ALIGNMENT_BYTES == 0);
    struct array arrays[ARRAY_COUNT];
    list_arrays(snapshot, arrays);
    uint64_t length = sizeof(struct header);
    for (unsigned i = 0; i < ARRAY_COUNT; i++) {
        length += padded_bytes(&arrays[i]);
    }
    /* All at once: then memory is taken once, and every array's bytes fit a slice's length. */
    if (!text_reserve(image, length)) {
        return;
    }
    struct header header = header_of(snapshot, length);
    text_append(image, (struct slice){.at = (const char *)&header, .length = sizeof(header)});
    for (unsigned i = 0; i < ARRAY_COUNT; i++) {
        append_array(image, snapshot, &arrays[i]);
    }
    assert(image->failed || image->length % ALIGNMENT_BYTES == 0);
}

/* And back */

static void take_header(struct snapshot *snapshot, const struct header *header)
{
    snapshot->facts = (struct snapshot_facts){
        .release = header->release,
        .policies = header->policies,
        .aois = header->aois,
        .pairs = header->pairs,
        .candidates_max = header->candidates_max,
        .bytes = header->length + sizeof(*snapshot),
        .string_bytes = header->string_bytes,
    };
    snapshot->counts = header->counts;
    snapshot->max_offers = header->max_offers;
    snapshot->all_count = header->all_count;
    snapshot->interface_count = header->interface_count;
    snapshot->interface_words = snapshot_words_for(header->interface_count);
    snapshot->attribute_count = header->attribute_count;
    snapshot->group_count = header->group_count;
    snapshot->aoi_slots.mask = header->aoi_mask;
    snapshot->interface_slots.mask = header->interface_mask;
    snapshot->attribute_slots.mask = header->attribute_mask;
}

/* Points the snapshot's arrays into its image; false when they do not fill it exactly. */
static bool place_arrays(struct snapshot *snapshot, size_t length)
{
    struct array arrays[ARRAY_COUNT];
    list_arrays(snapshot, arrays);
    size_t at = sizeof(struct header);
    for (unsigned i = 0; i < ARRAY_COUNT; i++) {
        uint64_t bytes = padded_bytes(&arrays[i]);
        if (bytes > length - at) {
            return false;
        }
        const char *elements = snapshot->image + at;
        memcpy((char *)snapshot + arrays[i].pointer_at, &elements, sizeof(elements));
        at += bytes;
    }
    return at == length;
}

static const char *check_limits(const struct snapshot_facts *facts, const struct snapshot_limits *limits)
{
    if (facts->candidates_max > limits->candidates_max) {
        return "the image needs more than limits.max_candidates";
    }
    bool is_too_large = limits->bytes_max != 0 && facts->bytes > limits->bytes_max;
    return is_too_large ? "the image takes more than limits.snapshot_max_bytes" : NULL;
}

static const char *read_image(struct snapshot *snapshot, size_t length, const struct snapshot_limits *limits)
{
    struct header header;
    if (length < sizeof(header)) {
        return "the image ends within its header";
    }
    memcpy(&header, snapshot->image, sizeof(header));
    if (memcmp(header.magic, magic, sizeof(magic)) != 0) {
        return "the image is none";
    }
    if (header.layout != snapshot_image_layout()) {
        return "the image is of another build or version";
    }
    if (header.length != length) {
        return "the image has another length than it says";
    }
    take_header(snapshot, &header);
    if (!place_arrays(snapshot, length)) {
        return "the image's arrays do not fill it";
    }
    const char *reason = snapshot_image_check(snapshot);
    return reason != NULL ? reason : check_limits(&snapshot->facts, limits);
}

struct snapshot *snapshot_image_read(char *bytes, size_t length, const struct snapshot_limits *limits,
                                     const char **ret_reason)
{
    assert((uintptr_t)bytes % ALIGNMENT_BYTES == 0);
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (snapshot == NULL) {
        free(bytes);
        *ret_reason = "out of memory";
        return NULL;
    }
    arena_init(&snapshot->arena);
    snapshot->image = bytes;
    const char *reason = read_image(snapshot, length, limits);
    if (reason != NULL) {
        snapshot_free(snapshot);
        *ret_reason = reason;
        return NULL;
    }
    return snapshot;
}
