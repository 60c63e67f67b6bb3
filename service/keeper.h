/*
 * keeper.h - keeps what is in force in state_dir, starts from it (cache/last_known_good.h), and does not start from
 * what killed the process (cache/quarantine.h).
 *
 *     state_skipped        why a file, or a part of it, was not used
 *     release_died         the process died with a release on trial: which, and how often so far
 *     release_quarantined  it is not used any more
 *     release_proven       it outlived its trial
 *     state_written, state_write_failed
 *
 * Nothing here fails a start or a release: what goes wrong is logged and counted.
 *
 * Threads  open and restore before the refresher starts, end and close after it; may_try, settle, give_up, tick, keep
 *          in its thread; configure, stop_at_once in the main thread; hold_back, append_* in any.
 */
#pragma once

#include "cache/last_known_good.h"
#include "cache/quarantine.h"
#include "cache/source.h"
#include "service/config.h"
#include "service/counter.h"
#include "service/metric_text.h"

struct keeper {
    struct last_known_good *state; /* NULL: nothing is kept */
    struct quarantine quarantine;
    _Atomic bool holds_back; /* memory is short */
    counter writes, failures, written_wall_ms, skipped;
};

void keeper_open(struct keeper *keeper, const struct config *config);
void keeper_close(struct keeper *keeper);

/* The folder's descriptor, open until keeper_close, for what else is kept there; -1: nothing is kept. */
int keeper_folder(const struct keeper *keeper);

/* The configuration has changed. */
void keeper_configure(struct keeper *keeper, const struct config *config);

/* The snapshot of the newest sound state file, or NULL; its documents go to the source, so that they need not be
   fetched. */
struct snapshot *keeper_restore(struct keeper *keeper, struct source *source, const struct snapshot_limits *limits);

/* While memory is short no release is tried: it is tried again later. */
void keeper_hold_back(struct keeper *keeper, bool holds_back);

/* A release is about to be used: false with a problem when it is quarantined. Then settle, once what was tried is in
   force, or give_up, when it is not to be. */
bool keeper_may_try(struct keeper *keeper, uint64_t release, struct problems *problems);
void keeper_settle(struct keeper *keeper);
void keeper_give_up(struct keeper *keeper);

/* The time passes; when to come again, at the latest. */
int64_t keeper_tick(struct keeper *keeper, int64_t now_ms);

void keeper_keep(struct keeper *keeper, const struct edition *edition, const struct snapshot *snapshot,
                 const struct documents *documents);

/* The process ends in order: what is on trial has proven itself. */
void keeper_end(struct keeper *keeper);
/* It does not, because it was told so: that proves nothing, and is no death. */
void keeper_stop_at_once(struct keeper *keeper);

void keeper_append_metrics(struct metric_text *out, struct keeper *keeper);

/* Lines of readyz?verbose. */
void keeper_append_checks(struct text *text, struct keeper *keeper);
