#include "cache/holding.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "cache/blob_writer.h"

static struct holding holding;

static void setup(void)
{
    holding_init(&holding);
}

static void teardown(void)
{
    holding_clear(&holding);
}

TestSuite(holding, .init = setup, .fini = teardown);

static bool ignore(void *context, const struct digest *digest, struct slice piece)
{
    (void)context, (void)digest, (void)piece;
    return true;
}

/* A release: documents "0", "1" … whose bytes are the letters of `content`. */
struct made {
    struct documents documents;
    struct manifest manifest;
    struct edition edition;
};

static void make(struct made *made, uint64_t release, const char *content)
{
    struct text text;
    text_init(&text, 4096);
    documents_init(&made->documents);
    struct root root = {.release = release, .policies = (uint32_t)strlen(content)};
    for (size_t i = 0; content[i] != '\0'; i++) {
        char name[2] = {(char)('0' + i), '\0'}, *bytes = strndup(content + i, 1);
        struct manifest_entry entry = {.name = slice_of(name)};
        cr_assert(blob_write(bytes, 1, ignore, NULL, &entry.blob));
        manifest_append(&text, &entry);
        cr_assert(documents_add(&made->documents, name, bytes, 1));
        root.document_bytes++;
    }
    cr_assert(blob_write(text.bytes, text.length, ignore, NULL, &root.manifest));
    const char *reason;
    cr_assert(manifest_decode(text.bytes, text.length, &made->manifest, &reason), "%s", reason);
    text_init(&text, EDITION_ROOT_BYTES);
    root_append(&text, &root);
    made->edition = (struct edition){.release = release, .root_length = (uint32_t)text.length};
    memcpy(made->edition.root, text.bytes, text.length);
    text_clear(&text);
}

static void adopt(uint64_t release, const char *content)
{
    struct made made;
    make(&made, release, content);
    holding_adopt(&holding, &made.edition, &made.documents);
    manifest_clear(&made.manifest);
}

static bool has(char letter)
{
    struct blob blob;
    cr_assert(blob_write(&letter, 1, ignore, NULL, &blob));
    return shelf_has(&holding.shelf, &blob.digest);
}

static void turn(uint64_t release, const char *content)
{
    struct made made;
    make(&made, release, content);
    holding_turn(&holding, &made.edition, &made.manifest, &made.documents);
    manifest_clear(&made.manifest);
}

Test(holding, nothing_is_in_force_at_first)
{
    cr_assert(eq(ptr, (void *)holding_root(&holding), NULL));
    cr_assert(eq(ptr, (void *)holding_manifest(&holding), NULL));
    struct edition edition = {0};
    cr_assert(not(holding_is_in_force(&holding, &edition)));
    holding_sort(&holding);
}

Test(holding, what_a_state_file_left_is_known_after_sorting)
{
    adopt(5, "abc");
    cr_assert(eq(u64, holding_root(&holding)->release, 5));
    holding_sort(&holding);
    cr_assert(has('a') && has('b') && has('c'));
    cr_assert(eq(u32, holding_manifest(&holding)->count, 3));
}

Test(holding, documents_that_are_not_what_the_root_says_are_dropped)
{
    struct made made;
    make(&made, 5, "abc");
    made.documents.items[1].bytes[0] = 'x';
    holding_adopt(&holding, &made.edition, &made.documents);
    manifest_clear(&made.manifest);
    holding_sort(&holding);
    cr_assert(not(has('a')));
    cr_assert(eq(ptr, (void *)holding_manifest(&holding), NULL));
    cr_assert(eq(u64, holding_root(&holding)->release, 5), "the release is in force all the same");
}

Test(holding, an_edition_without_a_root_is_of_another_source)
{
    struct made made;
    make(&made, 5, "a");
    made.edition.root_length = 0;
    holding_adopt(&holding, &made.edition, &made.documents);
    manifest_clear(&made.manifest);
    cr_assert(eq(sz, made.documents.count, 0));
    cr_assert(eq(ptr, (void *)holding_root(&holding), NULL));
}

Test(holding, a_new_release_keeps_what_differs_of_the_one_before)
{
    adopt(5, "abc");
    holding_sort(&holding);
    struct made made;
    make(&made, 6, "abd");
    for (size_t i = 0; i < 2; i++) { /* as a fetch does: what is held is lent */
        free(made.documents.items[i].bytes);
        made.documents.items[i].bytes = shelf_take(&holding.shelf, &made.manifest.entries[i].blob.digest);
    }
    holding_turn(&holding, &made.edition, &made.manifest, &made.documents);
    cr_assert(has('a') && has('b') && has('c') && has('d'));
    cr_assert(holding_is_in_force(&holding, &made.edition));
    struct slice manifests[2];
    holding_manifests(&holding, manifests);
    cr_assert(gt(u32, manifests[0].length, 0));
    cr_assert(gt(u32, manifests[1].length, 0));
    turn(7, "xyz");
    cr_assert(not(has('c')), "two releases old");
    cr_assert(has('d') && has('x'));
}

Test(holding, a_release_that_is_not_used_leaves_everything_as_it_was)
{
    turn(5, "abc");
    struct made made;
    make(&made, 6, "abd");
    free(made.documents.items[0].bytes);
    made.documents.items[0].bytes = shelf_take(&holding.shelf, &made.manifest.entries[0].blob.digest);
    holding_return(&holding, &made.manifest, &made.documents);
    manifest_clear(&made.manifest);
    cr_assert(has('a') && has('b') && has('c'));
    cr_assert(not(has('d')));
    cr_assert(eq(u64, holding_root(&holding)->release, 5));
    cr_assert(eq(sz, made.documents.count, 0));
}

Test(holding, the_same_content_under_a_new_number_keeps_what_was_before)
{
    turn(5, "abc");
    turn(6, "abd");
    struct made made;
    make(&made, 7, "abd");
    for (size_t i = 0; i < 3; i++) {
        free(made.documents.items[i].bytes);
        made.documents.items[i].bytes = shelf_take(&holding.shelf, &made.manifest.entries[i].blob.digest);
    }
    holding_turn(&holding, &made.edition, &made.manifest, &made.documents);
    manifest_clear(&made.manifest);
    cr_assert(eq(u64, holding_root(&holding)->release, 7));
    cr_assert(has('c') && has('d'));
}
