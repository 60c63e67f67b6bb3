#include "publish/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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

bool command_parse_count(const char *argument, uint32_t *ret_count)
{
    char *end;
    errno = 0;
    unsigned long long count = strtoull(argument, &end, 10);
    if (errno != 0 || argument[0] < '0' || argument[0] > '9' || *end != '\0' || count < 1 || count > UINT32_MAX) {
        return false;
    }
    *ret_count = (uint32_t)count;
    return true;
}
