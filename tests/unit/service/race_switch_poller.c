/* The switch poller against its owner: orders, counts and switches at the same time, then a stop in the middle. */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "cache/switch_key.h"
#include "service/switch_poller.h"
#include "tests/unit/cache/real_redis.h"

enum { ROUNDS = 5, EDITS = 40, WAIT_MS = 20000, TIMEOUT_MS = 5000 };

static atomic_int edits_heard;

static void hear(void *cls, const struct switch_document *in_force)
{
    (void)cls;
    static struct switch_document copy; /* the poller's thread alone is here */
    copy = *in_force;
    const struct switch_entry *entry = switch_document_find(&copy, SLICE("checkout"));
    if (entry != NULL) {
        atomic_store(&edits_heard, (int)entry->until_unix_s);
    }
}

static void edit(struct redis_client *client, int64_t number)
{
    char reason[SWITCH_KEY_REASON_BYTES];
    const struct switch_entry entry = {.mode = "on", .until_unix_s = number};
    bool is_done = switch_key_edit(client, "promogate:{main}:degrade", SLICE("checkout"), &entry, reason);
    assert(is_done);
}

static void run_round(const struct switch_poller_options *options, struct redis_client *client)
{
    struct switch_poller_counts counts = {0};
    struct switch_poller *poller = switch_poller_start(options);
    assert(poller != NULL);
    for (int i = 1; i <= EDITS; i++) {
        edit(client, i);
        switch_poller_set_poll_ms(poller, i % 2 == 0 ? 100 : 101);
        switch_poller_read(poller, &counts);
    }
    for (int waited_ms = 0; atomic_load(&edits_heard) != EDITS && waited_ms < WAIT_MS; waited_ms += 5) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        switch_poller_read(poller, &counts);
    }
    assert(atomic_load(&edits_heard) == EDITS);
    assert(counts.failures == 0);
    switch_poller_stop(poller);
}

int main(void)
{
    static struct real_redis redis;
    static struct switch_poller_options options;
    signal(SIGPIPE, SIG_IGN);
    if (!real_redis_is_installed()) {
        printf("redis-server is not installed\n");
        return 0;
    }
    real_redis_start(&redis, (const char *const[]){NULL});
    options = (struct switch_poller_options){
        .client = {.url = {.endpoints = {{.host = "127.0.0.1", .port = redis.port}},
                           .endpoint_count = 1,
                           .namespace = "main"},
                   .name = "race",
                   .connect_timeout_ms = TIMEOUT_MS,
                   .command_timeout_ms = TIMEOUT_MS},
        .poll_ms = 100,
        .heard = hear,
    };
    struct redis_client *client = redis_client_create(&options.client);
    assert(client != NULL);
    for (int i = 0; i < ROUNDS; i++) {
        atomic_store(&edits_heard, 0);
        run_round(&options, client);
    }
    redis_client_free(client);
    real_redis_stop(&redis);
    printf("%d times the last of %d edits was heard\n", ROUNDS, EDITS);
    return 0;
}
