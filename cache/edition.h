/*
 * edition.h - which content is this: a release's number, and the words of its source that prove it.
 *
 * A directory's release is its content's hash and needs no proof; of a Redis release `root` holds the root value byte
 * for byte, so that a gateway that starts from its state file knows without a fetch whether Redis still says the same.
 */
#pragma once

#include <stdint.h>

enum { EDITION_ROOT_BYTES = 512 };

struct edition {
    uint64_t release; /* 0: that of the content (snapshot_release_of) */
    uint32_t root_length;
    char root[EDITION_ROOT_BYTES];
};
