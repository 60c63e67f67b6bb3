#include "cache/refresher.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct refresher {
    struct source *source;
    struct slot *slot;
    struct refresher_callbacks callbacks;
    int alarm; /* eventfd: there are orders */
    pthread_t thread;

    pthread_mutex_t mutex; /* guards what follows, up to the blank line */
    struct snapshot_limits limits;
    bool is_stopping, is_reload_ordered;

    struct refresher_board board;

    bool owes_load;           /* the thread's own, as what follows: read although nothing has changed */
    bool owes_confirmation;   /* say so when the source has what is in force */
    int64_t reading_since_ms; /* when the reading in progress began; 0: none is */
    int64_t retry_ms;         /* INT64_MAX: no retry is due */
    bool was_unavailable;
    char unavailable_reason[SOURCE_REASON_BYTES];
};

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void refresher_status(struct refresher *refresher, struct refresher_status *ret_status)
{
    refresher_board_read(&refresher->board, monotonic_ms(), ret_status);
}

/* One reading */

static void become_unavailable(struct refresher *refresher)
{
    const char *reason = refresher->source->reason;
    bool is_news = !refresher->was_unavailable || strcmp(reason, refresher->unavailable_reason) != 0;
    refresher_board_unavailable(&refresher->board, reason, is_news);
    refresher->owes_confirmation = true; /* when it is back */
    if (is_news) {
        refresher->was_unavailable = true;
        snprintf(refresher->unavailable_reason, sizeof(refresher->unavailable_reason), "%s", reason);
        refresher->callbacks.unavailable(refresher->callbacks.context, reason);
    }
}

static void refuse(struct refresher *refresher, const struct problems *problems, int64_t started_ms)
{
    int64_t now_ms = monotonic_ms();
    if (problems->lacks_memory) {
        refresher->retry_ms = now_ms + REFRESHER_RETRY_MS;
    }
    refresher_board_refused(&refresher->board, problems, now_ms - started_ms);
    refresher->owes_confirmation = refresher->source->edition.release != 0; /* when it takes that back */
    refresher->callbacks.refused(refresher->callbacks.context, problems);
}

static bool is_in_force(const struct refresher *refresher, uint64_t release)
{
    const struct snapshot *current = slot_snapshot(refresher->slot);
    return current != NULL && snapshot_facts(current).release == release;
}

static void confirm(struct refresher *refresher, int64_t load_ms)
{
    struct snapshot_facts facts = snapshot_facts(slot_snapshot(refresher->slot));
    refresher->owes_confirmation = false;
    refresher_board_confirmed(&refresher->board, load_ms);
    refresher->callbacks.confirmed(refresher->callbacks.context, &facts);
}

/* Takes the snapshot. */
static void activate(struct refresher *refresher, struct snapshot *snapshot, const struct documents *documents,
                     int64_t started_ms)
{
    struct refresher_activation activation = {.facts = snapshot_facts(snapshot),
                                              .duration_ms = monotonic_ms() - started_ms,
                                              .scheme = refresher->source->ops->scheme,
                                              .trace = refresher->source->trace};
    const struct refresher_callbacks *callbacks = &refresher->callbacks;
    if (is_in_force(refresher, activation.facts.release)) {
        snapshot_free(snapshot);
        confirm(refresher, activation.duration_ms);
        return;
    }
    callbacks->compiled(callbacks->context, snapshot);
    snapshot_free(slot_swap(refresher->slot, snapshot));
    refresher_board_activated(&refresher->board, &activation.facts, activation.trace, activation.duration_ms,
                              monotonic_ms());
    callbacks->activated(callbacks->context, &activation);
    struct edition edition = refresher->source->edition;
    edition.release = activation.facts.release;
    callbacks->keep(callbacks->context, &edition, snapshot, documents);
}

static enum source_verdict compile(struct refresher *refresher, struct documents *documents, struct problems *problems,
                                   int64_t started_ms)
{
    pthread_mutex_lock(&refresher->mutex);
    struct snapshot_limits limits = refresher->limits;
    pthread_mutex_unlock(&refresher->mutex);
    const struct release_gate gate = {.context = refresher->callbacks.context, .may_try = refresher->callbacks.may_try};
    uint64_t release = refresher->source->edition.release;
    struct snapshot *snapshot = release_compile_gated(documents, release, &gate, &limits, problems);
    if (snapshot == NULL) {
        refuse(refresher, problems, started_ms);
        return SOURCE_NOT_USED;
    }
    activate(refresher, snapshot, documents, started_ms);
    return SOURCE_IN_FORCE;
}

/* When the reading in progress began: it may take several goes. */
static int64_t begin_reading(struct refresher *refresher)
{
    if (refresher->reading_since_ms == 0) {
        refresher->reading_since_ms = monotonic_ms();
    }
    return refresher->reading_since_ms;
}

static void load(struct refresher *refresher)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    refresher->retry_ms = INT64_MAX;
    refresher_board_busy(&refresher->board, REFRESHER_LOADING);
    int64_t started_ms = begin_reading(refresher);
    enum source_reading reading = source_read(refresher->source, monotonic_ms(), &documents, &problems);
    if (reading == SOURCE_READ_UNAVAILABLE) {
        become_unavailable(refresher);
    } else if (reading == SOURCE_READ_AGAIN) {
        refresher_board_busy(&refresher->board, REFRESHER_SETTLING);
    } else {
        refresher->was_unavailable = refresher->owes_confirmation = false;
        refresher->owes_load = false;
        enum source_verdict verdict = compile(refresher, &documents, &problems, started_ms);
        if (reading == SOURCE_READ_COMPLETE) {
            source_take_back(refresher->source, &documents, verdict);
        }
    }
    if (reading != SOURCE_READ_AGAIN) {
        refresher->reading_since_ms = 0;
    }
    documents_clear(&documents);
    problems_clear(&problems);
}

/* The thread */

/* False when it is time to stop. */
static bool take_orders(struct refresher *refresher)
{
    pthread_mutex_lock(&refresher->mutex);
    bool goes_on = !refresher->is_stopping;
    refresher->owes_load |= refresher->is_reload_ordered;
    refresher->is_reload_ordered = false;
    pthread_mutex_unlock(&refresher->mutex);
    return goes_on;
}

/* The source is back, or was asked for the first time, and has not changed: it says so by its edition, or by
   reading. */
static bool must_read(struct refresher *refresher)
{
    uint64_t release = refresher->source->edition.release;
    if (!refresher->owes_confirmation || refresher->owes_load) {
        return refresher->owes_load;
    }
    if (release != 0 && is_in_force(refresher, release)) {
        refresher->was_unavailable = false;
        confirm(refresher, REFRESHER_BOARD_UNREAD);
        return false;
    }
    return release == 0;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Asks the source once; how long may we wait before asking again? */
static int64_t turn(struct refresher *refresher)
{
    int64_t wait_ms;
    int64_t now_ms = monotonic_ms();
    int64_t turn_wait_ms = refresher->callbacks.turn(refresher->callbacks.context, now_ms);
    refresher_board_checked(&refresher->board, now_ms);
    if (now_ms >= refresher->retry_ms) {
        refresher->owes_load = true;
        refresher->retry_ms = INT64_MAX;
    }
    enum source_state state = source_check(refresher->source, now_ms, &wait_ms);
    bool is_owed = state == SOURCE_UNCHANGED ? must_read(refresher) : state == SOURCE_REFUSED && refresher->owes_load;
    if (state == SOURCE_CHANGED || is_owed) {
        load(refresher);
        return 0;
    }
    if (state == SOURCE_UNAVAILABLE) {
        become_unavailable(refresher);
    } else if (state == SOURCE_SETTLING) {
        refresher_board_busy(&refresher->board, REFRESHER_SETTLING);
    } else {
        refresher_board_quiet(&refresher->board);
    }
    return least(least(wait_ms, turn_wait_ms), refresher->retry_ms - now_ms);
}

/* True when the source may have news. */
static bool wait_for(struct refresher *refresher, int source_descriptor, int64_t wait_ms)
{
    struct pollfd descriptors[] = {{.fd = refresher->alarm, .events = POLLIN},
                                   {.fd = source_descriptor, .events = POLLIN}};
    int ready = poll(descriptors, 2, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms);
    if (ready > 0 && descriptors[0].revents != 0) {
        uint64_t alarms;
        ssize_t length = read(refresher->alarm, &alarms, sizeof(alarms));
        (void)length; /* nothing to read: another turn does no harm */
    }
    return ready > 0 && descriptors[1].revents != 0;
}

static void *run(void *argument)
{
    struct refresher *refresher = argument;
    pthread_setname_np(pthread_self(), "refresher");
    while (take_orders(refresher)) {
        int64_t wait_ms = turn(refresher);
        if (wait_ms > 0 && wait_for(refresher, refresher->source->descriptor, wait_ms)) {
            wait_for(refresher, -1, REFRESHER_GATHER_MS);
        }
    }
    return NULL;
}

/* Life */

static void refresher_free(struct refresher *refresher)
{
    if (refresher->alarm >= 0) {
        close(refresher->alarm);
    }
    refresher_board_clear(&refresher->board);
    pthread_mutex_destroy(&refresher->mutex);
    free(refresher);
}

struct refresher *refresher_start(struct source *source, struct slot *slot, const struct snapshot_limits *limits,
                                  const struct refresher_callbacks *callbacks)
{
    struct refresher *refresher = calloc(1, sizeof(*refresher));
    if (refresher == NULL) {
        return NULL;
    }
    refresher->source = source;
    refresher->slot = slot;
    refresher->callbacks = *callbacks;
    refresher->limits = *limits;
    refresher->retry_ms = INT64_MAX;
    const struct snapshot *first = slot_snapshot(slot); /* we are about to be its only writer */
    struct snapshot_facts facts = first != NULL ? snapshot_facts(first) : (struct snapshot_facts){0};
    refresher->owes_confirmation = first != NULL;
    refresher_board_init(&refresher->board, first != NULL ? &facts : NULL, monotonic_ms());
    pthread_mutex_init(&refresher->mutex, NULL);
    refresher->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (refresher->alarm < 0 || pthread_create(&refresher->thread, NULL, run, refresher) != 0) {
        refresher_free(refresher);
        return NULL;
    }
    return refresher;
}

void refresher_wake(struct refresher *refresher)
{
    uint64_t one = 1;
    ssize_t length = write(refresher->alarm, &one, sizeof(one));
    (void)length; /* full: it is awake */
}

void refresher_stop(struct refresher *refresher)
{
    if (refresher == NULL) {
        return;
    }
    pthread_mutex_lock(&refresher->mutex);
    refresher->is_stopping = true;
    pthread_mutex_unlock(&refresher->mutex);
    refresher_wake(refresher);
    pthread_join(refresher->thread, NULL);
    refresher_free(refresher);
}

void refresher_set_limits(struct refresher *refresher, const struct snapshot_limits *limits)
{
    pthread_mutex_lock(&refresher->mutex);
    refresher->limits = *limits;
    refresher->is_reload_ordered = true;
    pthread_mutex_unlock(&refresher->mutex);
    refresher_wake(refresher);
}

void refresher_reload(struct refresher *refresher)
{
    pthread_mutex_lock(&refresher->mutex);
    refresher->is_reload_ordered = true;
    pthread_mutex_unlock(&refresher->mutex);
    refresher_wake(refresher);
}
