#include "publish/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/limits.h"
#include "publish/printable.h"

int command_help(const struct command *command)
{
    printf("usage: promoctl %s %s\n\n%s", command->name, command->arguments, command->help);
    return STATUS_DONE;
}

int command_misused(const struct command *command, const char *reason)
{
    if (reason != NULL) {
        fprintf(stderr, "promoctl %s: %s\n", command->name, reason);
    }
    fprintf(stderr, "usage: promoctl %s %s\n", command->name, command->arguments);
    return STATUS_USAGE;
}

int command_failed(const struct command *command, const char *reason)
{
    struct text text;
    text_init(&text, (size_t)64 * 1024);
    printable_append(&text, slice_of(reason)); /* it may quote what came from elsewhere */
    fprintf(stderr, "promoctl %s: %.*s\n", command->name, text.failed ? 0 : (int)text.length, text.bytes);
    text_clear(&text);
    return STATUS_FAILED;
}

int command_print(const struct command *command, struct text *text)
{
    bool is_complete = !text->failed;
    if (is_complete) {
        fwrite(text->bytes, 1, text->length, stdout);
    }
    text_clear(text);
    return is_complete ? STATUS_DONE : command_failed(command, "out of memory");
}

bool command_parse_number(const char *argument, uint64_t least, uint64_t most, uint64_t *ret_number)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(argument, &end, 10);
    if (errno != 0 || argument[0] < '0' || argument[0] > '9' || *end != '\0' || number < least || number > most) {
        return false;
    }
    *ret_number = number;
    return true;
}

bool command_parse_count(const char *argument, uint32_t *ret_count)
{
    uint64_t count;
    if (!command_parse_number(argument, 1, UINT32_MAX, &count)) {
        return false;
    }
    *ret_count = (uint32_t)count;
    return true;
}

bool command_parse_release(const char *argument, uint64_t least, uint64_t *ret_release)
{
    return command_parse_number(argument, least, (uint64_t)limit_integer - 1, ret_release);
}

bool command_parse_release_or_current(const char *argument, uint64_t *ret_release)
{
    if (strcmp(argument, "current") == 0) {
        *ret_release = 0;
        return true;
    }
    return command_parse_release(argument, 1, ret_release);
}
