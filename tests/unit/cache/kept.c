#include "tests/unit/cache/kept.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/snapshot_image.h"

static const struct snapshot_limits limits = {.candidates_max = 100};

/* `before`, the number, `after`. */
static void add(struct documents *documents, const char *name, const char *before, uint64_t number, const char *after)
{
    struct text text;
    text_init(&text, 1024);
    text_append(&text, slice_of(before));
    text_append_integer(&text, (int64_t)number);
    text_append(&text, slice_of(after));
    cr_assert(!text.failed && documents_add(documents, name, text.bytes, text.length));
}

struct kept kept_make(uint64_t release)
{
    struct kept kept = {.edition = {.release = release}};
    kept.edition.root_length =
        (uint32_t)snprintf(kept.edition.root, sizeof(kept.edition.root), "root %llu", (unsigned long long)release);
    documents_init(&kept.documents);
    add(&kept.documents, "a.json", "{\"id\":\"a\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"c", release,
        "\",\"kind\":\"coupon\"}}");
    add(&kept.documents, "b.json",
        "{\"id\":\"b\",\"state\":\"paused\",\"scope\":{\"type\":\"aoi\",\"aois\":[\"310115-0001\"]},"
        "\"offer\":{\"coupon\":\"C\",\"kind\":\"fixed_price\",\"price\":",
        release, "}}");
    struct problems problems;
    problems_init(&problems);
    kept.snapshot = snapshot_from_documents(&kept.documents, release, &limits, &problems);
    cr_assert_not_null(kept.snapshot);
    problems_clear(&problems);
    return kept;
}

void kept_clear(struct kept *kept)
{
    documents_clear(&kept->documents);
    snapshot_free(kept->snapshot);
}

struct last_known_good *kept_open(const char *folder)
{
    char reason[LAST_KNOWN_GOOD_REASON_BYTES];
    struct last_known_good *state = last_known_good_open(folder, "redis main", reason);
    cr_assert_not_null(state, "%s", reason);
    return state;
}

bool kept_write(struct last_known_good *state, uint64_t release, char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES])
{
    struct kept kept = kept_make(release);
    bool is_written = last_known_good_write(state, &kept.edition, kept.snapshot, &kept.documents,
                                            (int64_t)release * 1000, ret_reason);
    kept_clear(&kept);
    return is_written;
}

static bool may_try(void *context, uint64_t release, struct problems *problems)
{
    (void)problems;
    return release != *(const uint64_t *)context;
}

struct release_gate kept_gate(const uint64_t *barred_release)
{
    return (struct release_gate){.context = (void *)(uintptr_t)barred_release, .may_try = may_try};
}

struct last_known_good_reading kept_read(struct last_known_good *state)
{
    struct last_known_good_reading reading;
    const uint64_t none = 0;
    const struct release_gate gate = kept_gate(&none);
    last_known_good_read(state, &limits, &gate, &reading);
    return reading;
}

static bool has_image_of(const struct snapshot *a, const struct snapshot *b)
{
    struct text first, second;
    text_init(&first, 1 << 20);
    text_init(&second, 1 << 20);
    snapshot_image_append(&first, a);
    snapshot_image_append(&second, b);
    bool is_same = !first.failed && slice_equals(text_slice(&first), text_slice(&second));
    text_clear(&first);
    text_clear(&second);
    return is_same;
}

bool kept_is(const struct last_known_good_reading *reading, uint64_t release)
{
    struct kept kept = kept_make(release);
    bool is_same = reading->snapshot != NULL && has_image_of(reading->snapshot, kept.snapshot) &&
                   reading->edition.release == release && reading->written_wall_ms == (int64_t)release * 1000 &&
                   reading->edition.root_length == kept.edition.root_length &&
                   memcmp(reading->edition.root, kept.edition.root, kept.edition.root_length) == 0;
    kept_clear(&kept);
    return is_same;
}

bool kept_is_whole(const struct last_known_good_reading *reading, uint64_t release)
{
    struct kept kept = kept_make(release);
    bool is_same = kept_is(reading, release) && reading->documents.count == kept.documents.count &&
                   reading->documents.bytes == kept.documents.bytes;
    for (size_t i = 0; is_same && i < kept.documents.count; i++) {
        const struct document *a = &reading->documents.items[i], *b = &kept.documents.items[i];
        is_same = strcmp(a->name, b->name) == 0 && a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
    }
    kept_clear(&kept);
    return is_same;
}

uint64_t kept_release_in(const char *folder)
{
    struct last_known_good *state = kept_open(folder);
    struct last_known_good_reading reading = kept_read(state);
    cr_assert_eq(reading.skipped_count, 0, "%s", reading.skipped[0]);
    uint64_t release = reading.snapshot != NULL ? reading.edition.release : 0;
    cr_assert(release == 0 || kept_is_whole(&reading, release));
    last_known_good_reading_clear(&reading);
    last_known_good_close(state);
    return release;
}
