#include "publish/release_cut.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "cache/assembly.h"
#include "cache/manifest.h"

static struct documents documents;
static struct piece_set pieces;
static struct root root;
static char reason[RELEASE_CUT_REASON_BYTES];

static void set_up(void)
{
    documents_init(&documents);
    piece_set_init(&pieces);
}

static void tear_down(void)
{
    documents_clear(&documents);
    piece_set_clear(&pieces);
}

TestSuite(release_cut, .init = set_up, .fini = tear_down);

static void add(const char *name, size_t length)
{
    char *bytes = malloc(length + 1);
    cr_assert(bytes != NULL);
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (char)((i * 2654435761u) >> 13);
    }
    cr_assert(documents_add(&documents, name, bytes, length));
}

/* From the pieces alone. */
static char *join(const struct blob *blob)
{
    struct assembly *assembly = assembly_create(UINT32_MAX);
    struct assembly_need need;
    cr_assert(assembly != NULL && assembly_want(assembly, blob));
    while (assembly_missing(assembly, &need, 1) == 1) {
        uint32_t number = digest_table_find(&pieces.names, &need.digest);
        cr_assert(number != DIGEST_TABLE_NONE);
        cr_assert(eq(int, assembly_offer(assembly, &need.digest, pieces.items[number].value), ASSEMBLY_USED));
    }
    char *bytes = assembly_take(assembly, 0);
    assembly_free(assembly);
    return bytes;
}

Test(release_cut, the_pieces_make_the_documents_again)
{
    add("a.json", 0);
    add("b.json", 1);
    add("c.json", 300000);
    add("settings.json", 2);
    cr_assert(release_cut(&documents, &pieces, &root, reason), "%s", reason);
    cr_expect(eq(u32, root.policies, 3));
    cr_expect(eq(u64, root.document_bytes, 300003));
    struct manifest manifest;
    const char *fault;
    cr_assert(manifest_decode(join(&root.manifest), root.manifest.length, &manifest, &fault));
    for (uint32_t i = 0; i < manifest.count; i++) {
        char *bytes = join(&manifest.entries[i].blob);
        cr_expect(slice_equals(manifest.entries[i].name, slice_of(documents.items[i].name)));
        cr_expect(eq(u32, manifest.entries[i].blob.length, (uint32_t)documents.items[i].length));
        cr_expect(memcmp(bytes, documents.items[i].bytes, documents.items[i].length) == 0);
        free(bytes);
    }
    manifest_clear(&manifest);
}

Test(release_cut, no_document_is_a_release_too)
{
    cr_assert(release_cut(&documents, &pieces, &root, reason), "%s", reason);
    cr_expect(eq(u32, root.policies, 0));
    cr_expect(eq(u32, root.manifest.length, 0));
    cr_expect(eq(u32, piece_set_count(&pieces), 1));
}

Test(release_cut, what_repeats_is_kept_once)
{
    add("a.json", 1000);
    add("b.json", 1000);
    cr_assert(release_cut(&documents, &pieces, &root, reason));
    uint32_t both = piece_set_count(&pieces);
    documents_clear(&documents);
    piece_set_clear(&pieces);
    documents_init(&documents);
    piece_set_init(&pieces);
    add("a.json", 1000);
    cr_assert(release_cut(&documents, &pieces, &root, reason));
    cr_assert(eq(u32, piece_set_count(&pieces), both));
}

Test(release_cut, a_name_may_have_255_bytes_and_no_more)
{
    char name[MANIFEST_NAME_BYTES_MAX + 2];
    memset(name, 'n', sizeof(name));
    name[MANIFEST_NAME_BYTES_MAX] = '\0';
    add(name, 1);
    cr_expect(release_cut(&documents, &pieces, &root, reason), "%s", reason);
    name[MANIFEST_NAME_BYTES_MAX] = 'n';
    name[MANIFEST_NAME_BYTES_MAX + 1] = '\0';
    add(name, 1);
    cr_expect(not(release_cut(&documents, &pieces, &root, reason)));
    cr_expect(strstr(reason, "1 to 255 bytes") != NULL);
}

Test(release_cut, what_a_gateway_would_refuse_is_refused)
{
    add("b.json", 1);
    add("a.json", 1);
    cr_assert(not(release_cut(&documents, &pieces, &root, reason)));
    cr_assert(eq(str, reason, "the manifest: has names that do not ascend"));
}
