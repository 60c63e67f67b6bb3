/*
 * garbage.h - pieces that no release needs any longer get an end; nothing is deleted at once.
 *
 *     mark     from the root and every release in the list: manifests and trees are read, nothing else
 *     sweep    SCAN: what is not marked and has no end gets one in GARBAGE_EXPIRE_S; what is marked loses its end
 *     again    if root or list have changed meanwhile: a publisher may have reused what was just given an end (it looks
 *              after its own, too: piece_upload.h)
 *
 * A gateway or a publisher that is in the middle of something has a week to notice.
 *
 * Errors  false: the connection has the reason. A record that cannot be read stops it: nobody knows what that release
 *         needs. An old release that lacks a piece is told on stderr and keeps what it has.
 */
#pragma once

#include "publish/connection.h"

enum {
    GARBAGE_EXPIRE_S = 7 * 24 * 3600,
    GARBAGE_ROUNDS_MAX = 5,
};

struct garbage_counts {
    uint32_t releases;           /* as of the first round, as what follows */
    uint32_t needed, not_needed; /* pieces that are there */
    uint32_t lost;               /* needed, but not there */
    uint32_t foreign;            /* keys that look like pieces', and are none: left alone */
    uint32_t ended;              /* given an end; in a dry run those that would be */
    uint32_t kept;               /* relieved of one, likewise; in all rounds */
};

bool garbage_collect(struct connection *connection, bool is_dry_run, struct garbage_counts *ret_counts);
