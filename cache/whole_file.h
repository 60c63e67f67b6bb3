/*
 * whole_file.h - a file of a folder that is only ever replaced as a whole.
 *
 *     create ─▶ write into `temporary` ─▶ finish: fsync, rename over `name`, fsync of the folder
 *
 * Killed at any moment, the folder holds the old file or the new one. The temporary file is created new and no link is
 * followed: nobody else writes here, so what has its name is a leftover, or was put there.
 *
 * Ownership  the folder's descriptor and the names stay the caller's.
 * Threads    one at a time on a name.
 * Errors     a reason, a clause about the file: "cannot be written: No space left on device".
 */
#pragma once

#include "policy/text.h"

enum { WHOLE_FILE_REASON_BYTES = 160 };

struct whole_file {
    int folder;
    const char *name, *temporary;
};

/* A descriptor of the temporary file, to be given to whole_file_finish; -1 with a reason. */
int whole_file_create(const struct whole_file *file, char ret_reason[WHOLE_FILE_REASON_BYTES]);

/* Closes it; `error`, of what was done with it since (errno, 0: none), or one of its own, leaves the old file. */
bool whole_file_finish(const struct whole_file *file, int descriptor, int error,
                       char ret_reason[WHOLE_FILE_REASON_BYTES]);

/* All of write(2), however often it takes: 0 or the errno. */
int whole_file_put(int descriptor, const char *bytes, size_t length);

/* The three above for what is in memory. */
bool whole_file_write(const struct whole_file *file, struct slice bytes, char ret_reason[WHOLE_FILE_REASON_BYTES]);

enum whole_file_reading {
    WHOLE_FILE_READ,
    WHOLE_FILE_ABSENT,
    WHOLE_FILE_UNREADABLE, /* or no file, or longer than the text may become: a reason */
};

/* Appends it to the text. */
enum whole_file_reading whole_file_read(const struct whole_file *file, struct text *text,
                                        char ret_reason[WHOLE_FILE_REASON_BYTES]);
