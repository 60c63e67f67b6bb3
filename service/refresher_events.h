/*
 * refresher_events.h - what the process does when a release comes, and what the log says about it.
 *
 *     snapshot_active      release, origin ("file", "redis"), policies, AOIs, bytes, worst case, duration, trace id
 *     state_written        or state_write_failed, by service/keeper.h, right behind it
 *     snapshot_confirmed   the source was touched, or is back, and says the same
 *     snapshot_refused     how many problems, followed by
 *     snapshot_problem     file, pointer and reason of each of the first
 *     source_unavailable   why
 *
 * Around these the keeper hears which release is tried, is in force or was refused, and that time passes: for the
 * quarantine (service/keeper.h, which names its events). And what counts offers by policy learns the policies' names.
 */
#pragma once

#include "cache/refresher.h"
#include "service/keeper.h"
#include "service/tally_names.h"

enum { REFRESHER_EVENTS_PROBLEMS_MAX = 20 }; /* that are told */

/* Who hears. */
struct refresher_events {
    struct keeper *keeper;
    struct tally_names *tally_names;
};

/* `events` must outlive the refresher. */
struct refresher_callbacks refresher_events_callbacks(struct refresher_events *events);
