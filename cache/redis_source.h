/*
 * redis_source.h - the source `redis://…`: releases that promoctl publishes (cache/README.md tells the layout).
 *
 *     poll or hint ─▶ root_watch.h ── as it was ─▶ UNCHANGED
 *                        │ new, and nothing is suspicious about it (suspicion.h)
 *                        └─▶ CHANGED ─ read ─▶ a few exchanges of the fetch (fetch.h) ─▶ AGAIN … COMPLETE
 *
 * The jittered poll of the root is the truth, a hint only makes it early. A read takes REDIS_SOURCE_SLICE_MS at most,
 * so that whoever reads can stop, and the root is polled on time meanwhile: a newer release, a rollback say, puts an
 * end to the fetch of an older one. After a failure it tries again after a random part of a ceiling that doubles up to
 * backoff_max_ms; what arrived stays. Bytes are spent from a budget.
 *
 * `source.edition` is that of the documents handed out last, `source.trace` the trace id of the fetch that brought
 * them: it is part of the connection's client name, so that an entry of Redis' slow log leads to our log line.
 *
 * Time     monotonic milliseconds of redis_link.h's clock.
 * Threads  redis_source_set_pace and source_traffic from any thread; the rest as in source.h.
 */
#pragma once

#include "cache/redis_client.h"
#include "cache/root_watch.h"
#include "cache/source.h"
#include "cache/suspicion.h"

enum { REDIS_SOURCE_SLICE_MS = 100 };

/* What may change while it runs. */
struct redis_source_pace {
    struct root_watch_pace watch;
    uint32_t bytes_per_second;
    struct suspicion_limits suspicion;
};

struct redis_source_options {
    struct redis_client_options client; /* a reader */
    struct redis_source_pace pace;
    bool has_hints;
    uint64_t seed; /* of all jitter */
};

/* NULL when memory ends; a Redis that is away is no error. Close with source_close. */
struct source *redis_source_open(const struct redis_source_options *options);

/* In force from the next check on: wake the source's user. */
void redis_source_set_pace(struct source *source, const struct redis_source_pace *pace);
