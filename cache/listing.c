#include "cache/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

struct listing_mark listing_mark_of(const struct stat *status)
{
    return (struct listing_mark){.device = status->st_dev,
                                 .inode = status->st_ino,
                                 .size_bytes = status->st_size,
                                 .modified_ns = nanoseconds(status->st_mtim),
                                 .changed_ns = nanoseconds(status->st_ctim)};
}

bool listing_mark_equals(const struct listing_mark *a, const struct listing_mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

bool fingerprint_equals(const struct fingerprint *a, const struct fingerprint *b)
{
    return a->hash == b->hash && a->entries == b->entries;
}

/* The finalizer of MurmurHash3, 64 bits: every bit of the input moves half of the output's. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash ^= value;
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 33);
}

static uint64_t hash_entry(const struct listing_entry *entry)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = entry->name; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3); /* FNV-1a */
    }
    hash = mix(hash, entry->mark.device);
    hash = mix(hash, entry->mark.inode);
    hash = mix(hash, (uint64_t)entry->mark.size_bytes);
    hash = mix(hash, (uint64_t)entry->mark.modified_ns);
    hash = mix(hash, (uint64_t)entry->mark.changed_ns);
    return mix(hash, (uint64_t)entry->error);
}

static bool is_document_name(const char *name)
{
    static const char suffix[] = ".json";
    size_t length = strlen(name);
    return name[0] != '.' && length >= sizeof(suffix) - 1 && strcmp(name + length - (sizeof(suffix) - 1), suffix) == 0;
}

enum look {
    LOOK_DOCUMENT,
    LOOK_PASSED_OVER,
};

static enum look look_at(int folder, const char *name, struct listing_entry *entry)
{
    struct stat status;
    *entry = (struct listing_entry){.error = fstatat(folder, name, &status, 0) == 0 ? 0 : errno};
    if (entry->error != 0) {
        if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT ? LOOK_PASSED_OVER : LOOK_DOCUMENT; /* ENOENT: deleted since readdir saw it */
        }
        if (!S_ISLNK(status.st_mode)) {
            entry->error = 0; /* written again between the two looks: as any other */
        }
    }
    entry->mark = listing_mark_of(&status);
    return entry->error != 0 || S_ISREG(status.st_mode) ? LOOK_DOCUMENT : LOOK_PASSED_OVER;
}

static void add_to_fingerprint(struct fingerprint *fingerprint, const struct listing_entry *entry)
{
    fingerprint->hash += hash_entry(entry); /* a sum: readdir's order means nothing */
    fingerprint->entries++;
    if (entry->mark.changed_ns > fingerprint->newest_change_ns) {
        fingerprint->newest_change_ns = entry->mark.changed_ns;
    }
}

/* Takes the entry's name. */
static bool add_to_entries(struct listing *listing, const struct listing_entry *entry)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity > 0 ? listing->capacity * 2 : 64;
        struct listing_entry *entries = realloc(listing->entries, capacity * sizeof(*entries));
        if (entries == NULL) {
            free(entry->name);
            return false;
        }
        listing->entries = entries;
        listing->capacity = capacity;
    }
    listing->entries[listing->count++] = *entry;
    return true;
}

/* Adds every document of `names`; 0 or an errno. */
static int list(struct listing *listing, DIR *names, bool keeps_entries)
{
    for (;;) {
        errno = 0;
        struct dirent *dirent = readdir(names);
        if (dirent == NULL) {
            return errno;
        }
        struct listing_entry entry;
        if (!is_document_name(dirent->d_name) || look_at(listing->folder, dirent->d_name, &entry) == LOOK_PASSED_OVER) {
            continue;
        }
        entry.name = dirent->d_name;
        add_to_fingerprint(&listing->fingerprint, &entry);
        if (keeps_entries) {
            entry.name = strdup(dirent->d_name);
            if (entry.name == NULL || !add_to_entries(listing, &entry)) {
                return ENOMEM;
            }
        }
    }
}

static int open_folder(struct listing *listing, const char *path)
{
    *listing = (struct listing){.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    struct stat status;
    if (listing->folder < 0 || fstat(listing->folder, &status) != 0) {
        return errno;
    }
    listing->fingerprint.hash = mix(mix(0, status.st_dev), status.st_ino);
    return 0;
}

/* Reads the names through a descriptor of its own, which closedir closes. */
static int list_folder(struct listing *listing, const char *path, bool keeps_entries)
{
    int error = open_folder(listing, path);
    if (error != 0) {
        return error;
    }
    int copy = fcntl(listing->folder, F_DUPFD_CLOEXEC, 0);
    DIR *names = copy < 0 ? NULL : fdopendir(copy);
    if (names == NULL) {
        error = errno;
        if (copy >= 0) {
            close(copy);
        }
        return error;
    }
    error = list(listing, names, keeps_entries);
    closedir(names);
    return error;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct listing_entry *)a)->name, ((const struct listing_entry *)b)->name);
}

int listing_open(struct listing *listing, const char *path)
{
    int error = list_folder(listing, path, true);
    if (error != 0) {
        listing_clear(listing);
        return error;
    }
    if (listing->count > 1) {
        qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_names);
    }
    return 0;
}

void listing_clear(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        free(listing->entries[i].name);
    }
    free(listing->entries);
    if (listing->folder >= 0) {
        close(listing->folder);
    }
    *listing = (struct listing){.folder = -1};
}

int listing_fingerprint(const char *path, struct fingerprint *ret_fingerprint)
{
    struct listing listing;
    int error = list_folder(&listing, path, false);
    if (error == 0) {
        *ret_fingerprint = listing.fingerprint;
    }
    listing_clear(&listing);
    return error;
}
