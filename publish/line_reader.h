/*
 * line_reader.h - lines of a file or pipe, up to a ceiling, without reading ahead of need.
 *
 *     take ──▶ LINE_TAKEN       a line, without its newline; valid until the next fill
 *          ──▶ LINE_TOO_LONG    told once; the rest of the line is passed over
 *          ──▶ LINE_INCOMPLETE  fill, which may block: write what is due before
 *          ──▶ LINE_END         nothing follows
 *
 * The last line may lack its newline.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { LINE_BYTES_MAX = 4 * 1024 * 1024 };

struct line_reader {
    int descriptor;
    char *bytes;
    size_t capacity, start, scanned, end; /* start <= scanned <= end; no newline before `scanned` */
    bool is_at_end, is_skipping;
    bool has_newline; /* the line just taken ended with one: only the last of a file may not */
};

enum line_outcome {
    LINE_TAKEN,
    LINE_TOO_LONG,
    LINE_INCOMPLETE,
    LINE_END,
};

void line_reader_init(struct line_reader *reader, int descriptor);
void line_reader_clear(struct line_reader *reader);

/* The same over the file of that name, or over stdin where it is "-"; false with errno. Close takes both. */
bool line_reader_open(struct line_reader *reader, const char *path);
void line_reader_close(struct line_reader *reader);

/* What messages call that file: "stdin" where it is "-". */
const char *line_reader_name(const char *path);

/* The line may be written to. */
enum line_outcome line_reader_take(struct line_reader *reader, char **ret_line, size_t *ret_length);

/* False with errno: the read failed, or memory ended. */
bool line_reader_fill(struct line_reader *reader);

/* Nothing but blanks, tabs and carriage returns? */
bool line_reader_is_blank(const char *line, size_t length);
