/*
 * release_list.h - the releases that can be shown, compared and rolled back to: newest first.
 *
 * Errors  a record that this program cannot read is counted, with the reason of the first: one foreign record does not
 *         hide the others. Only gc must refuse then: it cannot know what such a release needs.
 */
#pragma once

#include "publish/connection.h"
#include "publish/release_record.h"

struct release_list {
    struct release_record records[REDIS_KEYS_RELEASES_MAX];
    uint32_t count;
    uint32_t unreadable_count;
    const char *unreadable_reason;
    struct digest content; /* of the whole reply: has anything changed? */
};

bool release_list_read(struct connection *connection, struct release_list *ret_list);

/* NULL: not there. */
const struct release_record *release_list_find(const struct release_list *list, uint64_t release);
