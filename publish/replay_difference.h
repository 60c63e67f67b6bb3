/*
 * replay_difference.h - two answers to one question, and what differs between them.
 *
 *     decisions.log:17: 01KH8QZ5T0J3M8W6Y2F4B7N9RC: discount 1300 -> 1100
 *         - offer {"policy":"a","coupon":"C-1","kind":"amount_off","variant":null,"discount":300}
 *         + offer {"policy":"a","coupon":"C-1","kind":"amount_off","variant":null,"discount":100}
 *
 * Rows that both have at their list's beginning or end are left out of the text; in JSON all are there. Answers whose
 * parts are the same differ in a byte elsewhere (another request_id, another spelling): its offset is told.
 */
#pragma once

#include "publish/decision_parts.h"

/* A line of a file, the first being 1. */
struct replay_place {
    const char *file;
    uint64_t line;
};

/* "file:17", fit for a terminal. */
void replay_place_append(struct text *text, const struct replay_place *place);

/* "file":"...","line":17 */
void replay_place_append_json(struct text *text, const struct replay_place *place);

struct replay_difference {
    struct replay_place place;
    const struct decision_parts *before, *now; /* `before` is the log's */
};

void replay_difference_append(struct text *text, const struct replay_difference *difference);

/* {"file":"...","line":17,"decision_id":"...","release":42,"byte":171,"before":{"offers":[...],"discount":1300,
    "delivery_discount":0,"exposures":[...]},"now":{...}} */
void replay_difference_append_json(struct text *text, const struct replay_difference *difference);
