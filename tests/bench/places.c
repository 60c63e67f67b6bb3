#include "tests/bench/places.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_encoded(FILE *text, const char *code)
{
    for (; *code; code++) {
        if (isalnum((unsigned char)*code) || strchr("-._~", *code)) {
            fputc(*code, text);
        } else {
            fprintf(text, "%%%02X", (unsigned)(unsigned char)*code);
        }
    }
    fputc('\0', text);
}

static const char *read_lines(FILE *file, FILE *text, size_t *starts, size_t *ret_count)
{
    char line[PLACES_CODE_MAX + 2]; /* the line's end and the zero */
    size_t count = 0;

    while (fgets(line, sizeof line, file)) {
        size_t length = strcspn(line, "\n");
        if (line[length] == '\0' && !feof(file)) {
            return "a code is longer than PLACES_CODE_MAX";
        }
        line[length] = '\0';
        if (length == 0) {
            continue;
        }
        if (count == PLACES_COUNT_MAX) {
            return "more codes than PLACES_COUNT_MAX";
        }
        starts[count++] = (size_t)ftell(text);
        write_encoded(text, line);
    }
    if (count == 0) {
        return "the file holds no code";
    }
    *ret_count = count;
    return ferror(text) ? "out of memory" : NULL;
}

static const char *read_file(FILE *file, struct places *ret_places)
{
    struct places places = {.starts = calloc(PLACES_COUNT_MAX, sizeof *places.starts)};
    size_t size = 0;
    FILE *text = open_memstream(&places.text, &size);
    const char *problem =
        text && places.starts ? read_lines(file, text, places.starts, &places.count) : "out of memory";

    if (text && fclose(text) != 0 && !problem) {
        problem = "out of memory";
    }
    if (problem) {
        places_clear(&places);
        return problem;
    }
    *ret_places = places;
    return NULL;
}

const char *places_read(const char *path, struct places *ret_places)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        return "cannot open the file of AOI codes";
    }
    const char *problem = read_file(file, ret_places);
    fclose(file);
    return problem;
}

void places_clear(struct places *places)
{
    free(places->text);
    free(places->starts);
    *places = (struct places){0};
}
