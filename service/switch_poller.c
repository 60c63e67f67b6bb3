#include "service/switch_poller.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cache/jitter.h"
#include "cache/switch_key.h"
#include "service/clock.h"
#include "service/counter.h"
#include "service/log.h"
#include "service/switch_intake.h"

struct switch_poller {
    struct redis_client *client;
    struct redis_keys keys;
    void (*heard)(void *cls, const struct switch_document *in_force);
    void *cls;
    int alarm; /* eventfd: there are orders */
    int first; /* eventfd: the first attempt is over */
    pthread_t thread;

    _Atomic uint32_t poll_ms; /* the owner's orders */
    atomic_bool is_stopping;

    counter polls, failures, ignored; /* the thread writes them */

    struct switch_intake intake; /* the thread's own, as what follows */
    struct jitter jitter;
    struct text value;
    uint32_t failures_in_a_row;
    uint32_t told; /* of the ignored entries of this value */
    char reason[SWITCH_KEY_REASON_BYTES];
};

/* What the log says */

static void tell_ignored(void *cls, const char *name, const char *reason)
{
    struct switch_poller *poller = cls;
    counter_add(&poller->ignored, 1);
    if (poller->told++ < SWITCH_POLLER_TOLD_MAX) {
        log_event(LOG_WARNING, "switch_ignored", LOG_STRING("name", name), LOG_STRING("reason", reason), LOG_END);
    }
}

static void fail(struct switch_poller *poller, const char *reason)
{
    counter_add(&poller->failures, 1);
    if (poller->failures_in_a_row++ == 0 || strcmp(reason, poller->reason) != 0) {
        snprintf(poller->reason, sizeof(poller->reason), "%s", reason);
        log_event(LOG_WARNING, "switches_unavailable", LOG_STRING("reason", reason), LOG_END);
    }
}

static void recover(struct switch_poller *poller)
{
    if (poller->failures_in_a_row > 0) {
        poller->failures_in_a_row = 0;
        log_event(LOG_INFO, "switches_reached", LOG_END);
    }
}

/* The thread */

static void ring(int alarm)
{
    uint64_t one = 1;
    ssize_t length = write(alarm, &one, sizeof(one));
    (void)length; /* full: it rings already */
}

static void ask(struct switch_poller *poller)
{
    char reason[SWITCH_KEY_REASON_BYTES];
    counter_add(&poller->polls, 1);
    if (!switch_key_read(poller->client, poller->keys.degrade, &poller->value, reason)) {
        fail(poller, reason);
        return;
    }
    recover(poller);
    poller->told = 0;
    if (switch_intake_take(&poller->intake, text_slice(&poller->value), clock_wall_ms() / 1000, tell_ignored, poller)) {
        poller->heard(poller->cls, &poller->intake.in_force);
    }
}

static int64_t wait_ms(struct switch_poller *poller)
{
    int64_t poll_ms = atomic_load(&poller->poll_ms);
    return poller->failures_in_a_row > 0
               ? jitter_backoff_ms(&poller->jitter, poller->failures_in_a_row, SWITCH_POLLER_BACKOFF_MAX_MS)
               : jitter_spread_ms(&poller->jitter, poll_ms, poll_ms / 10);
}

/* Until it is time to ask, or to stop. */
static void wait_for(struct switch_poller *poller)
{
    uint64_t orders;
    struct pollfd alarm = {.fd = poller->alarm, .events = POLLIN};
    while (!atomic_load(&poller->is_stopping) && poll(&alarm, 1, (int)wait_ms(poller)) > 0) {
        ssize_t length = read(poller->alarm, &orders, sizeof(orders));
        (void)length; /* nothing to read: another look at the orders does no harm */
    }
}

static void *run(void *argument)
{
    struct switch_poller *poller = argument;
    pthread_setname_np(pthread_self(), "switch_poller");
    ask(poller);
    ring(poller->first);
    wait_for(poller);
    while (!atomic_load(&poller->is_stopping)) {
        ask(poller);
        wait_for(poller);
    }
    return NULL;
}

/* Life */

static void poller_free(struct switch_poller *poller)
{
    if (poller->alarm >= 0) {
        close(poller->alarm);
    }
    if (poller->first >= 0) {
        close(poller->first);
    }
    redis_client_free(poller->client);
    text_clear(&poller->value);
    free(poller);
}

struct switch_poller *switch_poller_start(const struct switch_poller_options *options)
{
    struct switch_poller *poller = calloc(1, sizeof(*poller));
    if (poller == NULL) {
        return NULL;
    }
    poller->heard = options->heard;
    poller->cls = options->cls;
    atomic_init(&poller->poll_ms, options->poll_ms);
    redis_keys_init(&poller->keys, slice_of(options->client.url.namespace));
    switch_intake_init(&poller->intake, options->known);
    jitter_init(&poller->jitter, options->seed);
    text_init(&poller->value, SWITCH_DOCUMENT_BYTES_MAX);
    poller->client = redis_client_create(&options->client);
    poller->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    poller->first = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (poller->client != NULL) {
        redis_client_set_trace(poller->client, "switches"); /* CLIENT LIST tells it from the refresher */
    }
    if (poller->client == NULL || poller->alarm < 0 || poller->first < 0 ||
        pthread_create(&poller->thread, NULL, run, poller) != 0) {
        poller_free(poller);
        return NULL;
    }
    return poller;
}

void switch_poller_wait_first(struct switch_poller *poller)
{
    struct pollfd first = {.fd = poller->first, .events = POLLIN};
    poll(&first, 1, SWITCH_POLLER_FIRST_MS);
}

void switch_poller_stop(struct switch_poller *poller)
{
    if (poller != NULL) {
        atomic_store(&poller->is_stopping, true);
        ring(poller->alarm);
        pthread_join(poller->thread, NULL);
        poller_free(poller);
    }
}

void switch_poller_set_poll_ms(struct switch_poller *poller, uint32_t poll_ms)
{
    if (atomic_exchange(&poller->poll_ms, poll_ms) != poll_ms) {
        ring(poller->alarm);
    }
}

void switch_poller_read(const struct switch_poller *poller, struct switch_poller_counts *ret_counts)
{
    *ret_counts = (struct switch_poller_counts){.polls = counter_read(&poller->polls),
                                                .failures = counter_read(&poller->failures),
                                                .ignored = counter_read(&poller->ignored)};
    redis_client_traffic(poller->client, &ret_counts->traffic);
}
