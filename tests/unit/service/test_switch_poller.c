/* The switches of a redis-server as it is installed, as a gateway hears them. */
#include "service/switch_poller.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "cache/switch_key.h"
#include "tests/unit/cache/real_redis.h"

enum { WAIT_MS = 20000, TIMEOUT_MS = 500 };

static const char key[] = "promogate:{main}:degrade";

static struct real_redis redis;
static struct switch_poller_options options; /* it is large */
static struct switch_poller *poller;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards what was heard */
static struct switch_document in_force;
static unsigned times_heard;

static void hear(void *cls, const struct switch_document *document)
{
    (void)cls;
    pthread_mutex_lock(&mutex);
    in_force = *document;
    times_heard++;
    pthread_mutex_unlock(&mutex);
}

static unsigned heard(void)
{
    pthread_mutex_lock(&mutex);
    unsigned times = times_heard;
    pthread_mutex_unlock(&mutex);
    return times;
}

/* Is this mode in force under the name? NULL: nothing is. */
static bool is_in_force(const char *name, const char *mode)
{
    pthread_mutex_lock(&mutex);
    const struct switch_entry *entry = switch_document_find(&in_force, slice_of(name));
    bool is_it = mode == NULL ? entry == NULL : entry != NULL && strcmp(entry->mode, mode) == 0;
    pthread_mutex_unlock(&mutex);
    return is_it;
}

static struct switch_poller_counts counts(void)
{
    struct switch_poller_counts now;
    switch_poller_read(poller, &now);
    return now;
}

/* Waits for a condition, for WAIT_MS at most. */
#define UNTIL(condition)                                                                                               \
    do {                                                                                                               \
        int waited_ms = 0;                                                                                             \
        while (!(condition) && waited_ms < WAIT_MS) {                                                                  \
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);                                                   \
            waited_ms += 5;                                                                                            \
        }                                                                                                              \
        cr_assert(condition, #condition);                                                                              \
    } while (0)

static void start_redis(void)
{
    real_redis_start(&redis, (const char *const[]){NULL});
}

static void prepare(void)
{
    signal(SIGPIPE, SIG_IGN);
    if (!real_redis_is_installed()) {
        cr_skip_test("redis-server is not installed");
    }
    start_redis();
    options = (struct switch_poller_options){
        .client = {.url = {.endpoints = {{.host = "127.0.0.1", .port = redis.port}},
                           .endpoint_count = 1,
                           .namespace = "main"},
                   .name = "test",
                   .connect_timeout_ms = TIMEOUT_MS,
                   .command_timeout_ms = TIMEOUT_MS},
        .poll_ms = 100,
        .seed = 1,
        .heard = hear,
    };
}

static void finish(void)
{
    switch_poller_stop(poller);
    if (redis.process > 0) {
        real_redis_stop(&redis);
    }
}

TestSuite(switch_poller, .init = prepare, .fini = finish, .timeout = 120);

static void start(void)
{
    poller = switch_poller_start(&options);
    cr_assert_not_null(poller);
}

static void set(const char *value)
{
    struct redis_client_options writer = options.client;
    writer.command_timeout_ms = writer.connect_timeout_ms = WAIT_MS;
    struct redis_client *client = redis_client_create(&writer);
    struct redis_reply *reply;
    const struct slice arguments[] = {SLICE("SET"), slice_of(key), slice_of(value)};
    cr_assert(redis_client_call(client, arguments, 3, &reply), "%s", redis_client_reason(client));
    redis_reply_free(reply);
    redis_client_free(client);
}

Test(switch_poller, a_switch_is_heard_when_it_is_set_and_when_it_goes)
{
    start();
    UNTIL(heard() == 1);
    cr_expect(is_in_force("checkout", NULL));
    set("{\"checkout\":{\"mode\":\"on\"}}");
    UNTIL(is_in_force("checkout", "on"));
    set("{}");
    UNTIL(is_in_force("checkout", NULL));
    cr_expect_eq(heard(), 3);
}

Test(switch_poller, who_waits_for_the_first_attempt_knows_what_redis_says)
{
    options.poll_ms = 60000;
    set("{\"checkout\":{\"mode\":\"on\"}}");
    start();
    for (int waits = 0; heard() == 0 && waits < 50; waits++) { /* each of SWITCH_POLLER_FIRST_MS at most */
        switch_poller_wait_first(poller);
    }
    cr_expect(is_in_force("checkout", "on"));
    cr_expect_eq(counts().polls, 1);
}

Test(switch_poller, without_redis_the_first_attempt_is_over_all_the_same)
{
    real_redis_stop(&redis);
    redis.process = 0;
    start();
    for (int waits = 0; counts().failures == 0 && waits < 50; waits++) {
        switch_poller_wait_first(poller);
    }
    cr_expect_geq(counts().failures, 1);
    cr_expect_eq(heard(), 0);
}

Test(switch_poller, what_does_not_change_is_heard_once)
{
    set("{\"checkout\":{\"mode\":\"on\"}}");
    start();
    UNTIL(counts().polls >= 5);
    cr_expect_eq(heard(), 1);
    cr_expect(is_in_force("checkout", "on"));
    cr_expect_eq(counts().failures, 0);
}

Test(switch_poller, a_fault_counts_once_for_each_value_and_changes_nothing)
{
    set("{\"checkout\":{\"mode\":\"on\"}}");
    start();
    UNTIL(is_in_force("checkout", "on"));
    set("{\"checkout\":{\"mode\":\"never\"},\"cart\":{\"mode\":\"on\"}}");
    UNTIL(is_in_force("cart", "on"));
    cr_expect(is_in_force("checkout", "on"));
    uint64_t polls = counts().polls;
    UNTIL(counts().polls >= polls + 3);
    cr_expect_eq(counts().ignored, 1);
    set("nonsense");
    UNTIL(counts().ignored == 2);
    polls = counts().polls;
    UNTIL(counts().polls >= polls + 3);
    cr_expect_eq(counts().ignored, 2);
    cr_expect_eq(counts().failures, 0);
    cr_expect(is_in_force("cart", "on"));
}

Test(switch_poller, a_redis_that_dies_changes_nothing)
{
    set("{\"checkout\":{\"mode\":\"on\"}}");
    start();
    UNTIL(is_in_force("checkout", "on"));
    real_redis_stop(&redis);
    redis.process = 0;
    UNTIL(counts().failures >= 3);
    cr_expect(is_in_force("checkout", "on"));
    cr_expect_eq(heard(), 1);
}

Test(switch_poller, a_redis_that_stalls_changes_nothing_and_is_heard_again)
{
    start();
    UNTIL(heard() == 1);
    kill(redis.process, SIGSTOP);
    UNTIL(counts().failures >= 2);
    kill(redis.process, SIGCONT);
    set("{\"checkout\":{\"mode\":\"on\"}}");
    UNTIL(is_in_force("checkout", "on"));
}

Test(switch_poller, another_type_of_value_is_a_failure_and_changes_nothing)
{
    set("{\"checkout\":{\"mode\":\"on\"}}");
    start();
    UNTIL(is_in_force("checkout", "on"));
    struct redis_client *client = redis_client_create(&options.client);
    const struct slice delete[] = {SLICE("DEL"), slice_of(key)}, push[] = {SLICE("LPUSH"), slice_of(key), SLICE("x")},
                       multi[] = {SLICE("MULTI")}, exec[] = {SLICE("EXEC")};
    const struct redis_command commands[] = {{multi, 1}, {delete, 2}, {push, 3}, {exec, 1}};
    struct redis_reply *answers[4];
    cr_assert(redis_client_exchange(client, commands, 4, answers));
    for (int i = 0; i < 4; i++) {
        redis_reply_free(answers[i]);
    }
    redis_client_free(client);
    UNTIL(counts().failures >= 2);
    cr_expect(is_in_force("checkout", "on"));
    cr_expect_eq(heard(), 1);
}

Test(switch_poller, what_was_known_before_the_start_stays_while_redis_is_away)
{
    static struct switch_document known;
    const struct switch_entry on = {.name = "checkout", .mode = "on"};
    known = (struct switch_document){.count = 1, .entries = {on}};
    options.known = &known;
    real_redis_stop(&redis);
    redis.process = 0;
    start();
    UNTIL(counts().failures >= 2);
    cr_expect_eq(heard(), 0);
    switch_poller_stop(poller);
    start_redis();
    options.client.url.endpoints[0].port = redis.port;
    set("{\"checkout\":1,\"cart\":{\"mode\":\"on\"}}");
    start();
    UNTIL(is_in_force("cart", "on"));
    cr_expect(is_in_force("checkout", "on"), "what is faulty leaves what was known");
}

Test(switch_poller, a_shorter_period_counts_at_once)
{
    options.poll_ms = 600000;
    start();
    UNTIL(counts().polls == 1 && heard() == 1);
    set("{\"checkout\":{\"mode\":\"on\"}}");
    switch_poller_set_poll_ms(poller, 100);
    UNTIL(is_in_force("checkout", "on"));
}

Test(switch_poller, it_asks_once_a_period_and_moves_few_bytes)
{
    start();
    UNTIL(counts().polls >= 3);
    struct switch_poller_counts before = counts();
    UNTIL(counts().polls >= before.polls + 10);
    switch_poller_set_poll_ms(poller, 600000);
    struct switch_poller_counts after = counts();
    uint64_t moved =
        after.traffic.bytes_in + after.traffic.bytes_out - before.traffic.bytes_in - before.traffic.bytes_out;
    cr_expect_leq(moved, (after.polls - before.polls + 1) * 60);
    cr_expect_eq(after.traffic.connects, 1);
}
