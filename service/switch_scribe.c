#include "service/switch_scribe.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "service/counter.h"
#include "service/log.h"

struct switch_scribe {
    int folder;
    void (*copy)(void *cls, struct switch_store_content *ret_content);
    void *cls;
    struct switch_store_content content; /* the thread's own: it is large */
    counter failures;
    pthread_t thread;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t news;
    uint64_t wanted, tried, kept; /* the number of the last write that was asked for, was done, and succeeded */
    bool is_stopping;
};

static bool write_once(struct switch_scribe *scribe)
{
    char reason[WHOLE_FILE_REASON_BYTES];
    scribe->copy(scribe->cls, &scribe->content);
    if (switch_store_save(scribe->folder, &scribe->content, reason)) {
        return true;
    }
    counter_add(&scribe->failures, 1);
    log_event(LOG_ERROR, "switches_not_kept", LOG_STRING("reason", reason), LOG_END);
    return false;
}

static void *run(void *cls)
{
    struct switch_scribe *scribe = cls;
    pthread_mutex_lock(&scribe->mutex);
    while (!scribe->is_stopping || scribe->tried < scribe->wanted) {
        if (scribe->tried == scribe->wanted) {
            pthread_cond_wait(&scribe->news, &scribe->mutex);
            continue;
        }
        uint64_t number = scribe->wanted;
        pthread_mutex_unlock(&scribe->mutex);
        bool is_kept = write_once(scribe);
        pthread_mutex_lock(&scribe->mutex);
        scribe->tried = number;
        scribe->kept = is_kept ? number : scribe->kept;
        pthread_cond_broadcast(&scribe->news);
    }
    pthread_mutex_unlock(&scribe->mutex);
    return NULL;
}

static struct timespec deadline_after(uint32_t wait_ms)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += wait_ms / 1000;
    deadline.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    return deadline;
}

bool switch_scribe_write(struct switch_scribe *scribe, uint32_t wait_ms)
{
    if (scribe->folder < 0) {
        return false;
    }
    const struct timespec deadline = deadline_after(wait_ms);
    pthread_mutex_lock(&scribe->mutex);
    uint64_t number = ++scribe->wanted;
    pthread_cond_broadcast(&scribe->news);
    int error = 0;
    while (wait_ms > 0 && scribe->tried < number && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&scribe->news, &scribe->mutex, &deadline);
    }
    bool is_kept = scribe->kept >= number;
    pthread_mutex_unlock(&scribe->mutex);
    return is_kept;
}

uint64_t switch_scribe_failures(const struct switch_scribe *scribe)
{
    return counter_read(&scribe->failures);
}

static void free_scribe(struct switch_scribe *scribe)
{
    pthread_cond_destroy(&scribe->news);
    pthread_mutex_destroy(&scribe->mutex);
    free(scribe);
}

struct switch_scribe *switch_scribe_start(int folder, void (*copy)(void *cls, struct switch_store_content *ret_content),
                                          void *cls)
{
    struct switch_scribe *scribe = calloc(1, sizeof(*scribe));
    if (scribe == NULL) {
        return NULL;
    }
    scribe->folder = folder;
    scribe->copy = copy;
    scribe->cls = cls;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&scribe->news, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&scribe->mutex, NULL);
    if (pthread_create(&scribe->thread, NULL, run, scribe) != 0) {
        free_scribe(scribe);
        return NULL;
    }
    pthread_setname_np(scribe->thread, "switch_scribe");
    return scribe;
}

void switch_scribe_stop(struct switch_scribe *scribe)
{
    if (scribe == NULL) {
        return;
    }
    pthread_mutex_lock(&scribe->mutex);
    scribe->is_stopping = true;
    pthread_cond_broadcast(&scribe->news);
    pthread_mutex_unlock(&scribe->mutex);
    pthread_join(scribe->thread, NULL);
    free_scribe(scribe);
}
