#include "policy/policy_set.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/hash.h"
#include "policy/policy_json.h"

static bool is_settings(const struct document *document)
{
    return strcmp(document->name, "settings.json") == 0;
}

static struct policy_set *policy_set_create(size_t capacity)
{
    struct policy_set *set = calloc(1, sizeof(*set));
    if (set == NULL) {
        return NULL;
    }
    arena_init(&set->arena);
    names_init(&set->aois);
    names_init(&set->interfaces);
    names_init(&set->attributes);
    names_init(&set->groups);
    set->max_offers = LIMIT_MAX_OFFERS_DEFAULT;
    set->capacity = (uint32_t)capacity;
    set->policies = calloc(capacity + 1, sizeof(*set->policies));
    if (set->policies == NULL) {
        policy_set_free(set);
        return NULL;
    }
    return set;
}

void policy_set_free(struct policy_set *set)
{
    if (set == NULL) {
        return;
    }
    arena_clear(&set->arena);
    names_clear(&set->aois);
    names_clear(&set->interfaces);
    names_clear(&set->attributes);
    names_clear(&set->groups);
    free(set->policies);
    free(set);
}

/* The attributes that every request has come first, so that their numbers are those of policy.h. */
static bool intern_built_in_attributes(struct policy_set *set)
{
    static const struct slice built_in[ATTRIBUTES_BUILT_IN] = {
        [ATTRIBUTE_AMOUNT] = {"amount", 6},
        [ATTRIBUTE_DELIVERY_FEE] = {"delivery_fee", 12},
        [ATTRIBUTE_INTERFACE] = {"interface", 9},
        [ATTRIBUTE_USER_ID] = {"user_id", 7},
    };
    for (uint32_t i = 0; i < ATTRIBUTES_BUILT_IN; i++) {
        uint32_t number;
        if (!names_intern(&set->attributes, built_in[i], &number)) {
            return false;
        }
        assert(number == i);
    }
    return true;
}

static void read_policy(struct reading *reading, const struct document *document, const cJSON *tree)
{
    struct policy_set *set = reading->set;
    assert(set->count < set->capacity);
    struct policy *policy = &set->policies[set->count++];
    struct slice file;
    if (!arena_copy(&set->arena, slice_of(document->name), &file)) {
        reading_out_of_memory(reading);
        return;
    }
    *policy = (struct policy){.file = file.at, .content_hash = hash_bytes(document->bytes, document->length)};
    policy_json_read(reading, tree, policy);
}

static void read_document(struct reading *reading, const struct document *document)
{
    reading->file = document->name;
    cJSON *tree = reading_document(reading, document);
    if (tree == NULL) {
        return;
    }
    if (is_settings(document)) {
        reading->set->settings_hash = hash_bytes(document->bytes, document->length);
        settings_json_read(reading, tree);
    } else {
        read_policy(reading, document, tree);
    }
    cJSON_Delete(tree);
}

/* NULL: there is none. A directory cannot hold two files of one name, but not every source is a directory. */
static const struct document *find_settings(struct reading *reading, const struct documents *documents)
{
    const struct document *settings = NULL;
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = &documents->items[i];
        if (is_settings(document) && settings != NULL) {
            problems_add(reading->problems, document->name, "", "occurs more than once in the set");
        } else if (is_settings(document)) {
            settings = document;
        }
    }
    return settings;
}

/* settings.json goes first: its groups get the first numbers, in its order. */
static void read_documents(struct reading *reading, const struct documents *documents)
{
    const struct document *settings = find_settings(reading, documents);
    if (settings != NULL) {
        read_document(reading, settings);
    }
    for (size_t i = 0; i < documents->count && !reading->out_of_memory; i++) {
        if (!is_settings(&documents->items[i])) {
            read_document(reading, &documents->items[i]);
        }
    }
}

static int compare_ids(const void *a, const void *b)
{
    return slice_compare(((const struct policy *)a)->id, ((const struct policy *)b)->id);
}

static void sort_by_id(struct policy_set *set, struct problems *problems)
{
    qsort(set->policies, set->count, sizeof(*set->policies), compare_ids);
    for (uint32_t i = 1; i < set->count; i++) {
        const struct policy *policy = &set->policies[i], *before = &set->policies[i - 1];
        if (policy->id.length > 0 && slice_equals(policy->id, before->id)) {
            problems_add(problems, policy->file, "/id", "is also the id of %s", before->file);
        }
    }
}

static bool hash_content(struct policy_set *set)
{
    uint64_t *hashes = calloc((size_t)set->count + 1, sizeof(*hashes));
    if (hashes == NULL) {
        return false;
    }
    hashes[0] = set->settings_hash;
    for (uint32_t i = 0; i < set->count; i++) {
        hashes[i + 1] = set->policies[i].content_hash;
    }
    set->hash = hash_bytes(hashes, ((size_t)set->count + 1) * sizeof(*hashes));
    free(hashes);
    return true;
}

static bool parse_into(struct policy_set *set, const struct documents *documents, struct problems *problems)
{
    if (documents->count > DOCUMENTS_COUNT_MAX) {
        problems_add(problems, "", "", "has more than %d documents", DOCUMENTS_COUNT_MAX);
        return false;
    }
    struct reading reading = {.file = "", .problems = problems, .set = set};
    size_t problems_before = problems->total;
    if (!intern_built_in_attributes(set)) {
        reading.out_of_memory = true;
    }
    read_documents(&reading, documents);
    free(reading.aoi_marks);
    sort_by_id(set, problems);
    reading.out_of_memory |= !hash_content(set);
    if (reading.out_of_memory) {
        problems_add_out_of_memory(problems, "");
    }
    return problems->total == problems_before;
}

struct policy_set *policy_set_parse(const struct documents *documents, struct problems *problems)
{
    struct policy_set *set = policy_set_create(documents->count);
    if (set == NULL) {
        problems_add_out_of_memory(problems, "");
        return NULL;
    }
    if (!parse_into(set, documents, problems)) {
        policy_set_free(set);
        return NULL;
    }
    return set;
}
