#include "cache/directory_source.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache/directory.h"
#include "cache/watch.h"

static_assert((int)SOURCE_REASON_BYTES >= (int)DIRECTORY_REASON_BYTES, "a directory's reason fits a source's");

/* How coarse the kernel's file times are, generously: two writes within that time may leave the same mark. */
static const int64_t file_time_step_ms = 20;

struct directory_source {
    struct source source; /* first: a source is cast to what it is */
    char *path;
    struct watch *watch; /* NULL: poll only */
    int64_t settle_ms;   /* atomic */

    enum source_state found; /* by the last look, and by read */
    bool has_looked, has_read, has_seen;
    struct fingerprint read; /* what the documents handed out last were */
    struct fingerprint seen; /* by the last look */
    bool needs_confirmation; /* what was read had been written just before: read it once more */

    int64_t poll_ms;    /* when to look though nothing happens */
    bool is_noticed;    /* there was an event since the last look, */
    int64_t noticed_ms; /* the last one then */
    bool is_waiting;
    int64_t waiting_since_ms; /* a look is due settle_ms later */
};

static struct directory_source *directory_source_of(struct source *source)
{
    return (struct directory_source *)source;
}

static int64_t settle_ms_of(const struct directory_source *source)
{
    return __atomic_load_n(&source->settle_ms, __ATOMIC_RELAXED);
}

void directory_source_set_settle_ms(struct source *source, int64_t settle_ms)
{
    assert(settle_ms >= 0);
    __atomic_store_n(&directory_source_of(source)->settle_ms, settle_ms, __ATOMIC_RELAXED);
}

static int64_t look_due_ms(const struct directory_source *source)
{
    int64_t settled_ms = source->waiting_since_ms + settle_ms_of(source);
    return source->is_waiting && settled_ms < source->poll_ms ? settled_ms : source->poll_ms;
}

static void wait_from(struct directory_source *source, int64_t since_ms)
{
    source->is_waiting = true;
    source->waiting_since_ms = since_ms;
}

static void drain_watch(struct directory_source *source, int64_t now_ms)
{
    if (source->watch == NULL || !watch_drain(source->watch)) {
        return;
    }
    source->is_noticed = true;
    source->noticed_ms = now_ms;
    if (!source->is_waiting) {
        wait_from(source, now_ms);
    }
}

/* When did what we see come about? An event since the last look knows better than the look. */
static int64_t changed_ms(struct directory_source *source, int64_t now_ms)
{
    if (source->is_noticed) {
        return source->noticed_ms;
    }
    if (source->watch != NULL) {
        watch_renew(source->watch); /* it told nothing: perhaps it looks elsewhere */
    }
    return now_ms;
}

static enum source_state judge(struct directory_source *source, const struct fingerprint *now_seen, int64_t now_ms)
{
    bool is_first = !source->has_looked;
    bool is_new = !source->has_seen || !fingerprint_equals(now_seen, &source->seen);
    source->has_seen = true;
    source->seen = *now_seen;
    if (source->has_read && fingerprint_equals(now_seen, &source->read) && !source->needs_confirmation) {
        source->is_waiting = false;
        return SOURCE_UNCHANGED;
    }
    if (is_first) {
        return SOURCE_CHANGED;
    }
    if (is_new) {
        wait_from(source, changed_ms(source, now_ms));
    }
    bool is_settled = !source->is_waiting || now_ms >= source->waiting_since_ms + settle_ms_of(source);
    if (is_settled) {
        source->is_waiting = false;
    }
    return is_settled ? SOURCE_CHANGED : SOURCE_SETTLING;
}

static void look(struct directory_source *source, int64_t now_ms)
{
    bool is_watched = source->watch != NULL && watch_is_complete(source->watch);
    source->poll_ms = now_ms + (is_watched ? DIRECTORY_POLL_MS : DIRECTORY_POLL_UNWATCHED_MS);
    struct fingerprint now_seen;
    int error = listing_fingerprint(source->path, &now_seen);
    if (error != 0) {
        snprintf(source->source.reason, sizeof(source->source.reason), "cannot be read: %s", strerror(error));
        source->found = SOURCE_UNAVAILABLE;
        source->has_seen = false;
        source->is_waiting = false;
    } else {
        source->found = judge(source, &now_seen, now_ms);
    }
    source->has_looked = true;
    source->is_noticed = false;
}

static enum source_state check(struct source *base, int64_t now_ms, int64_t *ret_wait_ms)
{
    struct directory_source *source = directory_source_of(base);
    drain_watch(source, now_ms);
    if (!source->has_looked || now_ms >= look_due_ms(source)) {
        look(source, now_ms);
    }
    int64_t due_ms = look_due_ms(source);
    *ret_wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    bool is_suspected = source->found == SOURCE_UNCHANGED && source->is_waiting;
    return is_suspected ? SOURCE_SETTLING : source->found;
}

/* The trouble of git's index ("racy git"): a file written twice within one step of its clock, and read in between,
   looks unchanged. Such a directory is read once more, after it has settled. */
static bool was_just_written(const struct fingerprint *fingerprint)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_ns = (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    return fingerprint->newest_change_ns > now_ns - file_time_step_ms * 1000 * 1000;
}

static void accept(struct directory_source *source, const struct fingerprint *fingerprint, bool was_written,
                   int64_t now_ms)
{
    bool is_same = source->has_read && fingerprint_equals(fingerprint, &source->read);
    source->needs_confirmation = was_written && !is_same;
    source->has_read = true;
    source->has_seen = true;
    source->read = *fingerprint;
    source->seen = *fingerprint;
    source->found = SOURCE_UNCHANGED;
    source->is_waiting = false;
    if (source->needs_confirmation) {
        wait_from(source, now_ms + file_time_step_ms);
    }
}

static enum source_reading read_documents(struct source *base, int64_t now_ms, struct documents *documents,
                                          struct problems *problems)
{
    struct directory_source *source = directory_source_of(base);
    struct directory_reading reading;
    enum directory_outcome outcome = directory_read(source->path, documents, problems, &reading);
    switch (outcome) {
    case DIRECTORY_READ:
        accept(source, &reading.fingerprint, was_just_written(&reading.fingerprint), now_ms);
        return problems->total == 0 ? SOURCE_READ_COMPLETE : SOURCE_READ_REFUSED;
    case DIRECTORY_CHANGING:
        source->has_seen = true;
        source->seen = reading.fingerprint;
        source->found = SOURCE_SETTLING;
        wait_from(source, now_ms);
        return SOURCE_READ_AGAIN;
    case DIRECTORY_UNAVAILABLE:
        snprintf(base->reason, sizeof(base->reason), "%s", reading.reason);
        source->found = SOURCE_UNAVAILABLE;
        return SOURCE_READ_UNAVAILABLE;
    }
    abort(); /* every outcome is above */
}

static void take_back(struct source *base, struct documents *documents, enum source_verdict verdict)
{
    (void)verdict;
    documents_clear(documents);          /* the files are still there */
    base->edition = (struct edition){0}; /* its content tells its number */
}

static void traffic(const struct source *base, struct source_traffic *ret_traffic)
{
    (void)base;
    *ret_traffic = (struct source_traffic){0};
}

static const char *describe(const struct source *source)
{
    return ((const struct directory_source *)source)->path;
}

static void close_source(struct source *base)
{
    struct directory_source *source = directory_source_of(base);
    watch_close(source->watch);
    free(source->path);
    free(source);
}

static const struct source_ops directory_source_ops = {.scheme = "file",
                                                       .check = check,
                                                       .read = read_documents,
                                                       .take_back = take_back,
                                                       .describe = describe,
                                                       .traffic = traffic,
                                                       .close = close_source};

struct source *directory_source_open(const char *path, const struct directory_source_options *options)
{
    assert(options->settle_ms >= 0);
    struct directory_source *source = calloc(1, sizeof(*source));
    if (source == NULL) {
        return NULL;
    }
    source->source.ops = &directory_source_ops;
    source->path = strdup(path);
    source->settle_ms = options->settle_ms;
    source->watch = options->is_unwatched ? NULL : watch_open(path);
    source->source.descriptor = source->watch != NULL ? watch_descriptor(source->watch) : -1;
    if (source->path == NULL) {
        source_close(&source->source);
        return NULL;
    }
    return &source->source;
}
