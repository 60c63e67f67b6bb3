/*
 * keeper.h - keeps what is in force in state_dir, and starts from it (cache/last_known_good.h).
 *
 * Nothing here fails a start or a release: what goes wrong is logged and counted.
 *
 * Threads  open and restore before the refresher starts, keep in its thread, append_metrics in any.
 */
#pragma once

#include "cache/last_known_good.h"
#include "cache/source.h"
#include "service/config.h"
#include "service/counter.h"

struct keeper {
    struct last_known_good *state; /* NULL: nothing is kept */
    counter writes, failures, written_wall_ms, skipped;
};

void keeper_open(struct keeper *keeper, const struct config *config);
void keeper_close(struct keeper *keeper);

/* The snapshot of the newest sound state file, or NULL; its documents go to the source, so that they need not be
   fetched. */
struct snapshot *keeper_restore(struct keeper *keeper, struct source *source, const struct snapshot_limits *limits);

void keeper_keep(struct keeper *keeper, const struct edition *edition, const struct snapshot *snapshot,
                 const struct documents *documents);

void keeper_append_metrics(struct text *text, const struct keeper *keeper);
