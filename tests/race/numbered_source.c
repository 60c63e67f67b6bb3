#include "tests/race/numbered_source.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/snapshot.h"
#include "tests/race/edition.h"

enum { WAIT_MS = 5 };

static struct numbered_source *of(struct source *source)
{
    return (struct numbered_source *)((char *)source - offsetof(struct numbered_source, source));
}

static enum source_state check(struct source *source, int64_t now_ms, int64_t *ret_wait_ms)
{
    (void)now_ms;
    struct numbered_source *numbered = of(source);
    *ret_wait_ms = WAIT_MS;
    return numbered->given < atomic_load_explicit(&numbered->allowed, memory_order_relaxed) ? SOURCE_CHANGED
                                                                                            : SOURCE_UNCHANGED;
}

static uint64_t release_of(const struct documents *documents, struct problems *problems)
{
    struct policy_set *set = policy_set_parse(documents, problems);
    uint64_t release = set != NULL ? snapshot_release_of(set) : 0;
    policy_set_free(set);
    return release;
}

static enum source_reading read_next(struct source *source, int64_t now_ms, struct documents *documents,
                                     struct problems *problems)
{
    (void)now_ms;
    struct numbered_source *numbered = of(source);
    uint32_t number = numbered->given + 1;
    if (!edition_documents(number, documents)) {
        problems_add_out_of_memory(problems, "");
        return SOURCE_READ_REFUSED;
    }
    uint64_t release = release_of(documents, problems);
    if (problems->total > 0) {
        return SOURCE_READ_REFUSED;
    }
    numbered->given = number;
    chronicle_announce(numbered->editions, number, release);
    return SOURCE_READ_COMPLETE;
}

static const char *describe(const struct source *source)
{
    (void)source;
    return "numbered editions";
}

static void close_nothing(struct source *source)
{
    (void)source;
}

static void take_back(struct source *source, struct documents *documents, enum source_verdict verdict)
{
    (void)source, (void)verdict;
    documents_clear(documents);
}

static const struct source_ops ops = {.scheme = "numbered",
                                      .check = check,
                                      .read = read_next,
                                      .take_back = take_back,
                                      .describe = describe,
                                      .close = close_nothing};

void numbered_source_init(struct numbered_source *numbered, struct chronicle *editions)
{
    *numbered = (struct numbered_source){.source = {.ops = &ops, .descriptor = -1}, .editions = editions};
}

void numbered_source_allow(struct numbered_source *numbered, uint32_t number)
{
    atomic_store_explicit(&numbered->allowed, number, memory_order_relaxed);
}
