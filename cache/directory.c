#include "cache/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One run of directory_read. */
struct reader {
    const struct listing *listing;
    struct documents *documents;
    struct problems *problems;
    struct directory_reading *reading;
};

__attribute__((format(printf, 2, 3))) static enum directory_outcome unavailable(struct directory_reading *reading,
                                                                                const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->reason, sizeof(reading->reason), format, arguments);
    va_end(arguments);
    return DIRECTORY_UNAVAILABLE;
}

/* Errors that say nothing about the file: they may be gone the next time. */
static bool may_pass(int error)
{
    return error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO || error == ESTALE ||
           error == ETIMEDOUT || error == EAGAIN || error == EINTR;
}

static enum directory_outcome fail(const struct reader *reader, const char *name, const char *act, int error)
{
    if (may_pass(error)) {
        return unavailable(reader->reading, "%s cannot be %s: %s", name, act, strerror(error));
    }
    problems_add(reader->problems, name, "", "cannot be %s: %s", act, strerror(error));
    return DIRECTORY_READ;
}

/* Reads to the end, which must come after exactly `length` bytes. */
static enum directory_outcome read_bytes(const struct reader *reader, int file, const char *name, size_t length)
{
    char *bytes = malloc(length + 1);
    if (bytes == NULL) {
        return fail(reader, name, "read", ENOMEM);
    }
    size_t have = 0;
    while (have <= length) {
        ssize_t more = read(file, bytes + have, length + 1 - have);
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more < 0) {
            int error = errno;
            free(bytes);
            return fail(reader, name, "read", error);
        }
        if (more == 0) {
            break;
        }
        have += (size_t)more;
    }
    if (have != length) {
        free(bytes);
        return DIRECTORY_CHANGING;
    }
    bool is_added = documents_add(reader->documents, name, bytes, length);
    return is_added ? DIRECTORY_READ : fail(reader, name, "read", ENOMEM);
}

static enum directory_outcome read_open_file(const struct reader *reader, int file, const struct listing_entry *entry)
{
    struct stat status;
    if (fstat(file, &status) != 0) {
        return fail(reader, entry->name, "read", errno);
    }
    struct listing_mark mark = listing_mark_of(&status);
    if (!S_ISREG(status.st_mode) || !listing_mark_equals(&mark, &entry->mark)) {
        return DIRECTORY_CHANGING;
    }
    return read_bytes(reader, file, entry->name, (size_t)status.st_size);
}

static enum directory_outcome read_file(const struct reader *reader, const struct listing_entry *entry)
{
    /* It was a regular file when listed; O_NONBLOCK in case that it is a pipe by now. */
    int file = openat(reader->listing->folder, entry->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        bool has_vanished = errno == ENOENT || errno == ENOTDIR;
        return has_vanished ? DIRECTORY_CHANGING : fail(reader, entry->name, "opened", errno);
    }
    enum directory_outcome outcome = read_open_file(reader, file, entry);
    close(file);
    return outcome;
}

static enum directory_outcome read_entry(const struct reader *reader, const struct listing_entry *entry)
{
    if (entry->error == ENOENT) {
        problems_add(reader->problems, entry->name, "", "is a link to a file that does not exist");
        return DIRECTORY_READ;
    }
    if (entry->error != 0) {
        return fail(reader, entry->name, "opened", entry->error);
    }
    if (entry->mark.size_bytes > DOCUMENT_BYTES_MAX) {
        problems_add(reader->problems, entry->name, "", "has %lld bytes; a document may have at most %d",
                     (long long)entry->mark.size_bytes, (int)DOCUMENT_BYTES_MAX);
        return DIRECTORY_READ;
    }
    return read_file(reader, entry);
}

/* False, with a problem, when the set as a whole is past a ceiling: then nothing of it is read. */
static bool check_ceilings(const struct reader *reader)
{
    const struct listing *listing = reader->listing;
    if (listing->count > DOCUMENTS_COUNT_MAX) {
        problems_add(reader->problems, "", "", "%zu documents; a set may have at most %d", listing->count,
                     (int)DOCUMENTS_COUNT_MAX);
        return false;
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < listing->count; i++) {
        bytes += listing->entries[i].error == 0 ? (uint64_t)listing->entries[i].mark.size_bytes : 0;
    }
    if (bytes > documents_bytes_max) {
        problems_add(reader->problems, "", "", "%llu bytes of documents; a set may have at most %zu",
                     (unsigned long long)bytes, documents_bytes_max);
        return false;
    }
    return true;
}

static enum directory_outcome read_entries(const struct reader *reader)
{
    if (!check_ceilings(reader)) {
        return DIRECTORY_READ;
    }
    for (size_t i = 0; i < reader->listing->count; i++) {
        enum directory_outcome outcome = read_entry(reader, &reader->listing->entries[i]);
        if (outcome != DIRECTORY_READ) {
            return outcome;
        }
    }
    return DIRECTORY_READ;
}

enum directory_outcome directory_read(const char *path, struct documents *documents, struct problems *problems,
                                      struct directory_reading *ret_reading)
{
    struct listing listing;
    *ret_reading = (struct directory_reading){0};
    int error = listing_open(&listing, path);
    if (error != 0) {
        return unavailable(ret_reading, "cannot be read: %s", strerror(error));
    }
    struct reader reader = {.listing = &listing, .documents = documents, .problems = problems, .reading = ret_reading};
    enum directory_outcome outcome = read_entries(&reader);
    struct fingerprint before = listing.fingerprint;
    listing_clear(&listing);
    if (outcome == DIRECTORY_UNAVAILABLE) {
        return outcome;
    }
    error = listing_fingerprint(path, &ret_reading->fingerprint);
    if (error != 0) {
        return unavailable(ret_reading, "cannot be read: %s", strerror(error));
    }
    return fingerprint_equals(&before, &ret_reading->fingerprint) ? outcome : DIRECTORY_CHANGING;
}
