/*
 * root_watch.h - which release does Redis say is in force? Asked at jittered times, earlier after a hint.
 *
 *     due ─▶ GET root ── an answer ─▶ `said`; due again after poll_ms give or take a fifth
 *                     └─ none ──────▶ is_away, `reason`; due again after a random part of a ceiling that doubles
 *     hint ─▶ due at a random moment within spread_ms, be that before or after the next poll: so a fleet spreads
 *
 * A root that does not exist is as good as no Redis: nothing can be said about releases.
 *
 * Threads  one at a time.
 */
#pragma once

#include "cache/edition.h"
#include "cache/hints.h"
#include "cache/jitter.h"
#include "cache/redis_client.h"

enum { ROOT_WATCH_REASON_BYTES = 512, ROOT_WATCH_SUBSCRIBE_MS = 10000 };

struct root_watch_pace {
    uint32_t poll_ms, spread_ms, backoff_max_ms;
};

struct root_watch {
    struct redis_client *client; /* the owner's */
    const struct redis_keys *keys;
    uint32_t command_timeout_ms;
    bool has_hints, is_hinted; /* the latter: due because of a hint */
    struct jitter *jitter;
    struct hints hints;
    int64_t due_ms, subscribe_due_ms;
    uint32_t failures; /* in a row */

    struct edition said; /* only its root counts; the last one that was heard */
    bool is_away;
    char reason[ROOT_WATCH_REASON_BYTES]; /* while it is */
};

/* Due at once. Everything given must outlive the watch. */
void root_watch_init(struct root_watch *watch, struct redis_client *client, const struct redis_keys *keys,
                     struct jitter *jitter);
void root_watch_clear(struct root_watch *watch);

enum root_news {
    ROOT_SAME,  /* or not asked */
    ROOT_OTHER, /* than was said before */
};

/* Asks if it is due. */
enum root_news root_watch_check(struct root_watch *watch, const struct root_watch_pace *pace, int64_t now_ms);
