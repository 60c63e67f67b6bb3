/*
 * directory_source.h - the source `file:DIR`: a policy directory that operators edit while we run.
 *
 *     event or poll ─▶ look: unlike what we read ─▶ settling ─ settle_ms without a change ─▶ CHANGED ─▶ read
 *                                                    ▲    │
 *                                                    └────┘ another change
 *
 * Two eyes: cache/watch.h, quick but not infallible, and a look at every file's mark every DIRECTORY_POLL_MS (more
 * often where the watch is missing or incomplete). An event alone is only a reason to look, one look per settle_ms
 * however many events come. The first look after opening needs no settling. A directory that is gone is UNAVAILABLE: no
 * deletion empties a gateway.
 *
 * Threads  directory_source_set_settle_ms from any thread; the rest as in source.h.
 */
#pragma once

#include "cache/source.h"

enum {
    DIRECTORY_POLL_MS = 5000,
    DIRECTORY_POLL_UNWATCHED_MS = 1000,
};

struct directory_source_options {
    int64_t settle_ms;
    bool is_unwatched; /* the poll only: for file systems that tell nothing, and for tests */
};

/* NULL when memory ends; a directory that does not exist yet is no error. Close with source_close. */
struct source *directory_source_open(const char *path, const struct directory_source_options *options);

/* In force from the next check on: wake the source's user. */
void directory_source_set_settle_ms(struct source *source, int64_t settle_ms);
