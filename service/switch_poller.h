/*
 * switch_poller.h - asks Redis for the operators' degrade switches, in a thread and over a connection of its own.
 *
 *     GET degrade ── an answer ─▶ switch_intake ── something else is in force ─▶ heard(cls, what is in force)
 *         ▲            └─ none ─▶ what is in force stays
 *         └─ after poll_ms give or take a tenth; after a failure, a random part of a ceiling that doubles
 *
 * No release needs to be published, and nothing that the refresher does can hold it up. A switch is heard within 1.5 s
 * with the settings' defaults, after an outage too: a poll takes up to 1.1 s to come, a failing attempt 1 s and the
 * wait behind it SWITCH_POLLER_BACKOFF_MAX_MS.
 *
 * A gateway that starts waits SWITCH_POLLER_FIRST_MS at most for the first answer, or for word that there will be none:
 * a release on disk is there at once, and an order that was given meanwhile shall not be missed by the first callers.
 *
 * The log says `switch_ignored` (name, reason) for each entry that is ignored, or for the whole value, once for each
 * value; `switches_unavailable` (reason) when Redis does not answer, once until it does or says something else, and
 * `switches_reached` when it answers again.
 *
 * Threads    start, wait_first and stop: the owner's. heard: the poller's. All others: any.
 * Ownership  options are copied; the document is the poller's, and lent for the call.
 * Errors     NULL when memory or threads end: that Redis is away is no error.
 */
#pragma once

#include "cache/redis_client.h"
#include "cache/switch_document.h"

enum {
    SWITCH_POLLER_BACKOFF_MAX_MS = 400, /* with an attempt's 1 s less than the 1.5 s that operators are promised */
    SWITCH_POLLER_FIRST_MS = 200, /* a Redis that is well answers in a few; a silent one must not hold a start up */
    SWITCH_POLLER_TOLD_MAX = 20,  /* of a value's ignored entries, in the log */
};

struct switch_poller_options {
    struct redis_client_options client; /* origin_client_options */
    uint32_t poll_ms;
    uint64_t seed;
    const struct switch_document *known; /* what was in force before a restart; NULL: nothing */
    void (*heard)(void *cls, const struct switch_document *in_force);
    void *cls;
};

struct switch_poller;

/* `heard` comes with the first answer, whatever it is, and then with each change. */
struct switch_poller *switch_poller_start(const struct switch_poller_options *options);

/* Until the first attempt is over, well or not, or SWITCH_POLLER_FIRST_MS have passed. */
void switch_poller_wait_first(struct switch_poller *poller);

void switch_poller_stop(struct switch_poller *poller);

/* From now on: the wait in progress begins anew. */
void switch_poller_set_poll_ms(struct switch_poller *poller, uint32_t poll_ms);

struct switch_poller_counts {
    uint64_t polls;    /* that Redis was asked */
    uint64_t failures; /* of those, without an answer: Redis is away, denies it, has a value of another type or size */
    uint64_t ignored;  /* entries, and whole values, once for each value */
    struct redis_traffic traffic;
};

void switch_poller_read(const struct switch_poller *poller, struct switch_poller_counts *ret_counts);
