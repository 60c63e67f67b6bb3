#include "publish/diff_json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "policy/json_check.h"
#include "policy/problem.h"

struct diff {
    struct changes *changes;
    struct text pointer;
};

static enum diff_outcome parse(const struct document *document, cJSON **ret_tree)
{
    struct problems problems;
    problems_init(&problems);
    bool is_strict = json_check(document, &problems) && problems.total == 0;
    problems_clear(&problems);
    if (!is_strict) {
        return DIFF_UNREADABLE;
    }
    *ret_tree = cJSON_ParseWithLength(document->bytes, document->length);
    return *ret_tree != NULL ? DIFF_DONE : DIFF_NO_MEMORY;
}

static void append_json(struct text *text, const cJSON *value)
{
    if (cJSON_IsString(value)) {
        text_append_json_string(text, slice_of(value->valuestring));
    } else if (cJSON_IsNumber(value)) {
        text_append_integer(text, (int64_t)value->valuedouble); /* exact: json_check lets nothing else pass */
    } else if (cJSON_IsArray(value) || cJSON_IsObject(value)) {
        bool is_list = cJSON_IsArray(value);
        text_append_byte(text, is_list ? '[' : '{');
        for (const cJSON *child = value->child; child != NULL; child = child->next) {
            if (!is_list) {
                text_append_json_string(text, slice_of(child->string));
                text_append_byte(text, ':');
            }
            append_json(text, child);
            text_append(text, child->next != NULL ? SLICE(",") : SLICE(""));
        }
        text_append_byte(text, is_list ? ']' : '}');
    } else {
        text_append(text, cJSON_IsTrue(value) ? SLICE("true") : cJSON_IsFalse(value) ? SLICE("false") : SLICE("null"));
    }
}

/* Values may be NULL: not there. */
static void add_value(struct diff *diff, const cJSON *before, const cJSON *after)
{
    struct text texts[2];
    const cJSON *values[2] = {before, after};
    struct change change = {.kind = CHANGE_VALUE, .pointer = text_slice(&diff->pointer)};
    for (int i = 0; i < 2; i++) {
        text_init(&texts[i], 2 * (size_t)DOCUMENT_BYTES_MAX);
        if (values[i] != NULL) {
            append_json(&texts[i], values[i]);
        }
        diff->changes->out_of_memory |= texts[i].failed;
    }
    change.before = text_slice(&texts[0]);
    change.after = text_slice(&texts[1]);
    changes_add(diff->changes, &change);
    text_clear(&texts[0]);
    text_clear(&texts[1]);
}

static bool is_string_list(const cJSON *value)
{
    if (!cJSON_IsArray(value)) {
        return false;
    }
    for (const cJSON *child = value->child; child != NULL; child = child->next) {
        if (!cJSON_IsString(child)) {
            return false;
        }
    }
    return true;
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The list's strings, sorted; NULL when memory ends. The caller frees. */
static const char **sorted_strings(const cJSON *list, size_t *ret_count)
{
    size_t count = 0, i = 0;
    for (const cJSON *child = list->child; child != NULL; child = child->next) {
        count++;
    }
    const char **strings = calloc(count + 1, sizeof(*strings));
    if (strings == NULL) {
        return NULL;
    }
    for (const cJSON *child = list->child; child != NULL; child = child->next) {
        strings[i++] = child->valuestring;
    }
    qsort(strings, count, sizeof(*strings), compare_strings);
    *ret_count = count;
    return strings;
}

static bool is_same_sequence(const cJSON *before, const cJSON *after)
{
    const cJSON *a = before->child, *b = after->child;
    while (a != NULL && b != NULL && strcmp(a->valuestring, b->valuestring) == 0) {
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

static void add_name(struct text *names, uint32_t *count, const char *name)
{
    if (*count < CHANGES_NAMES_MAX) {
        text_append(names, *count > 0 ? SLICE(",") : SLICE("["));
        text_append_json_string(names, slice_of(name));
    }
    ++*count;
}

static void close_names(struct text *names, uint32_t count)
{
    text_append(names, count > 0 ? SLICE("]") : SLICE("[]"));
}

/* Both are sorted; a string that comes twice on one side counts twice. */
static void compare_sorted(struct diff *diff, const char **before, size_t before_count, const char **after,
                           size_t after_count)
{
    struct text removed, added;
    struct change change = {.kind = CHANGE_SET, .pointer = text_slice(&diff->pointer)};
    text_init(&removed, (size_t)DOCUMENT_BYTES_MAX);
    text_init(&added, (size_t)DOCUMENT_BYTES_MAX);
    for (size_t i = 0, j = 0; i < before_count || j < after_count;) {
        int order = i == before_count ? 1 : j == after_count ? -1 : strcmp(before[i], after[j]);
        if (order < 0) {
            add_name(&removed, &change.removed, before[i]);
        } else if (order > 0) {
            add_name(&added, &change.added, after[j]);
        }
        i += order <= 0;
        j += order >= 0;
    }
    close_names(&removed, change.removed);
    close_names(&added, change.added);
    change.kind = change.removed + change.added > 0 ? CHANGE_SET : CHANGE_ORDER;
    change.before = text_slice(&removed);
    change.after = text_slice(&added);
    diff->changes->out_of_memory |= removed.failed || added.failed;
    changes_add(diff->changes, &change);
    text_clear(&removed);
    text_clear(&added);
}

static void compare_string_lists(struct diff *diff, const cJSON *before, const cJSON *after)
{
    size_t before_count = 0, after_count = 0;
    if (is_same_sequence(before, after)) {
        return;
    }
    const char **a = sorted_strings(before, &before_count), **b = sorted_strings(after, &after_count);
    if (a != NULL && b != NULL) {
        compare_sorted(diff, a, before_count, b, after_count);
    } else {
        diff->changes->out_of_memory = true;
    }
    free(a);
    free(b);
}

static void compare(struct diff *diff, const cJSON *before, const cJSON *after);

static void compare_at_index(struct diff *diff, uint32_t index, const cJSON *before, const cJSON *after)
{
    size_t length = diff->pointer.length;
    problem_pointer_append_index(&diff->pointer, index);
    compare(diff, before, after);
    diff->pointer.length = length;
}

static void compare_lists(struct diff *diff, const cJSON *before, const cJSON *after)
{
    const cJSON *a = before->child, *b = after->child;
    for (uint32_t i = 0; a != NULL || b != NULL; i++) {
        compare_at_index(diff, i, a, b);
        a = a != NULL ? a->next : NULL;
        b = b != NULL ? b->next : NULL;
    }
}

static void compare_at_name(struct diff *diff, const char *name, const cJSON *before, const cJSON *after)
{
    size_t length = diff->pointer.length;
    problem_pointer_append_name(&diff->pointer, slice_of(name));
    compare(diff, before, after);
    diff->pointer.length = length;
}

static void compare_objects(struct diff *diff, const cJSON *before, const cJSON *after)
{
    for (const cJSON *a = before->child; a != NULL; a = a->next) {
        compare_at_name(diff, a->string, a, cJSON_GetObjectItemCaseSensitive(after, a->string));
    }
    for (const cJSON *b = after->child; b != NULL; b = b->next) {
        if (cJSON_GetObjectItemCaseSensitive(before, b->string) == NULL) {
            compare_at_name(diff, b->string, NULL, b);
        }
    }
}

static bool is_same_scalar(const cJSON *before, const cJSON *after)
{
    if (cJSON_IsString(before)) {
        return strcmp(before->valuestring, after->valuestring) == 0;
    }
    return !cJSON_IsNumber(before) || (int64_t)before->valuedouble == (int64_t)after->valuedouble;
}

/* One of them may be NULL. As deep as JSON_DEPTH_MAX: json_check saw to it. */
static void compare(struct diff *diff, const cJSON *before, const cJSON *after)
{
    if (before == NULL || after == NULL || (before->type & 0xff) != (after->type & 0xff)) {
        add_value(diff, before, after);
    } else if (is_string_list(before) && is_string_list(after)) {
        compare_string_lists(diff, before, after);
    } else if (cJSON_IsArray(before)) {
        compare_lists(diff, before, after);
    } else if (cJSON_IsObject(before)) {
        compare_objects(diff, before, after);
    } else if (!is_same_scalar(before, after)) {
        add_value(diff, before, after);
    }
}

enum diff_outcome diff_json(const struct document *before, const struct document *after, struct changes *changes)
{
    cJSON *a = NULL, *b = NULL;
    enum diff_outcome outcome = parse(before, &a);
    outcome = outcome == DIFF_DONE ? parse(after, &b) : outcome;
    if (outcome == DIFF_DONE) {
        struct diff diff = {.changes = changes};
        text_init(&diff.pointer, DOCUMENT_BYTES_MAX);
        compare(&diff, a, b);
        outcome = changes->out_of_memory || diff.pointer.failed ? DIFF_NO_MEMORY : DIFF_DONE;
        text_clear(&diff.pointer);
    }
    cJSON_Delete(a);
    cJSON_Delete(b);
    return outcome;
}

enum diff_outcome diff_json_id(const struct document *document, struct arena *arena, struct slice *ret_id)
{
    cJSON *tree = NULL;
    enum diff_outcome outcome = parse(document, &tree);
    if (outcome != DIFF_DONE) {
        return outcome;
    }
    const char *id = cJSON_IsObject(tree) ? cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "id")) : NULL;
    struct slice empty = {.at = ""};
    if (id == NULL) {
        *ret_id = empty;
    } else if (!arena_copy(arena, slice_of(id), ret_id)) {
        outcome = DIFF_NO_MEMORY;
    }
    cJSON_Delete(tree);
    return outcome;
}
