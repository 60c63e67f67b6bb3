#include "cache/refresher.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "cache/directory_source.h"
#include "tests/unit/cache/scratch.h"

enum { SETTLE_MS = 20 };

/* What the callbacks told; each field is written by the refresher alone. */
static struct {
    int activated, kept, confirmed, refused, unavailable;
} told;

static struct slot slot;

static void forget(void *companion)
{
    cr_expect(eq(ptr, companion, &told));
}

/* Once a snapshot, and nobody reads it yet. */
static void on_compiled(void *context, struct snapshot *snapshot)
{
    (void)context;
    cr_expect_null(snapshot_companion(snapshot));
    cr_expect(ne(ptr, slot_read(&slot), snapshot));
    snapshot_set_companion(snapshot, &told, forget);
}

static void on_activated(void *context, const struct refresher_activation *activation)
{
    (void)context;
    cr_expect(eq(str, (char *)activation->scheme, "file"));
    __atomic_fetch_add(&told.activated, 1, __ATOMIC_RELAXED);
}

static void on_keep(void *context, const struct edition *edition, const struct snapshot *snapshot,
                    const struct documents *documents)
{
    (void)context;
    cr_expect(eq(u64, edition->release, snapshot_facts(snapshot).release));
    cr_expect(gt(sz, documents->count, 0));
    __atomic_fetch_add(&told.kept, 1, __ATOMIC_RELAXED);
}

static void on_confirmed(void *context, const struct snapshot_facts *facts)
{
    (void)context;
    (void)facts;
    __atomic_fetch_add(&told.confirmed, 1, __ATOMIC_RELAXED);
}

static void on_refused(void *context, const struct problems *problems)
{
    (void)context;
    cr_expect(gt(sz, problems->total, 0));
    __atomic_fetch_add(&told.refused, 1, __ATOMIC_RELAXED);
}

static void on_unavailable(void *context, const char *reason)
{
    (void)context;
    cr_expect(gt(sz, strlen(reason), 0));
    __atomic_fetch_add(&told.unavailable, 1, __ATOMIC_RELAXED);
}

/* The release that may not be tried, and what else was asked about; is memory short? */
static _Atomic uint64_t barred_release, asked_release;
static _Atomic bool is_short;
static _Atomic int turns;

static bool may_try(void *context, uint64_t release, struct problems *problems)
{
    (void)context;
    asked_release = release;
    if (is_short) {
        problems_add_out_of_memory(problems, "");
        return false;
    }
    if (release == barred_release) {
        problems_add(problems, "", "", "release %llu is barred", (unsigned long long)release);
    }
    return release != barred_release;
}

enum { TURN_MS = 50 };

static int64_t on_turn(void *context, int64_t now_ms)
{
    (void)context;
    (void)now_ms;
    turns++;
    return TURN_MS;
}

static const struct refresher_callbacks callbacks = {.compiled = on_compiled,
                                                     .activated = on_activated,
                                                     .keep = on_keep,
                                                     .confirmed = on_confirmed,
                                                     .may_try = may_try,
                                                     .refused = on_refused,
                                                     .unavailable = on_unavailable,
                                                     .turn = on_turn};

static struct scratch scratch;
static struct source *source;
static struct refresher *refresher;

static int count(const int *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void write_policy(const char *name, const char *id)
{
    char text[256];
    snprintf(text, sizeof(text),
             "{\"id\":\"%s\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"}}", id);
    scratch_write(&scratch, name, text);
}

static void set_up(void)
{
    scratch_make(&scratch);
    scratch_folder(&scratch, "set");
    write_policy("set/a.json", "a");
    slot_init(&slot, NULL);
}

static void tear_down(void)
{
    refresher_stop(refresher);
    source_close(source);
    snapshot_free(slot_swap(&slot, NULL));
    scratch_remove(&scratch);
}

TestSuite(refresher, .init = set_up, .fini = tear_down, .timeout = 60);

static void start(uint32_t candidates_max)
{
    struct directory_source_options options = {.settle_ms = SETTLE_MS};
    struct snapshot_limits limits = {.candidates_max = candidates_max};
    source = directory_source_open(scratch_path(&scratch, "set"), &options);
    cr_assert(source != NULL);
    refresher = refresher_start(source, &slot, &limits, &callbacks);
    cr_assert(refresher != NULL);
}

static struct refresher_status status(void)
{
    struct refresher_status now;
    refresher_status(refresher, &now);
    return now;
}

/* A policy count in force, and the state: what a page would show. */
static bool stands(enum refresher_state state, uint32_t policies)
{
    struct refresher_status now = status();
    return now.state == state && now.has_snapshot == (policies > 0) && now.facts.policies == policies;
}

Test(refresher, the_first_set_is_in_force_at_once)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    cr_assert(slot_snapshot(&slot) != NULL);
    cr_assert(eq(int, count(&told.activated), 1));
    cr_assert(eq(u64, status().activations, 1));
}

Test(refresher, a_changed_set_replaces_the_one_before)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    uint64_t release = status().facts.release;
    write_policy("set/b.json", "b");
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 2)));
    cr_assert(ne(u64, status().facts.release, release));
    cr_assert(eq(u64, snapshot_facts(slot_snapshot(&slot)).release, status().facts.release));
}

Test(refresher, a_release_that_may_not_be_tried_is_refused_and_the_next_one_is_not)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    uint64_t first = status().facts.release;
    cr_assert(eq(u64, asked_release, first)); /* a directory's: the number of its content */
    write_policy("set/b.json", "b");
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 2)));
    barred_release = first;
    scratch_delete(&scratch, "set/b.json");
    cr_assert(scratch_wait_for(stands(REFRESHER_REFUSED, 2)));
    cr_assert(strstr(status().error, "is barred") != NULL, "%s", status().error);
    write_policy("set/c.json", "c");
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 2)));
}

Test(refresher, what_only_lacked_memory_is_tried_again_by_itself)
{
    is_short = true;
    start(100);
    cr_assert(scratch_wait_for(status().refusals == 2)); /* files just written are read once more */
    cr_assert(stands(REFRESHER_REFUSED, 0));
    is_short = false;
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
}

Test(refresher, it_comes_back_as_early_as_a_turn_wants)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    int before = turns;
    cr_assert(scratch_wait_for(turns >= before + 5));
}

Test(refresher, a_bad_set_keeps_the_old_one_until_a_good_one_comes)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    const struct snapshot *before = slot_snapshot(&slot);
    scratch_write(&scratch, "set/b.json", "{");
    cr_assert(scratch_wait_for(stands(REFRESHER_REFUSED, 1)));
    cr_assert(slot_snapshot(&slot) == before);
    cr_assert(gt(u64, status().refusals, 0));
    cr_assert(eq(sz, status().problem_count, 1));
    cr_assert(strstr(status().error, "b.json") != NULL, "%s", status().error);
    write_policy("set/b.json", "b");
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 2)));
    cr_assert(eq(str, status().error, ""));
}

Test(refresher, a_bad_set_that_is_taken_back_is_confirmed_not_swapped)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    const struct snapshot *before = slot_snapshot(&slot);
    scratch_write(&scratch, "set/b.json", "{");
    cr_assert(scratch_wait_for(stands(REFRESHER_REFUSED, 1)));
    scratch_delete(&scratch, "set/b.json");
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    cr_assert(slot_snapshot(&slot) == before);
    cr_assert(gt(int, count(&told.confirmed), 0));
    cr_assert(eq(int, count(&told.activated), 1));
}

Test(refresher, a_bad_first_set_leaves_the_slot_empty)
{
    scratch_write(&scratch, "set/b.json", "[]");
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_REFUSED, 0)));
    cr_assert(slot_snapshot(&slot) == NULL);
}

Test(refresher, a_deleted_directory_keeps_the_old_snapshot_and_is_told_once)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    scratch_delete(&scratch, "set");
    cr_assert(scratch_wait_for(stands(REFRESHER_UNAVAILABLE, 1)));
    for (int i = 0; i < 3; i++) {
        refresher_wake(refresher);
    }
    cr_assert(slot_snapshot(&slot) != NULL);
    scratch_folder(&scratch, "set");
    write_policy("set/a.json", "a");
    write_policy("set/b.json", "b");
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 2)));
    cr_assert(eq(int, count(&told.unavailable), 1));
    cr_assert(eq(u64, status().unavailabilities, 1));
}

Test(refresher, a_set_past_the_limit_is_refused_and_taken_when_the_limit_is_raised)
{
    write_policy("set/b.json", "b");
    start(1);
    cr_assert(scratch_wait_for(stands(REFRESHER_REFUSED, 0)));
    refresher_set_limits(refresher, &(struct snapshot_limits){.candidates_max = 2});
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 2)));
}

Test(refresher, a_lowered_limit_is_refused_and_the_snapshot_stays)
{
    write_policy("set/b.json", "b");
    start(2);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 2)));
    refresher_set_limits(refresher, &(struct snapshot_limits){.candidates_max = 1});
    cr_assert(scratch_wait_for(stands(REFRESHER_REFUSED, 2)));
}

Test(refresher, a_reload_reads_again_without_a_change)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    uint64_t confirmations = status().confirmations;
    refresher_reload(refresher);
    cr_assert(scratch_wait_for(status().confirmations > confirmations));
    cr_assert(eq(u64, status().activations, 1));
}

Test(refresher, a_snapshot_that_is_there_already_is_confirmed)
{
    start(100);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    refresher_stop(refresher);
    source_close(source);
    start(100);
    cr_assert(status().has_snapshot);
    cr_assert(scratch_wait_for(stands(REFRESHER_CURRENT, 1)));
    cr_assert(eq(u64, status().activations, 0));
    cr_assert(gt(u64, status().confirmations, 0));
}

Test(refresher, every_state_has_a_name)
{
    cr_assert(eq(str, (char *)refresher_state_name(REFRESHER_STARTING), "starting"));
    cr_assert(eq(str, (char *)refresher_state_name(REFRESHER_UNAVAILABLE), "unavailable"));
    start(100);
}
