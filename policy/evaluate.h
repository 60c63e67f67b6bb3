/*
 * evaluate.h - the decision: which offers does this request get from this snapshot, now?
 *
 *     struct evaluation *evaluation = evaluation_create();
 *     if (!evaluation_reserve(evaluation, snapshot)) ...      allocates only when a snapshot needs more than any before
 *     evaluate(evaluation, snapshot, context, now_s);
 *     decision_json_append(&text, &envelope, evaluation);     reads the result until the next evaluate
 *
 * Pure: the same snapshot, context and time give the same result on every machine.
 *
 * Time     now_s is Unix time in seconds, from the caller.
 * Memory   evaluate allocates nothing; work is bounded by the snapshot's candidates_max.
 * Threads  an evaluation belongs to one thread; snapshots are shared.
 */
#pragma once

#include "policy/context.h"
#include "policy/evaluation.h"

/* The evaluation has been reserved for the snapshot. */
void evaluate(struct evaluation *evaluation, const struct snapshot *snapshot, const struct context *context,
              int64_t now_s);

/* As evaluate, and tells every policy's reason: reasons[i] is that of the i-th policy by id; the array has room for
   snapshot_facts().policies. Not for the request path: it looks at each policy. */
void evaluate_explained(struct evaluation *evaluation, const struct snapshot *snapshot, const struct context *context,
                        int64_t now_s, enum reason *reasons);
