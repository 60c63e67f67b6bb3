/*
 * root.h - the one mutable value: which release is in force.
 *
 *     {"format":1,"release":42,"manifest":"<32 hex digits>","length":1019,"policies":14,"bytes":81234,
 *      "at":1771000000}
 *     ... "level":1           of the manifest's blob, where it is not 0
 *     ... "rollback_of":40    the content is that of release 40
 *     ... "forced":true       a person confirmed what looks suspicious (empty, or many policies fewer)
 *
 * Numbers only grow: a rollback is a new release with an old manifest. So a smaller number means that Redis lost data.
 *
 * Errors  root_decode: false with a reason (static text). Members it does not know are ignored: newer publishers may
 * add some; a change of meaning is a new `format`, which it refuses.
 */
#pragma once

#include "cache/piece.h"
#include "policy/text.h"

enum { ROOT_FORMAT = 1, ROOT_BYTES_MAX = 512 };

struct root {
    uint64_t release; /* 1 to 2^53 - 1 */
    struct blob manifest;
    uint32_t policies;
    uint64_t document_bytes; /* of all documents */
    int64_t published_at_s;
    uint64_t rollback_of; /* 0: no rollback */
    bool is_forced;
};

void root_append(struct text *text, const struct root *root);
bool root_decode(struct slice json, struct root *ret_root, const char **ret_reason);
