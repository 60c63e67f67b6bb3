#pragma once
/*
 * Command lines of the benchmark programs as tables: a row an option, each followed by its value.
 *
 *     {"--seconds", offsetof(struct options, seconds), 10, 1, 600, "..."}     a row
 *     option_table_fill(&table, &options)                                     the presets
 *     option_table_parse(&table, argv + 2, &options)                          `--seconds 5`; NULL ends the words
 *
 * A number's member is a uint64_t, a decimal's a double, a text's a const char * into the words.
 * Errors: said on stderr, with the program's name and the option's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_number {
    const char *name;
    size_t offset;
    uint64_t preset, min, max;
    const char *help;
};

struct option_decimal {
    const char *name;
    size_t offset;
    double preset, min, max;
    const char *help;
};

struct option_text {
    const char *name;
    size_t offset;
    const char *help;
};

struct option_table {
    const char *program;
    const struct option_number *numbers;
    const struct option_decimal *decimals;
    const struct option_text *texts;
    size_t numbers_count, decimals_count, texts_count;
};

#define OPTION_TABLE_COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

void option_table_fill(const struct option_table *table, void *options);
void option_table_print(const struct option_table *table);
bool option_table_parse(const struct option_table *table, char **words, void *options);

/* Says on stderr what is wrong with what; false. */
bool option_table_refuse(const struct option_table *table, const char *what, const char *why);
