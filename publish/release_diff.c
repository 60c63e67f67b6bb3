#include "publish/release_diff.h"

#include <stdlib.h>

#include "publish/diff_json.h"
#include "publish/release_fetch.h"

/* A document that is not the same in both releases. */
struct candidate {
    const struct manifest_entry *entry;
    bool is_settings;
    struct document document; /* `name` stays in the diff's arena */
    struct slice id;
};

struct side {
    struct manifest manifest;
    struct candidate *candidates;
    uint32_t count;
};

struct work {
    struct connection *connection;
    struct side before, after;
    struct release_diff diff;
};

static bool fail_memory(struct work *work)
{
    return connection_fail_memory(work->connection);
}

static bool is_same_entry(const struct manifest_entry *entry, const struct manifest *other)
{
    const struct manifest_entry *found = manifest_find(other, entry->name);
    return found != NULL && digest_equals(&found->blob.digest, &entry->blob.digest);
}

static bool find_candidates(struct work *work, struct side *side, const struct side *other)
{
    side->count = 0;
    side->candidates = calloc((size_t)side->manifest.count + 1, sizeof(*side->candidates));
    if (side->candidates == NULL) {
        return fail_memory(work);
    }
    for (uint32_t i = 0; i < side->manifest.count; i++) {
        const struct manifest_entry *entry = &side->manifest.entries[i];
        if (!is_same_entry(entry, &other->manifest)) {
            bool is_settings = slice_equals(entry->name, SLICE("settings.json"));
            side->candidates[side->count++] = (struct candidate){.entry = entry, .is_settings = is_settings};
        }
    }
    return true;
}

static bool read_candidate(struct work *work, struct candidate *candidate, struct assembly *assembly, uint32_t number)
{
    struct document *document = &candidate->document;
    struct slice name;
    bool has_name = arena_copy(&work->diff.texts, candidate->entry->name, &name);
    document->name = has_name ? (char *)name.at : NULL;
    document->bytes = assembly_take(assembly, number);
    document->length = candidate->entry->blob.length;
    if (document->name == NULL || document->bytes == NULL) {
        return fail_memory(work);
    }
    switch (diff_json_id(document, &work->diff.texts, &candidate->id)) {
    case DIFF_DONE:
        break;
    case DIFF_UNREADABLE:
        return connection_fail(work->connection, "%s is no JSON that can be compared", document->name);
    case DIFF_NO_MEMORY:
        return fail_memory(work);
    }
    if (candidate->is_settings || candidate->id.length == 0) {
        candidate->id = slice_of(document->name);
    }
    return true;
}

static bool read_candidates(struct work *work, struct side *side)
{
    struct blob *blobs = calloc((size_t)side->count + 1, sizeof(*blobs));
    if (blobs == NULL) {
        return fail_memory(work);
    }
    for (uint32_t i = 0; i < side->count; i++) {
        blobs[i] = side->candidates[i].entry->blob;
    }
    struct assembly *assembly = release_fetch_blobs(work->connection, blobs, side->count, NULL);
    bool is_well = assembly != NULL;
    for (uint32_t i = 0; i < side->count && is_well; i++) {
        is_well = read_candidate(work, &side->candidates[i], assembly, i);
    }
    assembly_free(assembly);
    free(blobs);
    return is_well;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    return a->is_settings != b->is_settings ? (a->is_settings ? -1 : 1) : slice_compare(a->id, b->id);
}

/* One of them may be NULL. */
static bool add_difference(struct work *work, const struct candidate *before, const struct candidate *after)
{
    struct difference *difference = &work->diff.items[work->diff.count++];
    const struct candidate *either = before != NULL ? before : after;
    const struct slice nowhere = {.at = ""};
    *difference = (struct difference){
        .kind = before == NULL ? DIFFERENCE_ADDED : DIFFERENCE_REMOVED,
        .is_settings = either->is_settings,
        .id = either->id,
        .file_before = before != NULL ? slice_of(before->document.name) : nowhere,
        .file_after = after != NULL ? slice_of(after->document.name) : nowhere,
    };
    changes_init(&difference->changes);
    if (before == NULL || after == NULL) {
        return true;
    }
    if (digest_equals(&before->entry->blob.digest, &after->entry->blob.digest)) {
        difference->kind = DIFFERENCE_RENAMED;
        return true;
    }
    difference->kind = DIFFERENCE_CHANGED;
    return diff_json(&before->document, &after->document, &difference->changes) == DIFF_DONE || fail_memory(work);
}

static bool compare_sides(struct work *work)
{
    const struct side *before = &work->before, *after = &work->after;
    work->diff.items = calloc((size_t)before->count + after->count + 1, sizeof(*work->diff.items));
    if (work->diff.items == NULL) {
        return fail_memory(work);
    }
    bool is_well = true;
    for (uint32_t i = 0, j = 0; (i < before->count || j < after->count) && is_well;) {
        const struct candidate *a = i < before->count ? &before->candidates[i] : NULL;
        const struct candidate *b = j < after->count ? &after->candidates[j] : NULL;
        int order = a == NULL ? 1 : b == NULL ? -1 : compare_candidates(a, b);
        is_well = add_difference(work, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
        i += order <= 0;
        j += order >= 0;
    }
    return is_well;
}

static bool run(struct work *work, const struct root *before, const struct root *after)
{
    if (!release_fetch_manifest(work->connection, before, NULL, &work->before.manifest) ||
        !release_fetch_manifest(work->connection, after, NULL, &work->after.manifest) ||
        !find_candidates(work, &work->before, &work->after) || !find_candidates(work, &work->after, &work->before) ||
        !read_candidates(work, &work->before) || !read_candidates(work, &work->after)) {
        return false;
    }
    qsort(work->before.candidates, work->before.count, sizeof(struct candidate), compare_candidates);
    qsort(work->after.candidates, work->after.count, sizeof(struct candidate), compare_candidates);
    return compare_sides(work);
}

static void clear_side(struct side *side)
{
    for (uint32_t i = 0; i < side->count; i++) {
        free(side->candidates[i].document.bytes);
    }
    free(side->candidates);
    manifest_clear(&side->manifest);
}

bool release_diff(struct connection *connection, const struct root *before, const struct root *after,
                  struct release_diff *ret_diff)
{
    struct work work = {.connection = connection};
    arena_init(&work.diff.texts);
    bool is_well = run(&work, before, after);
    clear_side(&work.before);
    clear_side(&work.after);
    if (!is_well) {
        release_diff_clear(&work.diff);
        return false;
    }
    *ret_diff = work.diff;
    return true;
}

void release_diff_clear(struct release_diff *diff)
{
    for (uint32_t i = 0; i < diff->count; i++) {
        changes_clear(&diff->items[i].changes);
    }
    free(diff->items);
    arena_clear(&diff->texts);
    *diff = (struct release_diff){0};
}
