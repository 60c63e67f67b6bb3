/*
 * changes.h - what changed between two documents, place by place.
 *
 *     /offer/cap: 400 -> 500                                a value; one side is missing when it came or went
 *     /scope/aois: +2 -1: +"A7" +"A9" -"B1"                 a list of strings, told as a set
 *     /scope/aois: the same, in another order
 *
 * Ownership  texts are copied.
 * Errors     out of memory is noted; what was added stays.
 */
#pragma once

#include "policy/arena.h"
#include "policy/text.h"

enum { CHANGES_NAMES_MAX = 5 /* of a set's, either way */ };

enum change_kind {
    CHANGE_VALUE,
    CHANGE_SET,
    CHANGE_ORDER,
};

struct change {
    enum change_kind kind;
    struct slice pointer;       /* RFC 6901 */
    struct slice before, after; /* VALUE: JSON, `at` NULL where there is none; SET: JSON lists of the first names */
    uint32_t removed, added;    /* SET */
};

struct changes {
    struct arena texts;
    struct change *items;
    uint32_t count, capacity;
    bool out_of_memory;
};

void changes_init(struct changes *changes);
void changes_clear(struct changes *changes);

void changes_add(struct changes *changes, const struct change *change);

/* A line each, indented by four blanks. */
void changes_append(struct text *text, const struct changes *changes);

/* [{"pointer":"/offer/cap","from":400,"to":500},{"pointer":"/scope/aois","added":2,"removed":1,
     "added_first":["A7","A9"],"removed_first":["B1"]},{"pointer":"/x","reordered":true}] */
void changes_append_json(struct text *text, const struct changes *changes);
