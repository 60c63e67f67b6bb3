/*
 * control.h - the thread that keeps the gateway answering: ten times a second it looks at the workers' load and at what
 * operators want, and tells the workers by one word an interface (gate_table.h).
 *
 *     gauges ─▶ load ─▶ pressure ─┐                             ┌─▶ gates ─▶ workers
 *     memory ─────────────────────┼─▶ cascade, breakers ────────┤
 *     file, Redis, admin switches ┘   one an interface          └─▶ log, audit, /metrics, /admin/switches
 *
 * An order of an operator is in force when the call that brings it returns: gates are written by whoever brings it, not
 * at the next tick. Switching back always ramps (breaker.h).
 *
 * It also counts rate limits' tokens out to the workers, watches over workers that make no progress, and over releases
 * on trial.
 *
 * Threads  one lock guards configuration, breakers, switches and the writing of gates; no worker ever takes it, and
 *          nothing is logged, written or called while it is held. control_follow: the main thread; control_order: the
 *          admin thread; control_hear: the thread that asks Redis; the rest: any.
 */
#pragma once

#include "cache/switch_document.h"
#include "service/gateway.h"
#include "service/metric_text.h"

struct control;

/* Before the workers: orders that were kept are restored, the first gates written. `config` is the one in force; the
   gateway's keeper is open. NULL when memory ends. */
struct control *control_create(struct gateway *gateway, struct config *config);

/* After the workers. */
bool control_start(struct control *control);
void control_stop(struct control *control);
void control_free(struct control *control);

/* A configuration is about to come into force: its interfaces get their gates, its file's switches count from now on.
   The one before may be freed once it is out of force. */
void control_follow(struct control *control, struct config *fresh);

/* Once it is in force: the file's flips, for the audit. */
void control_tell_files(struct control *control, const struct config *before, const struct config *after);

enum control_outcome {
    CONTROL_DONE,
    CONTROL_NOT_KEPT,          /* in force, and not on disk: a restart forgets it */
    CONTROL_UNKNOWN_INTERFACE, /* nothing has changed */
};

/* An admin call's order; `entry->mode` is a mode's name, and "auto" takes an order back. */
enum control_outcome control_order(struct control *control, const struct switch_entry *entry, const char *peer);

/* A call that was not admitted, for the audit. */
struct audit_refusal;
void control_refuse(struct control *control, const struct audit_refusal *refusal);

/* What Redis said last, in this life or the one before. */
void control_known_redis(struct control *control, struct switch_document *ret_document);

/* What Redis says from now on; `cls` is the control. */
void control_hear(void *cls, const struct switch_document *document);

/* {"switches":[...]}; of one interface, by name, its object alone: false when there is none of that name. */
void control_append_switches(struct control *control, struct text *text);
bool control_append_switch(struct control *control, struct text *text, struct slice name);

void control_append_metrics(struct control *control, struct metric_text *out);

/* Is so much memory in use that nothing more should be loaded? */
bool control_is_memory_short(const struct control *control);
