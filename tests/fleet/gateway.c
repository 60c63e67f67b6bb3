#include "tests/fleet/gateway.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/refresher.h"

/* Over names and bytes, in the manifest's order: D(before ‖ D(name) ‖ D(bytes)), from zeros on. */
static struct digest digest_of_documents(const struct documents *documents)
{
    struct digest chain[3] = {0};
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = &documents->items[i];
        chain[1] = digest_of(document->name, strlen(document->name));
        chain[2] = digest_of(document->bytes, document->length);
        chain[0] = digest_of(chain, sizeof(chain));
    }
    return chain[0];
}

/* As the refresher's load, with the census for a compiler. */
static void load(struct gateway *gateway)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    struct source *source = gateway->source;
    enum source_reading reading = source_read(source, redis_link_now_ms(), &documents, &problems);
    int64_t at_us = census_now_us();
    switch (reading) {
    case SOURCE_READ_COMPLETE: {
        struct digest content = digest_of_documents(&documents);
        census_holds(gateway->census, gateway->number, source->edition.release, &content, at_us);
        source_take_back(source, &documents, SOURCE_IN_FORCE);
        break;
    }
    case SOURCE_READ_REFUSED:
        census_refused(gateway->census, problems.count > 0 ? problems.items[0].reason : "out of memory");
        break;
    case SOURCE_READ_UNAVAILABLE:
        census_unavailable(gateway->census, source->reason);
        break;
    case SOURCE_READ_AGAIN:
        break;
    }
    documents_clear(&documents);
    problems_clear(&problems);
}

/* Asks the source once; how long may we wait before asking again? */
static int64_t turn(struct gateway *gateway)
{
    struct source_traffic before, after;
    int64_t wait_ms;
    source_traffic(gateway->source, &before);
    enum source_state state = source_check(gateway->source, redis_link_now_ms(), &wait_ms);
    source_traffic(gateway->source, &after);
    if (after.exchanges > before.exchanges && after.failures == before.failures) {
        census_answered(gateway->census, gateway->number);
    }
    switch (state) {
    case SOURCE_CHANGED:
        load(gateway);
        return 0;
    case SOURCE_UNAVAILABLE:
        census_unavailable(gateway->census, gateway->source->reason);
        return wait_ms;
    case SOURCE_UNCHANGED:
    case SOURCE_REFUSED:
    case SOURCE_SETTLING:
        return wait_ms;
    }
    abort(); /* every state is above */
}

/* As the refresher waits: events within REFRESHER_GATHER_MS wake it once. False when it is time to stop. */
static bool wait_for_news(const struct gateway *gateway, int64_t wait_ms)
{
    struct pollfd descriptors[] = {{.fd = gateway->stop, .events = POLLIN},
                                   {.fd = gateway->source->descriptor, .events = POLLIN}};
    int ready = poll(descriptors, 2, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms);
    if (ready > 0 && descriptors[0].revents == 0) {
        ready = poll(descriptors, 1, REFRESHER_GATHER_MS);
    }
    return ready <= 0 || descriptors[0].revents == 0;
}

static void *run(void *argument)
{
    struct gateway *gateway = argument;
    while (wait_for_news(gateway, turn(gateway))) {
    }
    return NULL;
}

bool gateway_start(struct gateway *gateway, const struct redis_source_options *options)
{
    gateway->source = redis_source_open(options);
    if (gateway->source == NULL) {
        return false;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, GATEWAY_STACK_BYTES);
    int fault = pthread_create(&gateway->thread, &attributes, run, gateway);
    pthread_attr_destroy(&attributes);
    if (fault != 0) {
        source_close(gateway->source);
        gateway->source = NULL;
    }
    return fault == 0;
}

void gateway_join(struct gateway *gateway)
{
    pthread_join(gateway->thread, NULL);
    source_close(gateway->source);
    gateway->source = NULL;
}
