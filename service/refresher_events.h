/*
 * refresher_events.h - what the log says about releases.
 *
 *     snapshot_active      release, policies, AOIs, bytes, worst case, and how long it took
 *     snapshot_confirmed   the source was touched and says the same
 *     snapshot_refused     how many problems, followed by
 *     snapshot_problem     file, pointer and reason of each of the first
 *     source_unavailable   why
 */
#pragma once

#include "cache/refresher.h"

enum { REFRESHER_EVENTS_PROBLEMS_MAX = 20 }; /* that are told */

extern const struct refresher_callbacks refresher_events;
