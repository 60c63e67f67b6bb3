#include "cache/manifest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct text text;

static void set_up(void)
{
    text_init(&text, UINT32_MAX);
}

static void tear_down(void)
{
    text_clear(&text);
}

TestSuite(manifest, .init = set_up, .fini = tear_down, .timeout = 60);

static void append(const char *name, uint32_t length, uint8_t level)
{
    struct manifest_entry entry = {.name = slice_of(name), .blob = {.length = length, .level = level}};
    memset(entry.blob.digest.bytes, name[0], DIGEST_BYTES);
    manifest_append(&text, &entry);
}

/* Of a copy of the bytes, exactly their length; NULL when they are a manifest, which is cleared again. */
static const char *refusal_of(const char *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, bytes, length);
    struct manifest manifest;
    const char *reason = NULL;
    if (manifest_decode(copy, length, &manifest, &reason)) {
        manifest_clear(&manifest);
        return NULL;
    }
    cr_expect(reason != NULL);
    free(copy);
    return reason;
}

static const char *refusal(void)
{
    return refusal_of(text.bytes, text.length);
}

Test(manifest, stands_as_the_layout_says)
{
    append("a.json", 0x01020304, 3);
    cr_expect_eq(text.length, 28);
    cr_expect_arr_eq(text.bytes,
                     "aaaaaaaaaaaaaaaa\x03\x04\x03\x02\x01\x06"
                     "a.json",
                     28);
}

Test(manifest, comes_back_as_it_was_written)
{
    append("a.json", 5000, 1);
    append("b.json", 0, 0);
    append("settings.json", 206, 0);
    struct manifest manifest;
    const char *reason = NULL;
    cr_assert(manifest_decode(text.bytes, text.length, &manifest, &reason), "%s", reason);
    text = (struct text){.capacity_max = text.capacity_max}; /* its bytes are the manifest's now */
    cr_assert_eq(manifest.count, 3);
    cr_expect_eq(manifest.policies, 2);
    cr_expect_eq(manifest.document_bytes, 5206);
    cr_expect(slice_equals(manifest.entries[0].name, SLICE("a.json")));
    cr_expect_eq(manifest.entries[0].blob.level, 1);
    cr_expect_eq(manifest.entries[0].blob.length, 5000);
    cr_expect_arr_eq(manifest.entries[2].blob.digest.bytes, "ssssssssssssssss", 16);
    cr_expect_eq(manifest_find(&manifest, SLICE("b.json")), &manifest.entries[1]);
    cr_expect_eq(manifest_find(&manifest, SLICE("b.jso")), NULL);
    cr_expect_eq(manifest_find(&manifest, SLICE("z.json")), NULL);
    manifest_clear(&manifest);
}

Test(manifest, may_be_empty)
{
    struct manifest manifest;
    const char *reason = NULL;
    cr_assert(manifest_decode(malloc(1), 0, &manifest, &reason));
    cr_expect_eq(manifest.count, 0);
    cr_expect_eq(manifest_find(&manifest, SLICE("a.json")), NULL);
    manifest_clear(&manifest);
}

Test(manifest, every_cut_within_an_entry_is_refused)
{
    append("a.json", 1, 0);
    append("b.json", 1, 0);
    for (size_t length = 1; length < text.length; length++) {
        const char *reason = refusal_of(text.bytes, length);
        cr_expect(length == 28 ? reason == NULL : reason != NULL && strcmp(reason, "ends within an entry") == 0, "%zu",
                  length);
    }
}

Test(manifest, names_ascend_and_are_distinct)
{
    append("b.json", 1, 0);
    append("a.json", 1, 0);
    cr_expect_str_eq(refusal(), "has names that do not ascend");
    text_reset(&text);
    append("a.json", 1, 0);
    append("a.json", 1, 0);
    cr_expect_str_eq(refusal(), "has names that do not ascend");
    text_reset(&text);
    append("B", 1, 0);
    append("a", 1, 0);
    append("aa", 1, 0);
    append("\xE4\xB8\xAD", 1, 0);
    cr_expect(refusal() == NULL, "byte order");
}

Test(manifest, names_are_plain_file_names)
{
    static const char *const bad[] = {"/", "a/b", "../x.json", ".", "..", "/etc/passwd"};
    static const char *const fine[] = {"...", ".a", "a..", "-", "a b", "\\"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        text_reset(&text);
        append(bad[i], 1, 0);
        cr_expect_str_eq(refusal(), "has a name that is no plain file name", "%s", bad[i]);
    }
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        text_reset(&text);
        append(fine[i], 1, 0);
        cr_expect(refusal() == NULL, "%s", fine[i]);
    }
    text_reset(&text);
    append("a", 1, 0);
    text.bytes[text.length - 1] = '\0';
    cr_expect_str_eq(refusal(), "has a name that is no plain file name");
    text.bytes[text.length - 2] = 0;
    cr_expect_str_eq(refusal_of(text.bytes, text.length - 1), "has a name that is no plain file name", "no name");
}

Test(manifest, lengths_and_levels_have_ceilings)
{
    static const struct {
        uint32_t length;
        uint8_t level;
        const char *reason;
    } rows[] = {
        {DOCUMENT_BYTES_MAX, 3, NULL},
        {DOCUMENT_BYTES_MAX + 1, 3, "has a document larger than 64 MiB"},
        {8191, 0, NULL},
        {8192, 0, "has a document of an impossible length or level"},
        {DOCUMENT_BYTES_MAX, 8, NULL},
        {DOCUMENT_BYTES_MAX, 9, "has a document of an impossible length or level"},
        {0, 1, "has a document of an impossible length or level"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_reset(&text);
        append("a.json", rows[i].length, rows[i].level);
        const char *reason = refusal();
        cr_expect(rows[i].reason == NULL ? reason == NULL : reason != NULL && strcmp(reason, rows[i].reason) == 0,
                  "row %zu", i);
    }
}

Test(manifest, all_documents_together_have_a_ceiling)
{
    char name[16];
    for (int i = 0; i < 16; i++) {
        snprintf(name, sizeof(name), "%02d", i);
        append(name, DOCUMENT_BYTES_MAX, 3);
    }
    cr_expect(refusal() == NULL, "1 GiB");
    append("x", 1, 0);
    cr_expect_str_eq(refusal(), "has more than 1 GiB of documents");
}

Test(manifest, documents_are_counted_up_to_their_ceiling)
{
    char name[16];
    for (int i = 0; i < DOCUMENTS_COUNT_MAX; i++) {
        snprintf(name, sizeof(name), "%06d", i);
        append(name, 1, 0);
    }
    cr_expect(refusal() == NULL);
    append("x", 1, 0);
    cr_expect_str_eq(refusal(), "has more than 100000 documents");
}

Test(manifest, the_longest_names_have_room)
{
    char name[MANIFEST_NAME_BYTES_MAX + 1];
    memset(name, 'n', MANIFEST_NAME_BYTES_MAX);
    name[MANIFEST_NAME_BYTES_MAX] = '\0';
    append(name, 1, 0);
    cr_expect_eq(text.length * DOCUMENTS_COUNT_MAX, manifest_bytes_max);
    cr_expect(refusal() == NULL);
}
