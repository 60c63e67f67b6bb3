/*
 * switch_intake.h - what is in force of the switches that Redis says: an answer is taken in entry by entry.
 *
 *     the value is the same as last time     nothing happens
 *     it is no JSON object                   ignored as a whole: all stays as it was
 *     an entry is sound                      in force
 *     an entry is ignored                    what was in force under its name stays, and be it nothing
 *     a name is gone                         gone from what is in force
 *
 * Ignored is an entry that is faulty (cache/switch_document.h), whose mode is none (degrade/switch_mode.h), or that
 * says `never` without an end, or with one further away than SWITCH_NEVER_S_MAX when it is first heard: an
 * operator's `never` takes the breaker away, so it must not outlive his attention. An entry that does not change keeps
 * its verdict when its neighbours change: one that was ignored does not come into force because its end has come
 * nearer (within one life of the process: a restart judges anew).
 *
 * What an interface's entry does, and whether its time is over, is degrade/switch_ruling.h's matter.
 *
 * Units    Unix seconds.
 * Threads  one at a time.
 * Memory   none but its own 150 KB, and as much of the stack.
 */
#pragma once

#include "cache/switch_document.h"

struct switch_intake {
    struct switch_document in_force;

    /* private */
    struct switch_document said;                   /* the last value that was a document */
    bool was_ignored[SWITCH_DOCUMENT_ENTRIES_MAX]; /* of `said` */
    char value[SWITCH_DOCUMENT_BYTES_MAX];         /* the last one */
    uint32_t value_length;
    bool has_heard;
};

/* `known`: what was in force before a restart; NULL: nothing. */
void switch_intake_init(struct switch_intake *intake, const struct switch_document *known);

/* `name` is "" where the value is ignored as a whole, or a name is none; `reason` is a clause. */
typedef void switch_intake_ignored(void *cls, const char *name, const char *reason);

/* Takes in what Redis says: at most SWITCH_DOCUMENT_BYTES_MAX bytes, none where there is no key. True: it is the first
   answer, or what is in force has changed. */
bool switch_intake_take(struct switch_intake *intake, struct slice bytes, int64_t now_unix_s,
                        switch_intake_ignored *ignored, void *cls);
