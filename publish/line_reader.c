#include "publish/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CAPACITY_MIN = 64 * 1024, CAPACITY_MAX = LINE_BYTES_MAX + 1 }; /* a newline more */

void line_reader_init(struct line_reader *reader, int descriptor)
{
    *reader = (struct line_reader){.descriptor = descriptor};
}

void line_reader_clear(struct line_reader *reader)
{
    free(reader->bytes);
    *reader = (struct line_reader){.descriptor = -1};
}

const char *line_reader_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

bool line_reader_open(struct line_reader *reader, const char *path)
{
    int descriptor = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    line_reader_init(reader, descriptor);
    return descriptor >= 0;
}

void line_reader_close(struct line_reader *reader)
{
    if (reader->descriptor > STDIN_FILENO) {
        close(reader->descriptor);
    }
    line_reader_clear(reader);
}

/* The line ends at `end`; `next` is where another may begin. */
static enum line_outcome take_to(struct line_reader *reader, size_t end, size_t next, char **ret_line,
                                 size_t *ret_length)
{
    bool was_skipping = reader->is_skipping;
    size_t start = reader->start;
    reader->start = reader->scanned = next;
    reader->is_skipping = false;
    if (was_skipping) {
        return line_reader_take(reader, ret_line, ret_length);
    }
    reader->has_newline = next > end;
    *ret_line = reader->bytes + start;
    *ret_length = end - start;
    return LINE_TAKEN;
}

enum line_outcome line_reader_take(struct line_reader *reader, char **ret_line, size_t *ret_length)
{
    size_t unseen = reader->end - reader->scanned;
    char *newline = unseen > 0 ? memchr(reader->bytes + reader->scanned, '\n', unseen) : NULL;
    if (newline != NULL) {
        size_t end = (size_t)(newline - reader->bytes);
        return take_to(reader, end, end + 1, ret_line, ret_length);
    }
    reader->scanned = reader->end;
    if (reader->is_skipping) {
        reader->start = reader->end;
    }
    if (reader->end - reader->start > LINE_BYTES_MAX) {
        reader->start = reader->end;
        reader->is_skipping = true;
        return LINE_TOO_LONG;
    }
    if (!reader->is_at_end) {
        return LINE_INCOMPLETE;
    }
    bool has_rest = reader->end > reader->start;
    return has_rest ? take_to(reader, reader->end, reader->end, ret_line, ret_length) : LINE_END;
}

static bool make_room(struct line_reader *reader)
{
    if (reader->start > 0) {
        memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->scanned -= reader->start;
        reader->start = 0;
    }
    if (reader->end < reader->capacity) {
        return true;
    }
    size_t capacity = reader->capacity == 0 ? CAPACITY_MIN : reader->capacity * 2;
    capacity = capacity < CAPACITY_MAX ? capacity : CAPACITY_MAX;
    char *bytes = realloc(reader->bytes, capacity);
    if (bytes == NULL) {
        return false;
    }
    reader->bytes = bytes;
    reader->capacity = capacity;
    return true;
}

bool line_reader_fill(struct line_reader *reader)
{
    if (!make_room(reader)) {
        return false;
    }
    ssize_t length;
    do {
        length = read(reader->descriptor, reader->bytes + reader->end, reader->capacity - reader->end);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        return false;
    }
    reader->is_at_end = length == 0;
    reader->end += (size_t)length;
    return true;
}

bool line_reader_is_blank(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
            return false;
        }
    }
    return true;
}
