/*
 * release_root.h - the root in Redis: which release is in force, and the only way to change it.
 *
 *     read ─▶ judge, upload ─▶ swap(what was read, the next one)
 *                                  SWAP_DONE       in force, remembered in the list, announced
 *                                  SWAP_LOST       somebody else was first; nothing was changed
 *                                  SWAP_REFUSED    Redis said no; nothing was changed
 *                                  SWAP_UNKNOWN    the connection broke, and it cannot be asked how it ended
 *
 * The swap is one script, so it happens or not, whenever we or Redis die.
 */
#pragma once

#include "publish/connection.h"
#include "publish/release_record.h"

struct release_root {
    bool exists;
    struct root root;
    uint32_t length;
    char bytes[ROOT_BYTES_MAX]; /* as Redis has them */
};

enum swap_outcome {
    SWAP_DONE,
    SWAP_LOST,
    SWAP_REFUSED,
    SWAP_UNKNOWN,
};

/* False, too, when there is one that this program cannot read. */
bool release_root_read(struct connection *connection, struct release_root *ret_root);

/* `ret_warning`: of SWAP_DONE, "" or why nobody was told: the caller's to show. The others but LOST have a reason. */
enum swap_outcome release_root_swap(struct connection *connection, const struct release_root *expected,
                                    const struct release_record *next, char ret_warning[CONNECTION_REASON_BYTES]);
