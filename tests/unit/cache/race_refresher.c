/*
 * race_refresher - workers read snapshots, a page reads the status, an operator swaps sets, limits and settle times.
 *
 * A program of its own, since criterion cannot start under ThreadSanitizer. Exit status 0: every snapshot that a worker
 * saw was one of the sets that were published, and the last one came into force.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/directory_source.h"
#include "cache/refresher.h"
#include "tests/unit/cache/scratch.h"

enum { WORKERS = 3, SWAPS = 150, POLICIES_MAX = 3 };

static struct scratch scratch;
static struct slot slot;
static bool is_over;
static uint64_t wrong_count;

static void *work(void *argument)
{
    (void)argument;
    slot_reader_register();
    while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
        const struct snapshot *snapshot = slot_snapshot(&slot);
        uint32_t policies = snapshot != NULL ? snapshot_facts(snapshot).policies : 1;
        if (policies < 1 || policies > POLICIES_MAX) {
            __atomic_fetch_add(&wrong_count, 1, __ATOMIC_RELAXED);
        }
        slot_reader_quiescent();
    }
    slot_reader_unregister();
    return NULL;
}

static void ignore_facts(void *context, const struct snapshot_facts *facts)
{
    (void)context;
    (void)facts;
}

static void pass_on(void *context, struct snapshot *snapshot)
{
    (void)context, (void)snapshot;
}

static void ignore_activation(void *context, const struct refresher_activation *activation)
{
    ignore_facts(context, &activation->facts);
}

static void keep_nothing(void *context, const struct edition *edition, const struct snapshot *snapshot,
                         const struct documents *documents)
{
    (void)context, (void)edition, (void)snapshot, (void)documents;
}

static void ignore_problems(void *context, const struct problems *problems)
{
    (void)context;
    (void)problems;
}

static void ignore_reason(void *context, const char *reason)
{
    (void)context;
    (void)reason;
}

static bool let_pass(void *context, uint64_t release, struct problems *problems)
{
    (void)context, (void)release, (void)problems;
    return true;
}

static int64_t turn(void *context, int64_t now_ms)
{
    (void)context, (void)now_ms;
    return INT64_MAX;
}

static void write_set(const char *folder, int policies)
{
    char name[64], text[256];
    scratch_folder(&scratch, folder);
    for (int i = 0; i < policies; i++) {
        snprintf(name, sizeof(name), "%s/%d.json", folder, i);
        snprintf(text, sizeof(text),
                 "{\"id\":\"p%d\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"}}", i);
        scratch_write(&scratch, name, text);
    }
}

static uint32_t policies_in_force(struct refresher *refresher)
{
    struct refresher_status status;
    refresher_status(refresher, &status);
    return status.facts.policies;
}

static void publish(struct refresher *refresher, struct source *source, int round)
{
    char target[16];
    snprintf(target, sizeof(target), "v%d", round % POLICIES_MAX + 1);
    scratch_link(&scratch, "next", target);
    scratch_rename(&scratch, "next", "current");
    directory_source_set_settle_ms(source, round % 2);
    if (round % 10 == 0) {
        refresher_set_limits(refresher, &(struct snapshot_limits){.candidates_max = 100});
    }
    refresher_wake(refresher);
}

static bool publish_all(struct refresher *refresher, struct source *source)
{
    for (int round = 0; round < SWAPS; round++) {
        publish(refresher, source, round);
        uint32_t policies = (uint32_t)(round % POLICIES_MAX) + 1;
        if (round % 3 == 0 && !scratch_wait_for(policies_in_force(refresher) == policies)) {
            fprintf(stderr, "round %d: %u policies did not come into force\n", round, policies);
            return false;
        }
    }
    return scratch_wait_for(policies_in_force(refresher) == (SWAPS - 1) % POLICIES_MAX + 1);
}

int main(void)
{
    scratch_make(&scratch);
    write_set("v1", 1);
    write_set("v2", 2);
    write_set("v3", 3);
    scratch_link(&scratch, "current", "v1");
    slot_init(&slot, NULL);
    pthread_t workers[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++) {
        if (pthread_create(&workers[i], NULL, work, NULL) != 0) {
            abort();
        }
    }
    struct source *source =
        directory_source_open(scratch_path(&scratch, "current"), &(struct directory_source_options){.settle_ms = 1});
    struct refresher *refresher = refresher_start(source, &slot, &(struct snapshot_limits){.candidates_max = 100},
                                                  &(struct refresher_callbacks){.compiled = pass_on,
                                                                                .activated = ignore_activation,
                                                                                .keep = keep_nothing,
                                                                                .confirmed = ignore_facts,
                                                                                .may_try = let_pass,
                                                                                .refused = ignore_problems,
                                                                                .unavailable = ignore_reason,
                                                                                .turn = turn});
    bool has_come = publish_all(refresher, source);
    refresher_stop(refresher);
    source_close(source);
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
    }
    snapshot_free(slot_swap(&slot, NULL));
    scratch_remove(&scratch);
    printf("%d sets published, %llu wrong snapshots seen\n", SWAPS, (unsigned long long)wrong_count);
    return has_come && wrong_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
