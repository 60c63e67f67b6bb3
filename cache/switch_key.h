/*
 * switch_key.h - the Redis key of the operators' degrade switches, `promogate:{NS}:degrade`: read, and changed.
 *
 *     edit:  read ─▶ one entry put or removed ─▶ compare-and-set ── done
 *              ▲                                      │
 *              └────── somebody else was first ◀──────┘       SWITCH_KEY_ATTEMPTS_MAX times at most
 *
 * The compare-and-set is one script, so a change happens or not, and nobody's change is lost. A key without switches is
 * deleted. A connection that breaks under the script is no end: what is there then is read, and an edit says the same
 * whenever it is made.
 *
 * Errors  false with a reason: what redis_client says, or a clause about the key. Then nothing is known to have
 * changed.
 */
#pragma once

#include "cache/redis_client.h"
#include "cache/switch_document.h"

enum {
    SWITCH_KEY_ATTEMPTS_MAX = 16, /* each lost one is another operator's success: a crowd that large is a mistake */
    SWITCH_KEY_REASON_BYTES = REDIS_CLIENT_REASON_BYTES + REDIS_KEY_BYTES,
};

/* Its bytes to `value`, whose ceiling is at least SWITCH_DOCUMENT_BYTES_MAX; none where there is no such key. One past
   SWITCH_DOCUMENT_BYTES_MAX is a reason, as is a value of another type. */
bool switch_key_read(struct redis_client *client, const char *key, struct text *value,
                     char ret_reason[SWITCH_KEY_REASON_BYTES]);

/* Puts the entry under that name, or removes the name where `entry` is NULL. */
bool switch_key_edit(struct redis_client *client, const char *key, struct slice name, const struct switch_entry *entry,
                     char ret_reason[SWITCH_KEY_REASON_BYTES]);
