#include "cache/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(char ret_reason[WHOLE_FILE_REASON_BYTES], const char *clause, int error)
{
    snprintf(ret_reason, WHOLE_FILE_REASON_BYTES, "%s: %s", clause, strerror(error));
    return false;
}

/* Writing */

int whole_file_create(const struct whole_file *file, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    unlinkat(file->folder, file->temporary, 0);
    int descriptor = openat(file->folder, file->temporary, flags, 0600);
    if (descriptor < 0) {
        fail(ret_reason, "cannot be created", errno);
    }
    return descriptor;
}

static bool replace(const struct whole_file *file, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    if (renameat(file->folder, file->temporary, file->folder, file->name) != 0) {
        int error = errno;
        unlinkat(file->folder, file->temporary, 0);
        return fail(ret_reason, "cannot be replaced", error);
    }
    return fsync(file->folder) == 0 || fail(ret_reason, "is written, but its folder cannot be synchronized", errno);
}

bool whole_file_finish(const struct whole_file *file, int descriptor, int error,
                       char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    if (error == 0 && fsync(descriptor) != 0) {
        error = errno;
    }
    if (close(descriptor) != 0 && error == 0) {
        error = errno;
    }
    if (error != 0) {
        unlinkat(file->folder, file->temporary, 0);
        return fail(ret_reason, "cannot be written", error);
    }
    return replace(file, ret_reason);
}

int whole_file_put(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(descriptor, bytes, length);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
        }
    }
    return 0;
}

bool whole_file_write(const struct whole_file *file, struct slice bytes, char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    int descriptor = whole_file_create(file, ret_reason);
    return descriptor >= 0 &&
           whole_file_finish(file, descriptor, whole_file_put(descriptor, bytes.at, bytes.length), ret_reason);
}

/* Reading */

/* A pipe in the file's place holds nobody up, and a terminal does not become ours. */
static int open_regular(const struct whole_file *file, int *ret_error)
{
    struct stat status;
    int descriptor = openat(file->folder, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) {
        *ret_error = errno;
    } else if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(descriptor);
        descriptor = -1;
        *ret_error = EINVAL;
    }
    return descriptor;
}

enum whole_file_reading whole_file_read(const struct whole_file *file, struct text *text,
                                        char ret_reason[WHOLE_FILE_REASON_BYTES])
{
    int error = 0;
    int descriptor = open_regular(file, &error);
    if (descriptor < 0 && error == ENOENT) {
        return WHOLE_FILE_ABSENT;
    }
    if (descriptor < 0) {
        fail(ret_reason, "cannot be opened", error);
        return WHOLE_FILE_UNREADABLE;
    }
    ssize_t length = 1;
    while (length > 0 && !text->failed) {
        char bytes[4096];
        length = read(descriptor, bytes, sizeof(bytes));
        if (length > 0) {
            text_append(text, (struct slice){.at = bytes, .length = (uint32_t)length});
        }
    }
    error = length < 0 ? errno : text->failed ? EFBIG : 0;
    close(descriptor);
    if (error != 0) {
        fail(ret_reason, "cannot be read", error);
        return WHOLE_FILE_UNREADABLE;
    }
    return WHOLE_FILE_READ;
}
