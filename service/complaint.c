#include "service/complaint.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 8 * 1024 };

void complaint_print_config(const struct config_errors *errors)
{
    struct text line;
    text_init(&line, LINE_BYTES_MAX);
    for (uint32_t i = 0; i < errors->count; i++) {
        text_reset(&line);
        config_error_append(&line, errors, &errors->items[i]);
        fprintf(stderr, "%.*s\n", (int)line.length, line.bytes == NULL ? "" : line.bytes);
    }
    if (errors->total > errors->count) {
        fprintf(stderr, "and %u more\n", errors->total - errors->count);
    }
    text_clear(&line);
}

void complaint_print_set(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        fprintf(stderr, "%s%s%s: %s\n", problem->file, problem->pointer[0] == '\0' ? "" : ":", problem->pointer,
                problem->reason);
    }
    if (problems->total > problems->count) {
        fprintf(stderr, "and %zu more\n", problems->total - problems->count);
    }
}
