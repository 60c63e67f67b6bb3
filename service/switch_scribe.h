/*
 * switch_scribe.h - writes switches.json (switch_store.h) in a thread of its own: a disk that hangs holds up no probe,
 * no tick of the breakers and no other order.
 *
 *     order in force ─▶ switch_scribe_write ─▶ the thread asks for what is to be written, and writes it
 *                            └─ waits for that at most so long: kept, or not (yet)
 *
 * Several orders while a write is under way become one write. What was not kept in time is kept later, if the disk
 * recovers; the answer to the call that brought it says that it was not.
 *
 * Threads   start and stop: the owner's. The rest: any.
 * Errors    NULL when memory or threads end. A write that fails is logged (`switches_not_kept`) and counted.
 */
#pragma once

#include "service/switch_store.h"

struct switch_scribe;

enum { SWITCH_SCRIBE_WAIT_MS = 300 }; /* what an operator's call waits: a probe behind it has a second or more */

/* `copy` fills in what is to be written, in the scribe's thread. `folder` -1: nothing is kept. */
struct switch_scribe *switch_scribe_start(int folder, void (*copy)(void *cls, struct switch_store_content *ret_content),
                                          void *cls);
/* Writes what is still to be written. */
void switch_scribe_stop(struct switch_scribe *scribe);

/* True: what is in force now is on disk. With 0 ms it is only asked for. */
bool switch_scribe_write(struct switch_scribe *scribe, uint32_t wait_ms);

uint64_t switch_scribe_failures(const struct switch_scribe *scribe);
