/*
 * standing.h - which releases there are, and which of them is in force.
 *
 * Read in two commands, root first: a release that was put in force in between is in the list, not yet in the root.
 *
 * Errors  false: the connection has the reason.
 */
#pragma once

#include "publish/release_list.h"
#include "publish/release_root.h"

struct standing {
    struct release_root in_force;
    struct release_list list;
};

bool standing_read(struct connection *connection, struct standing *ret_standing);

/* Also the one in force when the list has lost it: then nobody knows its author. `release` 0: the one in force. */
bool standing_find(struct connection *connection, const struct standing *standing, uint64_t release,
                   struct release_record *ret_record);

bool standing_is_in_force(const struct standing *standing, const struct release_record *record);

/* The highest number of all, 0 when there is none. */
uint64_t standing_highest(const struct standing *standing);

/* Nothing has changed between the two? */
bool standing_equals(const struct standing *a, const struct standing *b);

/* "release 43 by ann (2026-02-12T12:00:00Z)": the one in force, which exists. */
enum { STANDING_TEXT_BYTES = 192 };
void standing_describe(const struct standing *standing, char ret_text[STANDING_TEXT_BYTES]);
