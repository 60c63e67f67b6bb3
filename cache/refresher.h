/*
 * refresher.h - the thread that keeps the current snapshot current.
 *
 *     source ─ check, read ─▶ documents ─ compile ─▶ snapshot ─ slot_swap ─▶ workers
 *                                └─ a bad set: refused, what is in the slot stays
 *
 * One refresher feeds one slot from one source. A refused set is not tried again before the source changes, the limits
 * change or refresher_reload is called - unless memory had ended: then after REFRESHER_RETRY_MS. Content that is
 * already in force (same release) is confirmed, not swapped.
 *
 * Ownership  source and slot stay the caller's and must outlive the refresher; the last snapshot stays in the slot.
 * Threads    callbacks run in the refresher's thread, with no lock held, and must not call the refresher. It inherits
 * the signal mask of the thread that starts it. Every other function may be called from any thread.
 */
#pragma once

#include "cache/refresher_board.h"
#include "cache/release.h"
#include "cache/slot.h"
#include "cache/source.h"

enum {
    REFRESHER_RETRY_MS = 5000,
    REFRESHER_GATHER_MS = 20, /* events within that time wake the thread once */
};

struct refresher;

struct refresher_activation {
    struct snapshot_facts facts;
    int64_t duration_ms; /* of reading and compiling */
    const char *scheme;  /* of the source */
    const char *trace;   /* of the source; "": none */
};

/* All are given. */
struct refresher_callbacks {
    void *context;
    /* A new snapshot was compiled and will be in force next: the last time to add to it. */
    void (*compiled)(void *context, struct snapshot *snapshot);
    /* A new snapshot is in force. */
    void (*activated)(void *context, const struct refresher_activation *activation);
    /* Right behind it: the time to write down what is in force. Nothing of it may be kept. */
    void (*keep)(void *context, const struct edition *edition, const struct snapshot *snapshot,
                 const struct documents *documents);
    /* The source was asked again and says what is in force already. */
    void (*confirmed)(void *context, const struct snapshot_facts *facts);
    /* May a release be compiled? What was said yes to becomes active, is in force already, or is refused. */
    bool (*may_try)(void *context, uint64_t release, struct problems *problems);
    /* The set is bad, or may not be tried: each time that a reading finds so. */
    void (*refused)(void *context, const struct problems *problems);
    /* The source cannot be read: once, until it can or the reason changes. */
    void (*unavailable)(void *context, const char *reason);
    /* The source is about to be asked; the thread comes again after at most so many milliseconds. */
    int64_t (*turn)(void *context, int64_t now_ms);
};

/* NULL when memory, descriptors or threads end. The first reading begins at once; do not wait for it here. */
struct refresher *refresher_start(struct source *source, struct slot *slot, const struct snapshot_limits *limits,
                                  const struct refresher_callbacks *callbacks);

/* Waits for a compilation in progress. */
void refresher_stop(struct refresher *refresher);

/* Reads again under the new limits. */
void refresher_set_limits(struct refresher *refresher, const struct snapshot_limits *limits);

/* Reads again, whatever the source says about changes. */
void refresher_reload(struct refresher *refresher);

/* Asks the source at once: after a change of the source's own settings. */
void refresher_wake(struct refresher *refresher);

void refresher_status(struct refresher *refresher, struct refresher_status *ret_status);
