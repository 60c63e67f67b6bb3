#include "tests/bench/contexts.h"

#include "policy/context_json.h"
#include <stdio.h>
#include <stdlib.h>

/* The used head of a context, then the elements of its array attributes. */
struct contexts_packed {
    size_t head_bytes;
    _Alignas(struct context) char head[];
};

static const char *bytes_read(const char *path, char **ret_bytes, size_t *ret_length)
{
    FILE *file = fopen(path, "r");
    char *bytes = malloc(contexts_bytes_max);
    size_t length = file && bytes ? fread(bytes, 1, contexts_bytes_max, file) : 0;
    bool is_whole = length > 0 && length < contexts_bytes_max && !ferror(file);

    if (file) {
        fclose(file);
    }
    if (!is_whole) {
        free(bytes);
        return "cannot read the file of contexts, or it is empty or too large";
    }
    *ret_bytes = bytes;
    *ret_length = length;
    return NULL;
}

static struct contexts_packed *pack(struct context *context)
{
    size_t head_bytes = offsetof(struct context, attributes) + context->attribute_count * sizeof(struct attribute);
    size_t strings_bytes = context->string_count * sizeof(struct slice);
    struct contexts_packed *packed = malloc(sizeof *packed + head_bytes + strings_bytes);

    if (!packed) {
        return NULL;
    }
    struct slice *strings = (struct slice *)(void *)(packed->head + head_bytes);
    memcpy(strings, context->strings, strings_bytes);
    for (uint32_t i = 0; i < context->attribute_count; i++) {
        struct value *value = &context->attributes[i].value;
        if (value->kind == VALUE_STRINGS) {
            value->strings.at = strings + (value->strings.at - context->strings);
        }
    }
    packed->head_bytes = head_bytes;
    memcpy(packed->head, context, head_bytes);
    return packed;
}

static const char *line_take(char *line, size_t length, struct contexts *contexts)
{
    /* Any interface name will do: the reader's rules without a configuration. */
    static const struct context_rules rules = {.interface_default = {.at = "checkout", .length = 8}};
    static struct context context;
    struct context_error error;

    if (contexts->count == CONTEXTS_COUNT_MAX) {
        return "more contexts than CONTEXTS_COUNT_MAX";
    }
    if (context_json_parse(line, length, &rules, &context, &error) != CONTEXT_VALID) {
        return "a line is no valid context";
    }
    contexts->items[contexts->count] = pack(&context);
    if (!contexts->items[contexts->count]) {
        return "out of memory";
    }
    contexts->count++;
    return NULL;
}

static const char *lines_take(char *bytes, size_t length, struct contexts *contexts)
{
    char *stop = bytes + length;
    const char *problem = NULL;

    for (char *line = bytes, *end; line < stop && !problem; line = end + 1) {
        end = memchr(line, '\n', (size_t)(stop - line));
        end = end ? end : stop;
        problem = end > line ? line_take(line, (size_t)(end - line), contexts) : NULL;
    }
    return problem || contexts->count > 0 ? problem : "the file holds no context";
}

const char *contexts_read(const char *path, struct contexts *ret_contexts)
{
    struct contexts contexts = {.items = calloc(CONTEXTS_COUNT_MAX, sizeof(struct contexts_packed *))};
    size_t length = 0;
    const char *problem = contexts.items ? bytes_read(path, &contexts.bytes, &length) : "out of memory";

    if (!problem) {
        problem = lines_take(contexts.bytes, length, &contexts);
    }
    if (problem) {
        contexts_clear(&contexts);
        return problem;
    }
    *ret_contexts = contexts;
    return NULL;
}

void contexts_clear(struct contexts *contexts)
{
    for (size_t i = 0; i < contexts->count; i++) {
        free(contexts->items[i]);
    }
    free(contexts->items);
    free(contexts->bytes);
    *contexts = (struct contexts){0};
}

void contexts_unpack(const struct contexts *contexts, size_t index, struct context *ret_context)
{
    const struct contexts_packed *packed = contexts->items[index];
    memcpy(ret_context, packed->head, packed->head_bytes);
}
