/*
 * ordered_members.h - the members of an object that stand in one order, each at its place.
 *
 *     ordered_members_begin(&members, reader, &error)                       {
 *     ordered_members_take(&members, SLICE("ts"), &error)                   "ts":      the value is the reader's next
 * token ordered_members_is_next(&members, SLICE("cause"))                     is it there? take it then
 *     ordered_members_end(&members, &error)                                 }
 *
 * So a name that comes twice, an unknown one and one that is missing are the same fault: another stands at the place.
 *
 * Errors   false, with the member at fault as the pointer; where the JSON itself is broken, `reader->error` says so and
 *          is the better message.
 */
#pragma once

#include "policy/context.h"
#include "policy/json_reader.h"

struct ordered_members {
    struct json_reader *reader;
    enum json_token next; /* a name, read ahead; JSON_ERROR: nothing was */
};

bool ordered_members_begin(struct ordered_members *members, struct json_reader *reader, struct context_error *reterr);
bool ordered_members_is_next(struct ordered_members *members, struct slice name);
bool ordered_members_take(struct ordered_members *members, struct slice name, struct context_error *reterr);
bool ordered_members_end(struct ordered_members *members, struct context_error *reterr);

/* For the member just taken: its pointer and what is wrong with its value; always false. */
bool ordered_members_fail(struct slice name, const char *detail, struct context_error *reterr);
