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

#include "cache/release.h"

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

    bool owes_load;   /* the thread's own, as what follows: read although nothing has changed */
    int64_t retry_ms; /* INT64_MAX: no retry is due */
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
    refresher->owes_load = true; /* when it is back, let it be judged anew */
    if (is_news) {
        refresher->was_unavailable = true;
        snprintf(refresher->unavailable_reason, sizeof(refresher->unavailable_reason), "%s", reason);
        refresher->callbacks.unavailable(refresher->callbacks.context, reason);
    }
}

static void refuse(struct refresher *refresher, const struct problems *problems, int64_t started_ms)
{
    int64_t now_ms = monotonic_ms();
    if (release_lacked_memory(problems)) {
        refresher->retry_ms = now_ms + REFRESHER_RETRY_MS;
    }
    refresher_board_refused(&refresher->board, problems, now_ms - started_ms);
    refresher->callbacks.refused(refresher->callbacks.context, problems);
}

/* Takes the snapshot. */
static void activate(struct refresher *refresher, struct snapshot *snapshot, int64_t started_ms)
{
    struct snapshot_facts facts = snapshot_facts(snapshot);
    const struct snapshot *current = slot_snapshot(refresher->slot);
    if (current != NULL && snapshot_facts(current).release == facts.release) {
        snapshot_free(snapshot);
        refresher_board_confirmed(&refresher->board, monotonic_ms() - started_ms);
        refresher->callbacks.confirmed(refresher->callbacks.context, &facts);
        return;
    }
    int64_t load_ms = monotonic_ms() - started_ms;
    snapshot_free(slot_swap(refresher->slot, snapshot));
    refresher_board_activated(&refresher->board, &facts, load_ms, monotonic_ms());
    refresher->callbacks.activated(refresher->callbacks.context, &facts, load_ms);
}

static void compile(struct refresher *refresher, struct documents *documents, struct problems *problems,
                    int64_t started_ms)
{
    pthread_mutex_lock(&refresher->mutex);
    struct snapshot_limits limits = refresher->limits;
    pthread_mutex_unlock(&refresher->mutex);
    struct snapshot *snapshot = release_compile(documents, &limits, problems);
    documents_clear(documents); /* before the swap: it may have to wait for readers */
    if (snapshot == NULL) {
        refuse(refresher, problems, started_ms);
    } else {
        activate(refresher, snapshot, started_ms);
    }
}

static void load(struct refresher *refresher)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    refresher->retry_ms = INT64_MAX;
    refresher_board_busy(&refresher->board, REFRESHER_LOADING);
    int64_t started_ms = monotonic_ms();
    switch (source_read(refresher->source, started_ms, &documents, &problems)) {
    case SOURCE_READ_COMPLETE:
    case SOURCE_READ_REFUSED:
        refresher->was_unavailable = false;
        refresher->owes_load = false;
        compile(refresher, &documents, &problems, started_ms);
        break;
    case SOURCE_READ_AGAIN:
        refresher_board_busy(&refresher->board, REFRESHER_SETTLING);
        break;
    case SOURCE_READ_UNAVAILABLE:
        become_unavailable(refresher);
        break;
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

/* Asks the source once; how long may we wait before asking again? */
static int64_t turn(struct refresher *refresher)
{
    int64_t wait_ms;
    int64_t now_ms = monotonic_ms();
    refresher_board_checked(&refresher->board, now_ms);
    if (now_ms >= refresher->retry_ms) {
        refresher->owes_load = true;
        refresher->retry_ms = INT64_MAX;
    }
    enum source_state state = source_check(refresher->source, now_ms, &wait_ms);
    if (state == SOURCE_CHANGED || (state == SOURCE_UNCHANGED && refresher->owes_load)) {
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
    int64_t retry_wait_ms = refresher->retry_ms - now_ms;
    return wait_ms < retry_wait_ms ? wait_ms : retry_wait_ms;
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
