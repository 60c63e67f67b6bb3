#include "cache/redis_source.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/byte_budget.h"
#include "cache/fetch.h"
#include "cache/holding.h"
#include "cache/jitter.h"
#include "cache/root_watch.h"

struct redis_source {
    struct source source; /* first: a source is cast to what it is */
    struct redis_client *client;
    struct redis_keys keys;
    char description[REDIS_URL_TEXT_BYTES];
    bool has_replicas;

    pthread_mutex_t mutex; /* guards what follows, up to the blank line */
    struct redis_source_pace ordered;

    struct redis_source_pace pace; /* in force; the user's thread's own, as what follows */
    struct jitter jitter;
    struct byte_budget budget;
    struct root_watch watch;
    bool is_refused;       /* the root that was said, and the user has been told */
    bool is_primarys_word; /* what was said is what the primary says: a replica that lags is no reason for alarm */

    struct fetch fetch;
    bool is_fetching; /* until the documents are taken back */
    int64_t fetch_due_ms;
    uint32_t fetch_failures; /* in a row */
    struct holding holding;

    _Atomic uint64_t pieces_fetched, pieces_held;
};

static struct redis_source *redis_source_of(struct source *source)
{
    return (struct redis_source *)source;
}

void redis_source_set_pace(struct source *source, const struct redis_source_pace *pace)
{
    struct redis_source *ours = redis_source_of(source);
    pthread_mutex_lock(&ours->mutex);
    ours->ordered = *pace;
    pthread_mutex_unlock(&ours->mutex);
}

static void take_pace(struct redis_source *source)
{
    pthread_mutex_lock(&source->mutex);
    struct redis_source_pace ordered = source->ordered;
    pthread_mutex_unlock(&source->mutex);
    if (ordered.bytes_per_second != source->pace.bytes_per_second) {
        byte_budget_set_rate(&source->budget, ordered.bytes_per_second);
    }
    source->pace = ordered;
}

/* What Redis says */

static void end_fetch(struct redis_source *source)
{
    if (source->is_fetching) {
        fetch_clear(&source->fetch);
        source->is_fetching = false;
    }
}

static void look(struct redis_source *source, int64_t now_ms)
{
    if (root_watch_check(&source->watch, &source->pace.watch, now_ms) == ROOT_OTHER) {
        source->is_refused = source->is_primarys_word = false;
        source->fetch_due_ms = now_ms;
        source->fetch_failures = 0;
        end_fetch(source); /* of what is no longer wanted */
    }
    if (source->watch.is_away) {
        snprintf(source->source.reason, sizeof(source->source.reason), "%s", source->watch.reason);
        source->is_refused = false; /* when it is back let it be judged anew: the user hears of other troubles now */
    }
}

/* What to do about the root that was said; `*due_ms` becomes sooner when there is something to wait for. */
static enum source_state judge(struct redis_source *source, int64_t now_ms, int64_t *due_ms)
{
    if (source->watch.is_away) {
        return SOURCE_UNAVAILABLE;
    }
    if (source->is_refused) {
        return SOURCE_REFUSED;
    }
    if (holding_is_in_force(&source->holding, &source->watch.said) && !source->is_fetching) {
        return SOURCE_UNCHANGED;
    }
    if (now_ms < source->fetch_due_ms) {
        *due_ms = source->fetch_due_ms < *due_ms ? source->fetch_due_ms : *due_ms;
        return SOURCE_UNAVAILABLE;
    }
    int64_t wait_ms = byte_budget_wait_ms(&source->budget, now_ms);
    *due_ms = now_ms + wait_ms < *due_ms ? now_ms + wait_ms : *due_ms;
    return wait_ms > 0 ? SOURCE_SETTLING : SOURCE_CHANGED;
}

static enum source_state check(struct source *base, int64_t now_ms, int64_t *ret_wait_ms)
{
    struct redis_source *source = redis_source_of(base);
    take_pace(source);
    look(source, now_ms);
    base->descriptor = hints_descriptor(&source->watch.hints);
    int64_t due_ms = source->watch.due_ms;
    enum source_state state = judge(source, now_ms, &due_ms);
    *ret_wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    return state;
}

/* Reading */

static enum source_reading refuse(struct redis_source *source)
{
    source->is_refused = true;
    end_fetch(source);
    return SOURCE_READ_REFUSED;
}

static enum source_reading fail(struct redis_source *source, const char *reason, int64_t now_ms)
{
    snprintf(source->source.reason, sizeof(source->source.reason), "%s", reason);
    source->fetch_due_ms =
        now_ms + jitter_backoff_ms(&source->jitter, ++source->fetch_failures, source->pace.watch.backoff_max_ms);
    return SOURCE_READ_UNAVAILABLE;
}

/* False: refused, with problems; or memory has ended, without. */
static bool begin_fetch(struct redis_source *source, struct problems *problems)
{
    struct root root;
    const char *reason;
    struct slice said = {source->watch.said.root, source->watch.said.root_length};
    if (!root_decode(said, &root, &reason)) {
        problems_add(problems, "", "", "%s: %s", source->keys.root, reason);
        return false;
    }
    holding_sort(&source->holding);
    if (!suspicion_clears(&root, holding_root(&source->holding), &source->pace.suspicion, problems)) {
        return false;
    }
    struct slice manifests[2];
    holding_manifests(&source->holding, manifests);
    source->is_fetching = fetch_begin(&source->fetch, &root, &source->keys, &source->holding.shelf,
                                      holding_manifest(&source->holding), manifests);
    if (source->is_fetching) {
        trace_id_draw(source->source.trace);
        redis_client_set_trace(source->client, source->source.trace);
    }
    return source->is_fetching;
}

static uint64_t bytes_in(const struct redis_source *source)
{
    struct redis_traffic traffic;
    redis_client_traffic(source->client, &traffic);
    return traffic.bytes_in;
}

/* One exchange; what came in is spent, whatever it was. */
static enum fetch_progress step(struct redis_source *source)
{
    uint64_t bytes_before = bytes_in(source);
    uint32_t fetched_before = source->fetch.pieces_fetched, held_before = source->fetch.pieces_held;
    enum fetch_progress progress = fetch_step(&source->fetch, source->client);
    byte_budget_spend(&source->budget, bytes_in(source) - bytes_before);
    source->pieces_fetched += source->fetch.pieces_fetched - fetched_before;
    source->pieces_held += source->fetch.pieces_held - held_before;
    return progress;
}

static enum fetch_progress step_until(struct redis_source *source, int64_t end_ms)
{
    enum fetch_progress progress = FETCH_GOES_ON;
    bool asked_primary = false;
    int64_t now_ms = redis_link_now_ms();
    while (progress == FETCH_GOES_ON && now_ms < end_ms && byte_budget_wait_ms(&source->budget, now_ms) == 0) {
        progress = step(source);
        if (progress == FETCH_FAILED && source->has_replicas && !asked_primary) {
            redis_client_use_primary(source->client); /* a replica that lags has the root and not yet its pieces */
            asked_primary = true;
            progress = FETCH_GOES_ON;
        }
        now_ms = redis_link_now_ms();
    }
    return progress;
}

/* Before a root is called suspicious: does the primary say the same? */
static enum source_reading ask_primary(struct redis_source *source, struct problems *problems, int64_t now_ms)
{
    problems_clear(problems);
    problems_init(problems);
    source->is_primarys_word = true;
    redis_client_use_primary(source->client);
    source->watch.due_ms = now_ms;
    return SOURCE_READ_AGAIN;
}

static enum source_reading hand_out(struct redis_source *source, struct documents *documents)
{
    redis_client_use_replicas(source->client);
    source->fetch_failures = 0;
    source->source.edition = source->watch.said;
    source->source.edition.release = source->fetch.root.release;
    if (!fetch_hand_out(&source->fetch, documents)) {
        source_take_back(&source->source, documents, SOURCE_NOT_USED);
        source->is_refused = false;
        return fail(source, "out of memory", redis_link_now_ms());
    }
    return SOURCE_READ_COMPLETE;
}

static enum source_reading read_documents(struct source *base, int64_t now_ms, struct documents *documents,
                                          struct problems *problems)
{
    struct redis_source *source = redis_source_of(base);
    if (source->watch.is_away) {
        return SOURCE_READ_UNAVAILABLE;
    }
    if (!source->is_fetching && !begin_fetch(source, problems)) {
        if (problems->total > 0 && source->has_replicas && !source->is_primarys_word) {
            return ask_primary(source, problems, now_ms);
        }
        return problems->total > 0 ? refuse(source) : fail(source, "out of memory", now_ms);
    }
    switch (step_until(source, redis_link_now_ms() + REDIS_SOURCE_SLICE_MS)) {
    case FETCH_GOES_ON:
        return SOURCE_READ_AGAIN;
    case FETCH_COMPLETE:
        return hand_out(source, documents);
    case FETCH_REFUSED:
        problems_add(problems, "", "", "release %llu: %s", (unsigned long long)source->fetch.root.release,
                     source->fetch.reason);
        return refuse(source);
    case FETCH_FAILED:
        return fail(source, source->fetch.reason, redis_link_now_ms());
    case FETCH_NO_MEMORY:
        return fail(source, "out of memory", redis_link_now_ms());
    }
    abort(); /* every progress is above */
}

static void take_back(struct source *base, struct documents *documents, enum source_verdict verdict)
{
    struct redis_source *source = redis_source_of(base);
    if (!source->is_fetching) {
        assert(verdict == SOURCE_IN_FORCE); /* what another life left */
        holding_adopt(&source->holding, &base->edition, documents);
        base->edition = source->holding.edition;
    } else if (verdict == SOURCE_IN_FORCE) {
        holding_turn(&source->holding, &base->edition, &source->fetch.manifest, documents);
    } else {
        holding_return(&source->holding, &source->fetch.manifest, documents);
        base->edition = source->holding.edition;
        source->is_refused = true;
    }
    end_fetch(source);
}

/* The rest */

static const char *describe(const struct source *source)
{
    return ((const struct redis_source *)source)->description;
}

static void traffic(const struct source *base, struct source_traffic *ret_traffic)
{
    const struct redis_source *source = (const struct redis_source *)base;
    const struct hints *hints = &source->watch.hints;
    struct redis_traffic of_client, of_hints;
    redis_client_traffic(source->client, &of_client);
    redis_meter_read(&hints->meter, &of_hints);
    *ret_traffic = (struct source_traffic){
        .bytes_in = of_client.bytes_in + of_hints.bytes_in,
        .bytes_out = of_client.bytes_out + of_hints.bytes_out,
        .exchanges = of_client.exchanges,
        .connects = of_client.connects,
        .failures = of_client.failures,
        .pieces_fetched = source->pieces_fetched,
        .pieces_held = source->pieces_held,
        .hints = hints->heard,
    };
}

static void close_source(struct source *base)
{
    struct redis_source *source = redis_source_of(base);
    end_fetch(source);
    holding_clear(&source->holding);
    root_watch_clear(&source->watch);
    redis_client_free(source->client);
    pthread_mutex_destroy(&source->mutex);
    free(source);
}

static const struct source_ops redis_source_ops = {.scheme = "redis",
                                                   .check = check,
                                                   .read = read_documents,
                                                   .take_back = take_back,
                                                   .describe = describe,
                                                   .traffic = traffic,
                                                   .close = close_source};

struct source *redis_source_open(const struct redis_source_options *options)
{
    struct redis_source *source = calloc(1, sizeof(*source));
    if (source == NULL) {
        return NULL;
    }
    source->client = redis_client_create(&options->client);
    if (source->client == NULL) {
        free(source);
        return NULL;
    }
    const struct redis_url *url = &options->client.url;
    source->source = (struct source){.ops = &redis_source_ops, .descriptor = -1};
    redis_keys_init(&source->keys, slice_of(url->namespace));
    redis_url_describe(url, source->description);
    pthread_mutex_init(&source->mutex, NULL);
    source->has_replicas = url->replica_count > 0;
    source->pace = source->ordered = options->pace;
    jitter_init(&source->jitter, options->seed);
    byte_budget_init(&source->budget, options->pace.bytes_per_second, redis_link_now_ms());
    root_watch_init(&source->watch, source->client, &source->keys, &source->jitter);
    source->watch.command_timeout_ms = options->client.command_timeout_ms;
    source->watch.has_hints = options->has_hints;
    holding_init(&source->holding);
    return &source->source;
}
