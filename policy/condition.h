/*
 * condition.h - does a request's attribute satisfy a condition?
 *
 *     the attribute is ...   exists:false   any other op
 *     absent                 HOLDS          MISSING (for ne and not_in too)
 *     present                MISMATCH       HOLDS or MISMATCH
 *
 * Types never convert: a string never equals a number, so `ne` and `not_in` hold, and orderings fail on anything but an
 * integer. Of an array attribute, eq and in want some element, ne and not_in want none, orderings fail.
 */
#pragma once

#include "policy/compiled.h"

enum condition_state { CONDITION_HOLDS, CONDITION_MISSING, CONDITION_MISMATCH };

/* The numbers, in this snapshot, of a request's attributes: found once, then conditions compare numbers. */
struct attribute_numbers {
    uint32_t of[LIMIT_ATTRIBUTES];
};

void condition_number_attributes(const struct snapshot *snapshot, const struct context *context,
                                 struct attribute_numbers *ret_numbers);

enum condition_state condition_check(const struct snapshot *snapshot, const struct compiled_condition *condition,
                                     const struct context *context, const struct attribute_numbers *numbers);

/* The order in which snapshot_compile.c sorts the values of a condition. */
int condition_compare_values(const struct snapshot *snapshot, const struct compiled_value *a,
                             const struct compiled_value *b);
