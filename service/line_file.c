#include "service/line_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* -1: it cannot be, or is something else than a file. */
static int open_file(const struct line_file *file, uint64_t *ret_bytes)
{
    const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    struct stat status;
    int descriptor = openat(file->folder, file->name, flags, 0600);
    if (descriptor >= 0 && (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(descriptor);
        return -1;
    }
    *ret_bytes = descriptor >= 0 ? (uint64_t)status.st_size : 0;
    return descriptor;
}

static void write_name(const struct line_file *file, uint32_t number, char ret_name[static LINE_FILE_NAME_BYTES])
{
    if (number == 0) {
        snprintf(ret_name, LINE_FILE_NAME_BYTES, "%s", file->name);
    } else {
        snprintf(ret_name, LINE_FILE_NAME_BYTES, "%s.%" PRIu32, file->name, number);
    }
}

/* The oldest first, or each would overwrite the next. A gap is no obstacle. */
static bool rotate(const struct line_file *file)
{
    char from[LINE_FILE_NAME_BYTES], to[LINE_FILE_NAME_BYTES];
    bool is_moved = false;
    for (uint32_t number = file->old_files_max; number > 0; number--) {
        write_name(file, number - 1, from);
        write_name(file, number, to);
        is_moved = renameat(file->folder, from, file->folder, to) == 0;
    }
    return is_moved;
}

/* With room for so many bytes more. */
static int open_with_room(const struct line_file *file, uint64_t more, uint64_t *ret_bytes)
{
    int descriptor = open_file(file, ret_bytes);
    if (descriptor < 0 || *ret_bytes == 0 || *ret_bytes + more <= file->bytes_max) {
        return descriptor;
    }
    close(descriptor);
    return rotate(file) ? open_file(file, ret_bytes) : -1;
}

/* Does a part of a line stand last? */
static bool is_torn(int descriptor, uint64_t bytes)
{
    char last = '\n';
    return bytes > 0 && pread(descriptor, &last, 1, (off_t)bytes - 1) == 1 && last != '\n';
}

static bool write_all(int descriptor, struct slice lines)
{
    while (lines.length > 0) {
        ssize_t written = write(descriptor, lines.at, lines.length);
        if (written <= 0) {
            return false;
        }
        lines = (struct slice){.at = lines.at + written, .length = lines.length - (uint32_t)written};
    }
    return true;
}

bool line_file_append(const struct line_file *file, struct slice lines)
{
    uint64_t bytes;
    int descriptor = open_with_room(file, lines.length + 1, &bytes);
    if (descriptor < 0) {
        return false;
    }
    bool is_whole = (!is_torn(descriptor, bytes) || write_all(descriptor, SLICE("\n"))) && write_all(descriptor, lines);
    if (!is_whole && ftruncate(descriptor, (off_t)bytes) != 0) {
        close(descriptor); /* the part stays, and the next line begins behind it */
        return false;
    }
    close(descriptor);
    return is_whole;
}
