/*
 * release_record.h - what the list of releases holds of each: its root, and who published it, and why.
 *
 *     {"root":{"format":1,"release":42,...},"author":"ann","note":"lunch, 14 policies"}
 *
 * Errors  release_record_decode: false with a reason (static text). Members it does not know are ignored, as root.h
 *         does; an author or a note that is too long, or has control characters, is an error.
 */
#pragma once

#include "cache/root.h"

enum {
    RELEASE_RECORD_BYTES_MAX = 1024,
    RELEASE_AUTHOR_BYTES_MAX = 64,
    RELEASE_NOTE_BYTES_MAX = 256,
};

struct release_record {
    struct root root;
    char author[RELEASE_AUTHOR_BYTES_MAX + 1], note[RELEASE_NOTE_BYTES_MAX + 1];
};

/* UTF-8 without control characters, of at most `bytes_max` bytes. */
bool release_record_may_say(struct slice words, uint32_t bytes_max);

void release_record_append(struct text *text, const struct release_record *record);
bool release_record_decode(struct slice json, struct release_record *ret_record, const char **ret_reason);

/* {"release":43,"published_at":"...","in_force":true,"policies":14,"bytes":81234,"author":"ann","note":"",
     "rollback_of":null,"forced":false,"manifest":"<32 hex digits>"}: as promoctl shows it. */
void release_record_append_facts(struct text *text, const struct release_record *record, bool is_in_force);
