/*
 * Memory ends at every allocation in turn while a release is cut, assembled and its manifest read: whoever needed it
 * says so, the very next try goes on from there, nothing leaks, and the bytes come back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"
#include "cache/assembly.h"
#include "cache/blob_writer.h"
#include "cache/manifest.h"

enum { DOCUMENT_BYTES = 200 * 1000, PIECES_MAX = 1000 };

/* Pieces by name, without an allocation. */
static struct {
    struct digest digest;
    uint32_t length;
    char bytes[PIECE_BYTES_MAX];
} pieces[PIECES_MAX];
static size_t piece_count;

static char document[DOCUMENT_BYTES];
static uint64_t failing;

/* The allocators of libc that --wrap would miss: reallocarray calls realloc inside libc. */
void *__wrap_reallocarray(void *block, size_t items, size_t size);

void *__wrap_reallocarray(void *block, size_t items, size_t size)
{
    return realloc(block, items * size);
}

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "allocation %llu: %s\n", (unsigned long long)failing, what);
        exit(1);
    }
}

static size_t index_of(const struct digest *digest)
{
    size_t i = 0;
    while (i < piece_count && !digest_equals(&pieces[i].digest, digest)) {
        i++;
    }
    return i;
}

static bool keep(void *context, const struct digest *digest, struct slice piece)
{
    (void)context;
    size_t i = index_of(digest);
    must(i < PIECES_MAX, "too many pieces");
    if (i == piece_count) {
        pieces[i].digest = *digest;
        pieces[i].length = piece.length;
        memcpy(pieces[i].bytes, piece.at, piece.length);
        piece_count++;
    }
    return true;
}

/* Did the one allocation that was to fail do so since the last call? Then a refusal is right, and only then. */
static void must_have_failed(bool *has_failed)
{
    must(allocator_has_failed() && !*has_failed, "something is refused that had its memory");
    *has_failed = true;
}

static struct blob write_blob(const void *bytes, size_t length, bool *has_failed)
{
    struct blob blob;
    if (!blob_write(bytes, length, keep, NULL, &blob)) {
        must_have_failed(has_failed);
        must(blob_write(bytes, length, keep, NULL, &blob), "cannot be written a second time");
    }
    return blob;
}

static void offer_all(struct assembly *assembly, bool *has_failed)
{
    struct assembly_need needs[7];
    for (size_t count; (count = assembly_missing(assembly, needs, 7)) > 0;) {
        for (size_t i = 0; i < count; i++) {
            size_t at = index_of(&needs[i].digest);
            struct slice value = {.at = pieces[at].bytes, .length = pieces[at].length};
            enum assembly_verdict verdict = assembly_offer(assembly, &needs[i].digest, value);
            if (verdict == ASSEMBLY_NO_MEMORY) {
                must_have_failed(has_failed);
                verdict = assembly_offer(assembly, &needs[i].digest, value);
            }
            must(verdict == ASSEMBLY_USED, "a piece cannot be offered a second time");
        }
    }
}

static struct assembly *create(bool *has_failed)
{
    struct assembly *assembly = assembly_create(UINT32_MAX);
    if (assembly == NULL) {
        must_have_failed(has_failed);
        assembly = assembly_create(UINT32_MAX);
    }
    must(assembly != NULL, "there is no assembly");
    return assembly;
}

static char *read_blob(const struct blob *blob, bool *has_failed)
{
    struct assembly *assembly = create(has_failed);
    if (!assembly_want(assembly, blob)) {
        must_have_failed(has_failed);
        must(assembly_reason(assembly) == NULL, "memory is no reason");
        must(assembly_want(assembly, blob), "cannot be wanted a second time");
    }
    offer_all(assembly, has_failed);
    char *bytes = assembly_take(assembly, 0);
    if (bytes == NULL) {
        must_have_failed(has_failed);
        bytes = assembly_take(assembly, 0);
    }
    must(bytes != NULL, "cannot be taken a second time");
    assembly_free(assembly);
    return bytes;
}

static void read_manifest(char *bytes, size_t length, bool *has_failed)
{
    struct manifest manifest;
    const char *reason = "";
    if (!manifest_decode(bytes, length, &manifest, &reason)) {
        must_have_failed(has_failed);
        must(reason == NULL, "memory is no reason");
        must(manifest_decode(bytes, length, &manifest, &reason), "cannot be decoded a second time");
    }
    must(manifest.count == 1 && manifest.document_bytes == DOCUMENT_BYTES, "the manifest is another");
    manifest_clear(&manifest);
}

/* A release of one document, there and back. */
static void run(void)
{
    bool has_failed = false;
    struct manifest_entry entry = {.name = SLICE("a.json"), .blob = write_blob(document, DOCUMENT_BYTES, &has_failed)};
    struct text text;
    text_init(&text, manifest_bytes_max);
    manifest_append(&text, &entry);
    if (text.failed) {
        must_have_failed(&has_failed);
        text_reset(&text);
        manifest_append(&text, &entry);
    }
    struct blob manifest = write_blob(text.bytes, text.length, &has_failed);
    text_clear(&text);
    read_manifest(read_blob(&manifest, &has_failed), manifest.length, &has_failed);
    char *bytes = read_blob(&entry.blob, &has_failed);
    must(memcmp(bytes, document, DOCUMENT_BYTES) == 0, "other bytes came back");
    free(bytes);
    must(has_failed == allocator_has_failed(), "nobody noticed");
}

int main(void)
{
    for (int i = 0; i < DOCUMENT_BYTES / 10; i++) {
        char line[16];
        snprintf(line, sizeof(line), "\"%07d\"\n", i);
        memcpy(document + (size_t)i * 10, line, 10);
    }
    bool goes_on = true;
    while (goes_on) {
        allocator_fail_at(++failing);
        run();
        goes_on = allocator_has_failed();
        allocator_fail_at(0);
        must(allocator_live() == 0, "leaks");
    }
    must(failing > 200, "so few were seen that they must have gone elsewhere");
    printf("%llu allocations failed in turn: told, gone on from there, nothing leaked\n",
           (unsigned long long)failing - 1);
    return 0;
}
