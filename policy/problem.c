#include "policy/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void problems_init(struct problems *problems)
{
    *problems = (struct problems){0};
}

static void problem_clear(struct problem *problem)
{
    free(problem->file);
    free(problem->pointer);
    free(problem->reason);
}

void problems_clear(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        problem_clear(&problems->items[i]);
    }
    free(problems->items);
    problems_init(problems);
}

static bool make_room(struct problems *problems)
{
    if (problems->count < problems->capacity) {
        return true;
    }
    size_t capacity = problems->capacity > 0 ? problems->capacity * 2 : 8;
    struct problem *items = realloc(problems->items, capacity * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    problems->items = items;
    problems->capacity = capacity;
    return true;
}

void problems_add(struct problems *problems, const char *file, const char *pointer, const char *format, ...)
{
    problems->total++;
    if (problems->count >= PROBLEMS_MAX) {
        return;
    }
    char *reason = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&reason, format, arguments);
    va_end(arguments);
    struct problem problem = {.file = strdup(file), .pointer = strdup(pointer), .reason = length < 0 ? NULL : reason};
    if (problem.file == NULL || problem.pointer == NULL || problem.reason == NULL || !make_room(problems)) {
        problem_clear(&problem);
        problems->lacks_memory = true;
        return;
    }
    problems->items[problems->count++] = problem;
}

void problems_add_out_of_memory(struct problems *problems, const char *file)
{
    problems->lacks_memory = true;
    problems_add(problems, file, "", "out of memory");
}

void problem_pointer_append_name(struct text *pointer, struct slice name)
{
    text_append_byte(pointer, '/');
    for (uint32_t i = 0; i < name.length; i++) {
        char byte = name.at[i];
        if (byte == '~' || byte == '/') {
            text_append(pointer, byte == '~' ? SLICE("~0") : SLICE("~1"));
        } else if (byte != '\0') {
            text_append_byte(pointer, byte);
        }
    }
}

void problem_pointer_append_index(struct text *pointer, uint32_t index)
{
    text_append_byte(pointer, '/');
    text_append_integer(pointer, index);
}
