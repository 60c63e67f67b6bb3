/*
 * switch_document.h - degrade switches as JSON: what the Redis key `degrade` holds, and what state_dir keeps.
 *
 *     {"checkout": {"mode": "on", "reason": "coupons run out", "actor": "li.wei", "until": "2026-02-13T09:00:00Z"},
 *      "*": {"mode": "on", "drill": true}}
 *
 * A member is an interface's name, `*` all of them. `mode` is required; `reason`, `actor` and `until` (RFC 3339, after
 * 1970) may be missing; `drill` (true or false) asks what the switch would do. A member of anything else, or one that
 * is there twice, is faulty: it is told by its name, so that whoever reads can keep what he had of it. What is no JSON
 * object at all is refused as a whole.
 *
 * Which words are a mode is degrade/switch_mode.h's to say, whether one may last for ever, or a moment has passed,
 * degrade/switch_ruling.h's.
 *
 * Units      Unix seconds.
 * Ownership  entries hold copies; nothing points into the text.
 * Ceilings   SWITCH_DOCUMENT_BYTES_MAX of text, SWITCH_DOCUMENT_ENTRIES_MAX names; more is refused as a whole.
 * Errors     false with a reason (static text, a clause); then what is returned is untouched.
 */
#pragma once

#include "policy/text.h"

enum {
    SWITCH_DOCUMENT_BYTES_MAX = 64 * 1024,
    SWITCH_DOCUMENT_ENTRIES_MAX = 65, /* the gateway's 64 interfaces, and `*` */
    SWITCH_NAME_BYTES_MAX = 64,       /* of an interface */
    SWITCH_NOTE_BYTES_MAX = 256,      /* of a reason or an actor */
    SWITCH_MODE_BYTES_MAX = 8,
};

struct switch_entry {
    char name[SWITCH_NAME_BYTES_MAX + 1]; /* "" of a faulty one whose name no interface can have */
    char mode[SWITCH_MODE_BYTES_MAX + 1]; /* "" of a faulty one */
    char reason[SWITCH_NOTE_BYTES_MAX + 1], actor[SWITCH_NOTE_BYTES_MAX + 1]; /* "": not said */
    int64_t until_unix_s;                                                     /* 0: no end */
    bool is_drill;
    const char *fault; /* static text, a clause; NULL: there is none. Of a faulty one only this and the name count */
};

struct switch_document {
    uint32_t count;                                           /* of entries */
    uint32_t faulty;                                          /* of those, entries that have a fault */
    struct switch_entry entries[SWITCH_DOCUMENT_ENTRIES_MAX]; /* in the text's order */
};

/* The text is written to (strings are unescaped in place). An empty text is an empty document. */
bool switch_document_read(char *bytes, size_t length, struct switch_document *ret_document, const char **ret_reason);

/* Entries that are not faulty, as switch_document_read takes them back; of no entries "{}". */
void switch_document_append(struct text *text, const struct switch_document *document);

/*
 * The text with one entry put in place of what stands under its name, or without that name where `entry` is NULL, to
 * `text`; nothing at all where no member is left. All other members stay as they are, byte for byte, faulty ones too:
 * who changes one switch must not undo another that he cannot read.
 */
bool switch_document_edit(struct slice bytes, struct slice name, const struct switch_entry *entry, struct text *text,
                          const char **ret_reason);

/* 1 to SWITCH_NAME_BYTES_MAX bytes of UTF-8 without control characters; a note has 0 to SWITCH_NOTE_BYTES_MAX. */
bool switch_document_is_name(struct slice name);
bool switch_document_is_note(struct slice note);

bool switch_document_entry_equals(const struct switch_entry *a, const struct switch_entry *b);
bool switch_document_equals(const struct switch_document *a, const struct switch_document *b); /* in the same order */

/* The entry of that name, or NULL. */
const struct switch_entry *switch_document_find(const struct switch_document *document, struct slice name);

/* The entry of that name, appended empty if there is none; NULL when there is no room. A faulty one is emptied. */
struct switch_entry *switch_document_put(struct switch_document *document, struct slice name);
void switch_document_remove(struct switch_document *document, struct slice name);
