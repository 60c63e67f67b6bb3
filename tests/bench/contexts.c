#include "tests/bench/contexts.h"

#include "policy/context_json.h"
#include <stdio.h>
#include <stdlib.h>

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

/* Any interface name will do: the reader's rules without a configuration. */
static const char *lines_parse(char *bytes, size_t length, struct contexts *contexts)
{
    static const struct context_rules rules = {.interface_default = {.at = "checkout", .length = 8}};
    struct context_error error;
    char *stop = bytes + length;

    for (char *line = bytes, *end; line < stop; line = end + 1) {
        end = memchr(line, '\n', (size_t)(stop - line));
        end = end ? end : stop;
        if (end == line) {
            continue;
        }
        if (contexts->count == CONTEXTS_COUNT_MAX) {
            return "more contexts than CONTEXTS_COUNT_MAX";
        }
        if (context_json_parse(line, (size_t)(end - line), &rules, &contexts->items[contexts->count], &error) !=
            CONTEXT_VALID) {
            return "a line is no valid context";
        }
        contexts->count++;
    }
    return contexts->count > 0 ? NULL : "the file holds no context";
}

const char *contexts_read(const char *path, struct contexts *ret_contexts)
{
    struct contexts contexts = {.items = calloc(CONTEXTS_COUNT_MAX, sizeof(struct context))};
    size_t length = 0;
    const char *problem = contexts.items ? bytes_read(path, &contexts.bytes, &length) : "out of memory";

    if (!problem) {
        problem = lines_parse(contexts.bytes, length, &contexts);
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
    free(contexts->items);
    free(contexts->bytes);
    *contexts = (struct contexts){0};
}
