#include "publish/problem_list.h"

#include <stdio.h>

#include "publish/printable.h"

static void append_problem(struct text *text, const struct problem *problem)
{
    printable_append(text, slice_of(problem->file[0] != '\0' ? problem->file : "(set)"));
    text_append(text, SLICE(": "));
    printable_append(text, slice_of(problem->pointer[0] != '\0' ? problem->pointer : "(document)"));
    text_append(text, SLICE(": "));
    printable_append(text, slice_of(problem->reason));
    text_append_byte(text, '\n');
}

void problem_list_append(struct text *text, const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        append_problem(text, &problems->items[i]);
    }
    if (problems->total > problems->count) {
        text_append_format(text, "(set): (document): %zu more problems\n", problems->total - problems->count);
    }
}

bool problem_list_print(const struct problems *problems)
{
    struct text text;
    text_init(&text, PROBLEM_LIST_BYTES_MAX);
    problem_list_append(&text, problems);
    bool is_complete = !text.failed;
    fwrite(text.bytes, 1, is_complete ? text.length : 0, stderr);
    text_clear(&text);
    return is_complete;
}

void problem_list_append_json(struct text *text, const struct problems *problems)
{
    text_append_byte(text, '[');
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        text_append(text, i > 0 ? SLICE(",{\"file\":") : SLICE("{\"file\":"));
        printable_append_json(text, slice_of(problem->file));
        text_append(text, SLICE(",\"pointer\":"));
        printable_append_json(text, slice_of(problem->pointer));
        text_append(text, SLICE(",\"reason\":"));
        printable_append_json(text, slice_of(problem->reason));
        text_append_byte(text, '}');
    }
    text_append_byte(text, ']');
}
