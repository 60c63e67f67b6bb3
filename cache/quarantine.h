/*
 * quarantine.h - a release that kills the process cannot loop restarts: after some deaths on trial it is not used
 * again.
 *
 *     try(43) ── noted on disk ──▶ used or compiled ──▶ settle: in force, on trial ─ tick, end(clean) ─▶ proven
 *        │                             └─ refused as bad: give_up, the one before is on trial again
 *        └─ quarantined: false, with what to tell
 *
 *     start, and the file still has a release on trial: the process died with it. `deaths` of these quarantine it.
 *
 * Noted before use, so that a crash in the compiler counts too. A directory's release is known by its content: there
 * reading and checking the documents comes before. What died cannot tell why: SIGKILL, the OOM killer or the machine's
 * power within the trial count like a crash; of a proven release (trial.h) nothing counts. After SIGTERM only an
 * orderly end proves; being told to stop at once (end, not clean) says neither. A release of the same content under
 * another number is another release.
 *
 * The file is state_dir/promogate.trial (trial.h, whole_file.h). Damaged or unwritable it stops nothing: what cannot
 * be noted is tried all the same. A file of another origin is ignored.
 *
 * A disk that hangs holds a new release up, as the note comes first; what is in force serves on.
 *
 * Time     monotonic and wall milliseconds as arguments.
 * Threads  open first and close last, alone. try, settle, give_up, tick: one thread. end: any; configure, copy: any.
 *          `writing` is held while the file is written and taken before `mutex`, which guards `trial` and is held for a
 *          copy only: who looks never waits for a disk.
 * Errors   a reason, of the file; `ret_reason` is untouched where it could be written, or need not be.
 * Source   systemd's Automatic Boot Assessment counts the tries of a kernel in the same way, and blesses what came up.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "cache/trial.h"
#include "cache/whole_file.h"
#include "policy/problem.h"

struct quarantine_settings {
    uint32_t trial_s; /* 0: nothing is on trial, and nothing is refused */
    uint32_t deaths;  /* so many of a release on trial quarantine it */
};

struct quarantine {
    int folder; /* -1: nothing is kept, everything may be tried */
    _Atomic uint32_t trial_s;
    pthread_mutex_t writing;  /* guards what follows, up to the blank line; but `trial` is also changed under `mutex` */
    struct trial_mark before; /* what was on trial before the try that is not settled */
    bool is_trying, has_ended;
    int64_t tried_ms;  /* monotonic: of the release on trial */
    int64_t before_ms; /* of `before` */

    pthread_mutex_t mutex; /* guards: */
    struct trial trial;
};

/* What a start found. */
struct quarantine_finding {
    uint64_t died; /* the release with which the process died on trial; 0: none */
    uint32_t deaths;
    bool is_quarantined;                  /* because of that death */
    char reason[WHOLE_FILE_REASON_BYTES]; /* why the file could not be read or written; "": it could */
};

/* `folder`, which must stay open, or -1; `origin_hash` tells sources apart. Notes a death. */
void quarantine_open(struct quarantine *quarantine, int folder, uint64_t origin_hash,
                     const struct quarantine_settings *settings, int64_t wall_ms,
                     struct quarantine_finding *ret_finding);
void quarantine_close(struct quarantine *quarantine);

/* The setting has changed; deaths are counted at the start only. */
void quarantine_configure(struct quarantine *quarantine, uint32_t trial_s);

/* May the release be used? It is on trial then; else a problem says why not. */
bool quarantine_try(struct quarantine *quarantine, uint64_t release, int64_t now_ms, int64_t wall_ms,
                    struct problems *problems, char ret_reason[WHOLE_FILE_REASON_BYTES]);

/* What was tried last is in force. */
void quarantine_settle(struct quarantine *quarantine);

/* It is not: what was on trial before is so again. Nothing, when nothing is being tried. */
void quarantine_give_up(struct quarantine *quarantine, char ret_reason[WHOLE_FILE_REASON_BYTES]);

/* The release that has just proven itself, or 0; and when to ask again (INT64_MAX: any time). */
uint64_t quarantine_tick(struct quarantine *quarantine, int64_t now_ms, int64_t *ret_wait_ms,
                         char ret_reason[WHOLE_FILE_REASON_BYTES]);

/* The process ends; `is_clean`: in order, which proves the release on trial. That release, or 0. Nothing comes on trial
   any more: another thread may be trying still. */
uint64_t quarantine_end(struct quarantine *quarantine, bool is_clean, char ret_reason[WHOLE_FILE_REASON_BYTES]);

/* How things stand. */
void quarantine_copy(struct quarantine *quarantine, struct trial *ret_trial);
