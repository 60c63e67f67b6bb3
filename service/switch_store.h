/*
 * switch_store.h - degrade switches outlive the process: state_dir/switches.json.
 *
 *     {"admin":{"checkout":{"mode":"on","actor":"li.wei"}},"redis":{"*":{"mode":"never"}}}
 *
 * Both values are documents of cache/switch_document.h: what operators set through the admin port, and what the Redis
 * key said last, so that a gateway that starts without Redis degrades like the others. Replaced as a whole at each
 * change (cache/whole_file.h). A file that cannot be understood is told, put aside as switches.json.bad, and is as
 * none: a start never fails because of it.
 *
 * Ownership  the folder's descriptor stays the caller's (keeper_folder); -1: nothing is kept.
 * Threads    load before any other; save one at a time. It waits for the disk: never on a request's path.
 * Ceilings   SWITCH_STORE_BYTES_MAX of file, of which each document takes SWITCH_DOCUMENT_BYTES_MAX at most.
 * Errors     a reason, a clause about the file.
 */
#pragma once

#include "cache/switch_document.h"
#include "cache/whole_file.h"

enum { SWITCH_STORE_BYTES_MAX = 128 * 1024 };

struct switch_store_content {
    struct switch_document admin, redis;
};

/* What is kept; nothing, if nothing is. False: damaged, or not to be read; then `ret_content` is untouched. */
bool switch_store_load(int folder, struct switch_store_content *ret_content, char ret_reason[WHOLE_FILE_REASON_BYTES]);

/* Was it kept? Faulty entries are left out. */
bool switch_store_save(int folder, const struct switch_store_content *content,
                       char ret_reason[WHOLE_FILE_REASON_BYTES]);
