/*
 * The largest that the contract allows goes through the layout: no piece above 8 KiB, and back comes what went in.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/manifest.h"
#include "piece_box.h"
#include "policy/limits.h"
#include "policy/snapshot.h"

static struct piece_box box;

static void set_up(void)
{
    piece_box_init(&box);
}

static void tear_down(void)
{
    piece_box_clear(&box);
}

TestSuite(layout_limits, .init = set_up, .fini = tear_down, .timeout = 120);

static void append_strings(struct text *text, int count, int length, char first)
{
    for (int i = 0; i < count; i++) {
        text_append_format(text, "%s\"%c%0*d\"", i > 0 ? "," : "", first, length - 1, i);
    }
}

static void append_windows(struct text *text)
{
    text_append(text, SLICE("\"schedule\":{\"from\":\"2026-02-12T20:00:00+08:00\",\"to\":\"2027-02-12T20:00:00+08:00\","
                            "\"utc_offset\":\"+08:00\",\"windows\":["));
    for (int i = 0; i < LIMIT_WINDOWS; i++) {
        text_append_format(text, "%s{\"days\":[1,2,3,4,5,6,7],\"from\":\"%02d:00\",\"to\":\"%02d:30\"}",
                           i > 0 ? "," : "", i, i);
    }
    text_append(text, SLICE("]},"));
}

static void append_conditions(struct text *text)
{
    text_append(text, SLICE("\"conditions\":["));
    for (int i = 0; i < LIMIT_CONDITIONS; i++) {
        text_append_format(text, "%s{\"attr\":\"a%0*d\",\"op\":\"in\",\"value\":[", i > 0 ? "," : "",
                           LIMIT_NAME_BYTES - 1, i);
        append_strings(text, LIMIT_CONDITION_VALUES, LIMIT_STRING_BYTES, 'v');
        text_append(text, SLICE("]}"));
    }
    text_append(text, SLICE("],"));
}

static void append_rollout(struct text *text)
{
    text_append(text, SLICE("\"rollout\":{\"salt\":\"r1\",\"steps\":["));
    for (int i = 0; i < LIMIT_ROLLOUT_STEPS; i++) {
        text_append_format(text, "%s{\"from\":\"2026-03-%02dT00:00:00Z\",\"share\":%d}", i > 0 ? "," : "", i + 1,
                           i * 500);
    }
    text_append(text, SLICE("]},"));
}

static void append_variants(struct text *text)
{
    text_append(text, SLICE("\"experiment\":{\"salt\":\"k7Q2\",\"layer\":{\"salt\":\"L1\",\"from\":0,\"to\":10000},"
                            "\"variants\":["));
    for (int i = 0; i < LIMIT_VARIANTS; i++) {
        text_append_format(
            text,
            "%s{\"name\":\"%0*d\",\"weight\":1250,\"offer\":{\"coupon\":\"%0*d\",\"kind\":\"amount_off\","
            "\"tiers\":[",
            i > 0 ? "," : "", LIMIT_NAME_BYTES, i, LIMIT_NAME_BYTES, i);
        for (int k = 0; k < LIMIT_TIERS; k++) {
            text_append_format(text, "%s{\"reach\":%d,\"off\":1000000000000}", k > 0 ? "," : "", k);
        }
        text_append(text, SLICE("]}}"));
    }
    text_append(text, SLICE("]}}"));
}

static void append_largest_policy(struct text *text)
{
    text_append_format(text, "{\"id\":\"a%0*d\",\"name\":\"", LIMIT_NAME_BYTES - 1, 0);
    for (int i = 0; i < LIMIT_TITLE_CHARACTERS; i++) {
        text_append(text, SLICE("\xF0\x9F\x8D\x9C"));
    }
    text_append(text, SLICE("\",\"interfaces\":["));
    append_strings(text, LIMIT_INTERFACES, LIMIT_NAME_BYTES, 'i');
    text_append(text, SLICE("],\"scope\":{\"type\":\"aoi\",\"aois\":["));
    append_strings(text, LIMIT_AOIS, LIMIT_NAME_BYTES, 'A');
    text_append(text, SLICE("],\"exclude\":["));
    append_strings(text, LIMIT_AOIS, LIMIT_NAME_BYTES, 'X');
    text_append(text, SLICE("]},"));
    append_windows(text);
    append_conditions(text);
    append_rollout(text);
    text_append_format(text, "\"group\":\"%0*d\",\"priority\":1000000,\"exclusive\":true,", LIMIT_NAME_BYTES, 0);
    append_variants(text);
    cr_assert_not(text->failed);
}

static void expect_comes_back(struct slice bytes, uint8_t *ret_level)
{
    struct blob blob = piece_box_write(&box, bytes.at, bytes.length);
    struct assembly *assembly = assembly_create(bytes.length);
    cr_assert(assembly_want(assembly, &blob));
    cr_assert_eq(piece_box_serve(&box, assembly), ASSEMBLY_USED);
    char *back = assembly_take(assembly, 0);
    cr_assert(back != NULL);
    cr_expect(memcmp(back, bytes.at, bytes.length) == 0);
    cr_expect_leq(box.largest_bytes, PIECE_BYTES_MAX);
    free(back);
    assembly_free(assembly);
    *ret_level = blob.level;
}

Test(layout_limits, a_policy_at_every_limit_at_once_comes_back)
{
    struct text text;
    uint8_t level;
    text_init(&text, DOCUMENT_BYTES_MAX);
    append_largest_policy(&text);
    cr_log_info("%zu bytes", text.length);
    cr_expect_gt(text.length, 17 * 1000 * 1000);
    expect_comes_back(text_slice(&text), &level);
    cr_expect_geq(level, 3);

    /* And it is a policy: the layout carries what the compiler takes. */
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    cr_assert(documents_add(&documents, "largest.json", text.bytes, text.length));
    struct snapshot *snapshot =
        snapshot_from_documents(&documents, 0, &(struct snapshot_limits){.candidates_max = 20000}, &problems);
    cr_expect(snapshot != NULL, "%s %s", problems.items[0].pointer, problems.items[0].reason);
    snapshot_free(snapshot);
    problems_clear(&problems);
    documents_clear(&documents);
}

Test(layout_limits, the_longest_document_comes_back)
{
    uint8_t level;
    char *bytes = malloc(DOCUMENT_BYTES_MAX);
    for (uint32_t i = 0; i < DOCUMENT_BYTES_MAX / 16; i++) {
        char line[32];
        snprintf(line, sizeof(line), "\"%06u-%04u\", ", i / 10000, i % 10000);
        memcpy(bytes + (size_t)i * 16, line, 16);
    }
    expect_comes_back((struct slice){.at = bytes, .length = DOCUMENT_BYTES_MAX}, &level);
    cr_expect_leq(level, 5);
    free(bytes);
}

/* A policy of 300 codes. */
static void write_policy(struct text *text, uint32_t number)
{
    text_reset(text);
    text_append_format(
        text,
        "{\"id\":\"p%05u\",\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"},\"scope\":{\"type\":\"aoi\",\"aois\":[",
        number);
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t code = (number * 2654435761u + i * 7919u) % 30000;
        text_append_format(text, "%s\"31%04u-%04u\"", i > 0 ? ", " : "", code / 1000, code % 1000 + i);
    }
    text_append(text, SLICE("]}}"));
}

enum { POLICIES = 10000 };

/* A manifest of all, each written to the box. */
static struct blob write_set(void)
{
    struct text policy, manifest;
    text_init(&policy, DOCUMENT_BYTES_MAX);
    text_init(&manifest, manifest_bytes_max);
    for (uint32_t i = 0; i < POLICIES; i++) {
        char name[32];
        snprintf(name, sizeof(name), "p%05u.json", i);
        write_policy(&policy, i);
        struct manifest_entry entry = {.name = slice_of(name),
                                       .blob = piece_box_write(&box, policy.bytes, policy.length)};
        manifest_append(&manifest, &entry);
    }
    cr_assert_not(manifest.failed);
    struct blob blob = piece_box_write(&box, manifest.bytes, manifest.length);
    text_clear(&policy);
    text_clear(&manifest);
    return blob;
}

static void read_manifest(const struct blob *blob, struct manifest *ret_manifest)
{
    struct assembly *assembly = assembly_create(manifest_bytes_max);
    const char *reason = NULL;
    cr_assert(assembly_want(assembly, blob));
    cr_assert_eq(piece_box_serve(&box, assembly), ASSEMBLY_USED);
    cr_assert(manifest_decode(assembly_take(assembly, 0), blob->length, ret_manifest, &reason), "%s", reason);
    assembly_free(assembly);
}

Test(layout_limits, ten_thousand_policies_come_back)
{
    struct blob root = write_set();
    struct manifest manifest;
    read_manifest(&root, &manifest);
    cr_assert_eq(manifest.count, POLICIES);
    cr_expect_geq(root.level, 2, "the manifest itself is a tree of trees");
    struct assembly *assembly = assembly_create(manifest.document_bytes);
    for (uint32_t i = 0; i < POLICIES; i++) {
        cr_assert(assembly_want(assembly, &manifest.entries[i].blob));
    }
    cr_assert_eq(piece_box_serve(&box, assembly), ASSEMBLY_USED);
    struct text policy;
    text_init(&policy, DOCUMENT_BYTES_MAX);
    for (uint32_t i = 0; i < POLICIES; i++) {
        write_policy(&policy, i);
        char *back = assembly_take(assembly, i);
        cr_assert(back != NULL);
        cr_assert_eq(manifest.entries[i].blob.length, policy.length);
        cr_assert(memcmp(back, policy.bytes, policy.length) == 0);
        free(back);
    }
    text_clear(&policy);
    assembly_free(assembly);
    manifest_clear(&manifest);
    cr_expect_leq(box.largest_bytes, PIECE_BYTES_MAX);
}
