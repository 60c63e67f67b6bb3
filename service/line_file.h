/*
 * line_file.h - a file of lines that is appended to, never overwritten, and has an end.
 *
 *     name      appended to; before it would pass bytes_max it becomes name.1, name.1 becomes name.2, ...
 *     name.N    the oldest, N being old_files_max; the one before is gone
 *
 * The file is opened for each writing: whoever moves it away loses nothing, and logrotate needs no signal. Behind a
 * part of a line, as a death leaves one, the next begins on a line of its own; what could not be written whole, because
 * the disk is full, is taken back. Its mode is 0600. Lines outlive the process, not the machine's power: they are not
 * synchronized, so that nobody waits for a sick disk longer than a write does.
 *
 * Threads  one at a time.
 * Errors   false: nothing was written.
 */
#pragma once

#include "policy/slice.h"

enum { LINE_FILE_NAME_BYTES = 256 };

struct line_file {
    int folder; /* its descriptor */
    const char *name;
    uint64_t bytes_max;
    uint32_t old_files_max; /* at least 1 */
};

/* Whole lines, with their ends. */
bool line_file_append(const struct line_file *file, struct slice lines);
