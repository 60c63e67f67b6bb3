#include "service/config_errors.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void config_errors_init(struct config_errors *errors, const char *path)
{
    errors->count = 0;
    errors->total = 0;
    snprintf(errors->file, sizeof(errors->file), "%s", path);
}

/* Names and values come from the file: they must not reach a terminal or a log as control sequences. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7E) {
            *text = '?';
        }
    }
}

void config_errors_add(struct config_errors *errors, uint32_t line, const char *setting, const char *format, ...)
{
    errors->total++;
    if (errors->count == CONFIG_ERRORS_MAX) {
        return;
    }
    struct config_error *error = &errors->items[errors->count++];
    error->line = line;
    snprintf(error->setting, sizeof(error->setting), "%s", setting);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->reason, sizeof(error->reason), format, arguments);
    va_end(arguments);
    make_printable(error->setting);
    make_printable(error->reason);
}

void config_errors_add_out_of_memory(struct config_errors *errors)
{
    config_errors_add(errors, 0, "", "out of memory");
}

/* Line 0 is behind every other. */
static int compare_lines(const void *left, const void *right)
{
    uint32_t a = ((const struct config_error *)left)->line - 1;
    uint32_t b = ((const struct config_error *)right)->line - 1;
    return (a > b) - (a < b);
}

/* Few, and sorted by insertion because the order of errors of one line must stay. */
void config_errors_sort(struct config_errors *errors)
{
    for (uint32_t i = 1; i < errors->count; i++) {
        struct config_error error = errors->items[i];
        uint32_t to = i;
        for (; to > 0 && compare_lines(&errors->items[to - 1], &error) > 0; to--) {
            errors->items[to] = errors->items[to - 1];
        }
        errors->items[to] = error;
    }
}

void config_error_append(struct text *text, const struct config_errors *errors, const struct config_error *error)
{
    text_append(text, slice_of(errors->file));
    if (error->line > 0) {
        text_append_byte(text, ':');
        text_append_integer(text, error->line);
    }
    text_append(text, SLICE(": "));
    if (error->setting[0] != '\0') {
        text_append(text, slice_of(error->setting));
        text_append(text, SLICE(": "));
    }
    text_append(text, slice_of(error->reason));
}
