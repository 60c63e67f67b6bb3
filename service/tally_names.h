/*
 * tally_names.h - which policy and which variant each slot of tally.h stands for, over the process's life.
 *
 *     release 1   a ─▶ 1   b ─▶ 2             release 2   b ─▶ 2   c ─▶ 3        a keeps 1 while there is room
 *
 * A name keeps its slot from release to release, so that its counter goes on. New names are taken in walk order, while
 * slots are free; then those of names that the release lacks are given away, and count from 0 for their new names. The
 * threads' words are never reset: what stood in a slot when it was given away is subtracted. What the last requests of
 * the release before add while it is let go counts for the new name.
 *
 * Threads  tally_names_assign: one at a time, before the snapshot is shared. tally_names_append: any; one lock.
 */
#pragma once

#include "policy/snapshot.h"
#include "service/metric_text.h"

struct worker;
struct tally_names;

/* NULL when memory ends. */
struct tally_names *tally_names_create(void);

/* Whose words are added up, once there are some; they must outlive it. */
void tally_names_watch(struct tally_names *names, struct worker *const *workers, uint32_t count);
void tally_names_free(struct tally_names *names);

/* Makes the snapshot's companion. Without memory for it all its policies are others. */
void tally_names_assign(struct tally_names *names, struct snapshot *snapshot);

void tally_names_append(struct metric_text *out, struct tally_names *names);
