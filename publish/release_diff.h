/*
 * release_diff.h - what differs between two releases: policies by id, and settings.json.
 *
 * Only documents that differ in name or content are fetched. A policy is itself by its id, whatever its file is called.
 *
 * Ownership  all texts belong to the diff.
 * Errors     false: the connection has the reason.
 */
#pragma once

#include "cache/manifest.h"
#include "cache/root.h"
#include "publish/changes.h"
#include "publish/connection.h"

enum difference_kind {
    DIFFERENCE_ADDED,
    DIFFERENCE_REMOVED,
    DIFFERENCE_CHANGED, /* without changes: only white space, or the order of members */
    DIFFERENCE_RENAMED, /* the file; the content is the same */
};

struct difference {
    enum difference_kind kind;
    bool is_settings;
    struct slice id;
    struct slice file_before, file_after; /* empty where it is not */
    struct changes changes;               /* of CHANGED */
};

struct release_diff {
    struct difference *items; /* by id, settings.json first */
    uint32_t count;
    struct arena texts;
};

bool release_diff(struct connection *connection, const struct root *before, const struct root *after,
                  struct release_diff *ret_diff);
void release_diff_clear(struct release_diff *diff);
