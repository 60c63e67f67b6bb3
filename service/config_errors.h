/*
 * config_errors.h - everything that is wrong with a configuration file, each with its line, setting and reason.
 *
 *     promogate.conf:12: limits.body_max_bytes: must be 1024 to 1048576 bytes
 *
 * Memory  all of it is in the struct, so that being out of memory can be told too.
 * Errors  past CONFIG_ERRORS_MAX an error is only counted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/text.h"

enum { CONFIG_ERRORS_MAX = 32 };

struct config_error {
    uint32_t line;     /* 0 where it is not about a line */
    char setting[128]; /* "limits.body_max_bytes", "interfaces[1].fallback"; "" where it is not about one */
    char reason[224];  /* an English clause; bytes of the file that are no printable ASCII stand as '?' */
};

struct config_errors {
    char file[1024];                              /* as it was named; cut at the ceiling */
    uint32_t count;                               /* of items */
    uint32_t total;                               /* those past CONFIG_ERRORS_MAX too */
    struct config_error items[CONFIG_ERRORS_MAX]; /* by line, those without one last */
};

void config_errors_init(struct config_errors *errors, const char *path);

void config_errors_add(struct config_errors *errors, uint32_t line, const char *setting, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the one error that needs no words of its own. */
void config_errors_add_out_of_memory(struct config_errors *errors);

void config_errors_sort(struct config_errors *errors);

/* One error as in the example above, without a line end. */
void config_error_append(struct text *text, const struct config_errors *errors, const struct config_error *error);
