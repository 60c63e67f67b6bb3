/*
 * switch_document.h - degrade switches as JSON: what the Redis key `degrade` holds, and what state_dir keeps.
 *
 *     {"checkout": {"mode": "on", "reason": "coupons run out", "actor": "li.wei", "until":
 * "2026-02-13T17:00:00+08:00"},
 *      "*": {"mode": "on", "drill": true}}
 *
 * A member is an interface's name, `*` all of them. `mode` is on, auto or never and required; `reason`, `actor` and
 * `until` (RFC 3339) may be missing; `drill` (true or false) asks what the switch would do. A member of anything else
 * is faulty: it is told by its name, so that whoever reads can keep what he had of it. What is no JSON object at all is
 * refused as a whole.
 *
 * Whether a mode may last for ever, or a moment has passed, is not judged here: degrade/switch_board.h does.
 *
 * Units      Unix seconds.
 * Ownership  entries hold copies; nothing points into the text.
 * Ceilings   SWITCH_DOCUMENT_BYTES_MAX of text, SWITCH_DOCUMENT_ENTRIES_MAX members; more is refused as a whole.
 * Errors     false with a reason (static text); then `ret_document` is untouched.
 */
#pragma once

#include "policy/text.h"

enum {
    SWITCH_DOCUMENT_BYTES_MAX = 64 * 1024,
    SWITCH_DOCUMENT_ENTRIES_MAX = 65,
    SWITCH_NAME_BYTES_MAX = 64,  /* of an interface */
    SWITCH_NOTE_BYTES_MAX = 256, /* of a reason or an actor */
    SWITCH_MODE_BYTES_MAX = 8,
};

struct switch_entry {
    char name[SWITCH_NAME_BYTES_MAX + 1];
    char mode[SWITCH_MODE_BYTES_MAX + 1]; /* "on", "auto", "never"; "" of a faulty one */
    char reason[SWITCH_NOTE_BYTES_MAX + 1], actor[SWITCH_NOTE_BYTES_MAX + 1]; /* "": not said */
    int64_t until_unix_s;                                                     /* 0: no end */
    bool is_drill;
};

struct switch_document {
    uint32_t count;                                           /* of entries */
    uint32_t faulty;                                          /* of those, entries whose mode is "" */
    struct switch_entry entries[SWITCH_DOCUMENT_ENTRIES_MAX]; /* in the text's order */
};

/* The text is written to (strings are unescaped in place). An empty text is an empty document. */
bool switch_document_read(char *bytes, size_t length, struct switch_document *ret_document, const char **ret_reason);

/* Entries that are not faulty, as switch_document_read takes them back. */
void switch_document_append(struct text *text, const struct switch_document *document);

/* The entry of that name, or NULL. */
struct switch_entry *switch_document_find(struct switch_document *document, struct slice name);

/* The entry of that name, appended empty if there is none; NULL when there is no room. */
struct switch_entry *switch_document_put(struct switch_document *document, struct slice name);
void switch_document_remove(struct switch_document *document, struct slice name);
