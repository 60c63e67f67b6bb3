/*
 * listing.h - which documents a folder holds, and a mark of each that changes when the document does.
 *
 * Documents are regular files, links to such included, whose names end in ".json" and do not begin with ".". Folders,
 * pipes, devices and files of other names are passed over. A link that leads nowhere, and a name that may not be
 * looked at, are entries too, with their errors: somebody meant them, and a set without them is another set.
 *
 * Ownership  listing_clear frees the names and closes the folder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Of one document: what stat tells. */
struct listing_mark {
    uint64_t device, inode;
    int64_t size_bytes;
    int64_t modified_ns, changed_ns; /* since 1970 */
};

struct listing_entry {
    char *name;
    struct listing_mark mark;
    int error; /* errno of a document that cannot be looked at; 0: none */
};

/* Of all documents; equal as long as no file, name, link or permission changes. */
struct fingerprint {
    uint64_t hash;
    uint64_t entries;
    int64_t newest_change_ns; /* since 1970 */
};

struct listing {
    int folder; /* descriptor: whatever a link does meanwhile, names stand for this folder */
    struct listing_entry *entries;
    size_t count, capacity;
    struct fingerprint fingerprint;
};

/* Sorted by name, byte order. 0, or the errno that says why the folder cannot be read; the listing is then empty. */
int listing_open(struct listing *listing, const char *path);
void listing_clear(struct listing *listing);

/* The fingerprint alone, as listing_open. */
int listing_fingerprint(const char *path, struct fingerprint *ret_fingerprint);

bool fingerprint_equals(const struct fingerprint *a, const struct fingerprint *b);

struct listing_mark listing_mark_of(const struct stat *status);
bool listing_mark_equals(const struct listing_mark *a, const struct listing_mark *b);
