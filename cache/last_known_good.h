/*
 * last_known_good.h - what was in force, on disk: a gateway starts from it when its source is away.
 *
 *     state_dir/promogate-a.state, promogate-b.state     two generations (state_file.h); a write replaces the older,
 *                                                        or one that the last reading could not use
 *     state_dir/promogate.lock                           locked (flock) while a gateway uses the folder
 *
 * Killed at any moment, the folder holds an old or a new generation, whole. Read: the head of both; the newest whose
 * image is sound is used, else the other; each file that is not used, and why, is told. Of a newest whose image is
 * refused (another version of this program wrote it) the documents are compiled: slower, but it starts. Documents that
 * do not fit their hashes are left out: the snapshot serves, and the source delivers them again.
 *
 * `origin` is what the release came from ("redis main", "file:policies"): a file of another origin is foreign.
 *
 * A folder that may only be read serves too, when it has a lock file; writes then fail.
 *
 * Threads  one at a time on a folder; a second process is kept out by the lock.
 * Errors   a reason that names the file.
 */
#pragma once

#include "cache/edition.h"
#include "cache/release.h"
#include "policy/document.h"
#include "policy/snapshot.h"

enum {
    LAST_KNOWN_GOOD_GENERATIONS = 2,
    LAST_KNOWN_GOOD_ORIGIN_BYTES = 4096,
    LAST_KNOWN_GOOD_REASON_BYTES = 512,
};

struct last_known_good;

/* Opens (and creates, mode 0700, when only the last part is missing) the folder, takes the lock and removes what an
   interrupted write left. NULL with a reason; no gateway fails to start because of it. `origin` is copied. */
struct last_known_good *last_known_good_open(const char *folder, const char *origin,
                                             char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES]);
void last_known_good_close(struct last_known_good *state);

/* The folder's descriptor, for what else is kept there; it is open as long as the state is. */
int last_known_good_folder(const struct last_known_good *state);

/* What a start found. */
struct last_known_good_reading {
    struct snapshot *snapshot; /* NULL: nothing usable */
    struct edition edition;
    struct documents documents; /* empty when damaged: `skipped` says so */
    int64_t written_wall_ms;
    uint32_t skipped_count; /* files, or parts, that were not used, and why */
    char skipped[LAST_KNOWN_GOOD_GENERATIONS * 2][LAST_KNOWN_GOOD_REASON_BYTES];
};

/* The gate is asked about each release before anything but its head is used. The reading owns what it holds until the
   caller takes it (sets to NULL, documents_init). */
void last_known_good_read(struct last_known_good *state, const struct snapshot_limits *limits,
                          const struct release_gate *gate, struct last_known_good_reading *ret_reading);
void last_known_good_reading_clear(struct last_known_good_reading *reading);

/* Replaces a generation; durable when it is true. `edition->release` is the snapshot's. */
bool last_known_good_write(struct last_known_good *state, const struct edition *edition,
                           const struct snapshot *snapshot, const struct documents *documents, int64_t wall_ms,
                           char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES]);
