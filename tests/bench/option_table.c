#include "tests/bench/option_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char out_of_range[] = "not a number in its range";

bool option_table_refuse(const struct option_table *table, const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", table->program, what, why);
    return false;
}

void option_table_fill(const struct option_table *table, void *options)
{
    for (size_t i = 0; i < table->numbers_count; i++) {
        memcpy((char *)options + table->numbers[i].offset, &table->numbers[i].preset, sizeof(uint64_t));
    }
    for (size_t i = 0; i < table->decimals_count; i++) {
        memcpy((char *)options + table->decimals[i].offset, &table->decimals[i].preset, sizeof(double));
    }
}

void option_table_print(const struct option_table *table)
{
    for (size_t i = 0; i < table->texts_count; i++) {
        printf("  %-15s %s\n", table->texts[i].name, table->texts[i].help);
    }
    for (size_t i = 0; i < table->decimals_count; i++) {
        const struct option_decimal *row = &table->decimals[i];
        printf("  %-15s %s (%g..%g, default %g)\n", row->name, row->help, row->min, row->max, row->preset);
    }
    for (size_t i = 0; i < table->numbers_count; i++) {
        const struct option_number *row = &table->numbers[i];
        printf("  %-15s %s (%" PRIu64 "..%" PRIu64 ", default %" PRIu64 ")\n", row->name, row->help, row->min, row->max,
               row->preset);
    }
}

static bool number_parse(const struct option_table *table, const struct option_number *row, const char *value,
                         void *options)
{
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(value, &end, 10);
    if (errno || end == value || *end != '\0' || *value == '-' || parsed < row->min || parsed > row->max) {
        return option_table_refuse(table, row->name, out_of_range);
    }
    memcpy((char *)options + row->offset, &(uint64_t){parsed}, sizeof(uint64_t));
    return true;
}

static bool decimal_parse(const struct option_table *table, const struct option_decimal *row, const char *value,
                          void *options)
{
    char *end;
    double parsed = strtod(value, &end);
    if (end == value || *end != '\0' || !(parsed >= row->min && parsed <= row->max)) {
        return option_table_refuse(table, row->name, out_of_range);
    }
    memcpy((char *)options + row->offset, &parsed, sizeof parsed);
    return true;
}

static bool option_parse(const struct option_table *table, const char *name, const char *value, void *options)
{
    for (size_t i = 0; i < table->numbers_count; i++) {
        if (strcmp(name, table->numbers[i].name) == 0) {
            return number_parse(table, &table->numbers[i], value, options);
        }
    }
    for (size_t i = 0; i < table->decimals_count; i++) {
        if (strcmp(name, table->decimals[i].name) == 0) {
            return decimal_parse(table, &table->decimals[i], value, options);
        }
    }
    for (size_t i = 0; i < table->texts_count; i++) {
        if (strcmp(name, table->texts[i].name) == 0) {
            memcpy((char *)options + table->texts[i].offset, &value, sizeof value);
            return true;
        }
    }
    return option_table_refuse(table, name, "unknown");
}

bool option_table_parse(const struct option_table *table, char **words, void *options)
{
    for (; *words; words += 2) {
        if (!words[1]) {
            return option_table_refuse(table, *words, "unknown, or without its value");
        }
        if (!option_parse(table, words[0], words[1], options)) {
            return false;
        }
    }
    return true;
}
