/*
 * source.h - where policy sets come from: the small interface behind which a directory or Redis stands.
 *
 *     check ──▶ UNCHANGED     wait on the descriptor, at most ret_wait_ms, and check again
 *           ──▶ REFUSED       likewise: it still says what was refused (a directory says UNCHANGED then)
 *           ──▶ SETTLING      likewise: something changes, it is not yet quiet
 *           ──▶ CHANGED       read
 *           ──▶ UNAVAILABLE   likewise; `reason` says why; what was read before stays in force
 *     read  ──▶ COMPLETE      documents, of one moment, are there; `edition` says which
 *           ──▶ REFUSED       problems say what cannot be used, whatever could be read is in documents; pointless to
 *                             try again before check says CHANGED
 *           ──▶ AGAIN         not all there yet, or changed under our hands; check says when to read again
 *           ──▶ UNAVAILABLE   as above
 *     take_back               after COMPLETE: the documents return to the source, with what became of them; one that
 *                             must fetch its documents keeps them, so as not to fetch them again
 *
 * A source opens itself by a function of its own (directory_source_open); everything else goes through here.
 *
 * Time     monotonic milliseconds, as argument.
 * Threads  one at a time uses a source, unless a function says otherwise.
 */
#pragma once

#include <stdint.h>

#include "cache/edition.h"
#include "cache/trace_id.h"
#include "policy/document.h"
#include "policy/problem.h"

enum { SOURCE_REASON_BYTES = 512 };

enum source_state {
    SOURCE_UNCHANGED,
    SOURCE_REFUSED,
    SOURCE_SETTLING,
    SOURCE_CHANGED,
    SOURCE_UNAVAILABLE,
};

enum source_reading {
    SOURCE_READ_COMPLETE,
    SOURCE_READ_REFUSED,
    SOURCE_READ_AGAIN,
    SOURCE_READ_UNAVAILABLE,
};

enum source_verdict {
    SOURCE_IN_FORCE,
    SOURCE_NOT_USED,
};

/* What went over the network since the start; zeros for a directory. */
struct source_traffic {
    uint64_t bytes_in, bytes_out;
    uint64_t exchanges, connects, failures;
    uint64_t pieces_fetched, pieces_held, hints;
};

struct source;

struct source_ops {
    const char *scheme; /* as in the setting `source`: "file" */
    enum source_state (*check)(struct source *source, int64_t now_ms, int64_t *ret_wait_ms);
    enum source_reading (*read)(struct source *source, int64_t now_ms, struct documents *documents,
                                struct problems *problems);
    void (*take_back)(struct source *source, struct documents *documents, enum source_verdict verdict);
    const char *(*describe)(const struct source *source); /* for logs and pages, without secrets */
    void (*traffic)(const struct source *source, struct source_traffic *ret_traffic); /* from any thread */
    void (*close)(struct source *source);
};

struct source {
    const struct source_ops *ops;
    int descriptor;                   /* readable when something may have changed; -1: none */
    char reason[SOURCE_REASON_BYTES]; /* of the last UNAVAILABLE, a clause about what describe names */
    struct edition edition;           /* of what was read last, or taken back as being in force */
    char trace[TRACE_ID_BYTES];       /* of what brought it; "": none */
};

static inline enum source_state source_check(struct source *source, int64_t now_ms, int64_t *ret_wait_ms)
{
    return source->ops->check(source, now_ms, ret_wait_ms);
}

/* Adds to `documents` and `problems`, both empty at first. */
static inline enum source_reading source_read(struct source *source, int64_t now_ms, struct documents *documents,
                                              struct problems *problems)
{
    return source->ops->read(source, now_ms, documents, problems);
}

/*
 * Leaves `documents` empty. At the start a source may be given what another life of the process left, as IN_FORCE with
 * its edition: it need not fetch that.
 */
static inline void source_take_back(struct source *source, struct documents *documents, enum source_verdict verdict)
{
    source->ops->take_back(source, documents, verdict);
}

static inline const char *source_describe(const struct source *source)
{
    return source->ops->describe(source);
}

static inline void source_traffic(const struct source *source, struct source_traffic *ret_traffic)
{
    source->ops->traffic(source, ret_traffic);
}

static inline void source_close(struct source *source)
{
    if (source != NULL) {
        source->ops->close(source);
    }
}
