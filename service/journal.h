/*
 * journal.h - the thread that writes down what workers noted: access lines to the log, decisions to their file.
 *
 *     worker ─ ring ─┐
 *     worker ─ ring ─┼─ every JOURNAL_PERIOD_MS ─▶ log lines, access_log.lines_per_second_max a second and a burst
 *     worker ─ ring ─┘                         └─▶ decision_log.file, in blocks of whole lines
 *
 * A worker never waits for it: where the journal is late, because the disk or the log's reader is, rings fill and what
 * finds no room is dropped and counted. Where lines are too many, those of the share give way to those that tell of
 * something wrong; and all of them to events: where the log's reader is behind, they leave it a quarter. As it stops it
 * writes all that is left.
 *
 * Ownership  the gateway's workers must outlive it.
 * Threads    one of its own, a reader of the gateway's slots; journal_append_metrics: any.
 * Errors     a file that cannot be written to is told to the log once, until it can again; its lines are counted.
 */
#pragma once

#include "service/metric_text.h"

enum { JOURNAL_PERIOD_MS = 50, JOURNAL_STOP_S = 5 };

struct gateway;
struct journal;

/* NULL when memory, descriptors or threads end. */
struct journal *journal_start(const struct gateway *gateway);

/* After the workers have ended. False: a disk hangs, and the thread with it: nothing that it uses may be freed. */
bool journal_stop(struct journal *journal);

void journal_append_metrics(struct metric_text *out, const struct journal *journal);
