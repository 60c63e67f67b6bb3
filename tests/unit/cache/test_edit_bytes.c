/*
 * What an edit costs: the bytes that Redis sends to a gateway which has the release before, RESP framing, root and
 * manifest included. The layout's promise is 8 KiB for an edit of one AOI code.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/blob_writer.h"
#include "cache/directory.h"
#include "cache/manifest.h"
#include "cache/root.h"
#include "piece_box.h"

TestSuite(edit_bytes, .timeout = 120);

enum {
    PROMISE = 8192,
    KEYS_MAX = 7,     /* of a request */
    CODE_LENGTH = 13, /* "310115-0001" and its quotes */
    DOCUMENT_EDITED_MAX = 2 * 1024 * 1024,
};

/* A release as a gateway holds it. */
static struct documents documents;
static struct manifest_entry *entries;
static struct piece_box manifest_box;

static void write_manifest(struct text *text)
{
    text_init(text, manifest_bytes_max);
    for (size_t i = 0; i < documents.count; i++) {
        manifest_append(text, &entries[i]);
    }
    cr_assert_not(text->failed);
}

static void hold(void)
{
    struct text text;
    piece_box_init(&manifest_box);
    write_manifest(&text);
    piece_box_write(&manifest_box, text.bytes, text.length);
    text_clear(&text);
}

static void let_go(void)
{
    piece_box_clear(&manifest_box);
    documents_clear(&documents);
    free(entries);
}

static uint64_t bulk_bytes(size_t length)
{
    char head[32];
    return (uint64_t)snprintf(head, sizeof(head), "$%zu\r\n", length) + length + 2;
}

/* Offers what is held; the needs that are left stand first. */
static size_t offer_held(const struct piece_box *held, struct assembly *assembly, struct assembly_need *needs,
                         size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (digest_table_find(&held->numbers, &needs[i].digest) == DIGEST_TABLE_NONE) {
            needs[left++] = needs[i];
            continue;
        }
        cr_assert_eq(assembly_offer(assembly, &needs[i].digest, piece_box_find(held, &needs[i].digest)), ASSEMBLY_USED);
    }
    return left;
}

/* The bytes of all replies until the blob is complete. */
static uint64_t fetch(const struct blob *blob, const struct piece_box *held, const struct piece_box *redis)
{
    struct assembly *assembly = assembly_create(blob->length);
    cr_assert(assembly_want(assembly, blob));
    struct assembly_need needs[KEYS_MAX];
    uint64_t bytes = 0;
    for (size_t count; (count = assembly_missing(assembly, needs, KEYS_MAX)) > 0;) {
        size_t left = offer_held(held, assembly, needs, count);
        if (left < count) {
            continue;
        }
        bytes += strlen("*7\r\n");
        for (size_t i = 0; i < left; i++) {
            struct slice value = piece_box_find(redis, &needs[i].digest);
            bytes += bulk_bytes(value.length);
            cr_assert_eq(assembly_offer(assembly, &needs[i].digest, value), ASSEMBLY_USED);
        }
    }
    free(assembly_take(assembly, 0));
    assembly_free(assembly);
    return bytes;
}

static uint64_t root_reply_bytes(const struct blob *manifest)
{
    struct text text;
    text_init(&text, ROOT_BYTES_MAX);
    root_append(&text, &(struct root){.release = 1000000,
                                      .manifest = *manifest,
                                      .policies = (uint32_t)documents.count,
                                      .document_bytes = documents_bytes_max,
                                      .published_at_s = 1771000000});
    uint64_t bytes = bulk_bytes(text.length);
    text_clear(&text);
    return bytes;
}

/* Document i becomes `edited`. */
static uint64_t edit_bytes(size_t i, const char *edited, size_t length)
{
    struct piece_box redis, held;
    piece_box_init(&redis);
    piece_box_init(&held);
    piece_box_write(&held, documents.items[i].bytes, documents.items[i].length);
    struct manifest_entry before = entries[i];
    entries[i].blob = piece_box_write(&redis, edited, length);
    struct blob document = entries[i].blob;
    struct text text;
    write_manifest(&text);
    struct blob manifest = piece_box_write(&redis, text.bytes, text.length);
    uint64_t bytes =
        root_reply_bytes(&manifest) + fetch(&manifest, &manifest_box, &redis) + fetch(&document, &held, &redis);
    entries[i] = before;
    text_clear(&text);
    piece_box_clear(&redis);
    piece_box_clear(&held);
    return bytes;
}

enum edit {
    CHANGE,
    INSERTION,
    REMOVAL,
    EDIT_COUNT,
};

/* The document with the code at `at` edited; its length. */
static size_t make_edited(const struct document *document, size_t at, enum edit edit, char *ret_edited)
{
    static const char code[] = "\"399999-9999\", ";
    size_t taken = 0, put = 0;
    const char *from = document->bytes + at;
    switch (edit) {
    case CHANGE:
        taken = put = CODE_LENGTH;
        break;
    case INSERTION:
        put = CODE_LENGTH + 2;
        break;
    case REMOVAL:
        taken = CODE_LENGTH + (from[CODE_LENGTH] == ',') + (from[CODE_LENGTH] == ',' && from[CODE_LENGTH + 1] == ' ');
        break;
    case EDIT_COUNT:
        break;
    }
    memcpy(ret_edited, document->bytes, at);
    memcpy(ret_edited + at, code, put);
    memcpy(ret_edited + at + put, from + taken, document->length - at - taken);
    return document->length + put - taken;
}

/* Where the next code stands from `at` on; the length where there is none. */
static size_t next_code(const struct document *document, size_t at)
{
    for (; at + CODE_LENGTH < document->length; at++) {
        const char *code = document->bytes + at;
        if (code[0] == '"' && code[7] == '-' && code[12] == '"') {
            return at;
        }
    }
    return document->length;
}

struct costs {
    uint64_t bytes[3 * 5000];
    size_t count;
};

static struct costs costs;

static void edit_code(size_t i, size_t at, enum edit edit)
{
    static char edited[DOCUMENT_EDITED_MAX];
    size_t length = make_edited(&documents.items[i], at, edit, edited);
    costs.bytes[costs.count++] = edit_bytes(i, edited, length);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void expect_promise_kept(size_t least_edits)
{
    cr_assert_geq(costs.count, least_edits);
    qsort(costs.bytes, costs.count, sizeof(costs.bytes[0]), compare);
    uint64_t median = costs.bytes[costs.count / 2], most = costs.bytes[costs.count - 1];
    cr_log_info("%zu edits: median %lu, most %lu bytes", costs.count, (unsigned long)median, (unsigned long)most);
    cr_expect_leq(most, PROMISE, "of %zu edits: median %lu, most %lu bytes", costs.count, (unsigned long)median,
                  (unsigned long)most);
}

static void hold_demo_set(void)
{
    struct problems problems;
    struct directory_reading reading;
    problems_init(&problems);
    cr_assert_eq(directory_read(DEMO_FOLDER, &documents, &problems, &reading), DIRECTORY_READ);
    cr_assert_eq(problems.total, 0);
    entries = calloc(documents.count, sizeof(*entries));
    struct piece_box box;
    piece_box_init(&box);
    for (size_t i = 0; i < documents.count; i++) {
        entries[i].name = slice_of(documents.items[i].name);
        entries[i].blob = piece_box_write(&box, documents.items[i].bytes, documents.items[i].length);
    }
    piece_box_clear(&box);
    hold();
}

Test(edit_bytes, any_single_code_of_the_incidents_set_costs_8_kib_at_most)
{
    hold_demo_set();
    for (size_t i = 0; i < documents.count; i++) {
        const struct document *document = &documents.items[i];
        for (size_t at = next_code(document, 0); at < document->length; at = next_code(document, at + CODE_LENGTH)) {
            for (int edit = CHANGE; edit < EDIT_COUNT; edit++) {
                edit_code(i, at, edit);
            }
        }
    }
    expect_promise_kept(3 * 14 * 290);
    let_go();
}

/* The same numbers in every run. */
static uint32_t next_random(uint32_t below)
{
    static uint64_t state = 20260212;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % below;
}

/* A policy of `codes` codes, eight a line, as the demo's generator writes them. */
static void add_policy(uint32_t number, uint32_t codes)
{
    struct text text;
    char name[32];
    text_init(&text, DOCUMENT_BYTES_MAX);
    text_append_format(&text,
                       "{\n  \"id\": \"aoi-%05u\",\n  \"offer\": {\"coupon\": \"C-%u\", \"kind\": \"coupon\"},\n"
                       "  \"scope\": {\n    \"type\": \"aoi\",\n    \"aois\": [",
                       number, number % 97);
    for (uint32_t i = 0, district = next_random(50), code = next_random(20); i < codes;
         i++, code += 1 + next_random(9)) {
        text_append_format(&text, "%s%s\"31%04u-%04u\"",
                           i == 0       ? ""
                           : i % 8 == 0 ? ","
                                        : ", ",
                           i % 8 == 0 ? "\n      " : "", district + code / 10000, code % 10000);
    }
    text_append(&text, SLICE("\n    ]\n  }\n}\n"));
    cr_assert_not(text.failed);
    snprintf(name, sizeof(name), "aoi-%05u.json", number);
    cr_assert(documents_add(&documents, name, text.bytes, text.length)); /* the text's bytes are the document's now */
}

static void hold_policies(uint32_t count, uint32_t codes)
{
    struct piece_box box;
    piece_box_init(&box);
    entries = calloc(count, sizeof(*entries));
    for (uint32_t i = 0; i < count; i++) {
        add_policy(i, codes);
        entries[i].name = slice_of(documents.items[i].name);
        entries[i].blob = piece_box_write(&box, documents.items[i].bytes, documents.items[i].length);
        piece_box_clear(&box);
    }
    hold();
}

static void edit_random_codes(uint32_t edits)
{
    for (uint32_t k = 0; k < edits; k++) {
        uint32_t i = next_random((uint32_t)documents.count);
        const struct document *document = &documents.items[i];
        size_t at = next_code(document, next_random((uint32_t)document->length - 100));
        if (at < document->length) {
            edit_code(i, at, (enum edit)(k % EDIT_COUNT));
        }
    }
}

Test(edit_bytes, a_code_of_one_of_10000_policies_costs_8_kib_at_most)
{
    hold_policies(10000, 300);
    edit_random_codes(300);
    expect_promise_kept(290);
    let_go();
}

Test(edit_bytes, a_code_of_the_longest_policy_costs_8_kib_at_most)
{
    hold_policies(3, 100000);
    edit_random_codes(45);
    expect_promise_kept(40);
    let_go();
}
