/* The key of the switches in a redis-server as it is installed. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "cache/switch_key.h"
#include "real_redis.h"

enum { TIMEOUT_MS = 5000, WRITERS = 4, EDITS = 12 };

static struct real_redis redis;
static struct redis_client_options options; /* it is large */
static struct redis_client *client;
static char reason[SWITCH_KEY_REASON_BYTES];

static const char key[] = "promogate:{main}:degrade";

static void start(void)
{
    signal(SIGPIPE, SIG_IGN);
    if (!real_redis_is_installed()) {
        cr_skip_test("redis-server is not installed");
    }
    real_redis_start(&redis, (const char *const[]){NULL});
    options = (struct redis_client_options){
        .url = {.endpoints = {{.host = "127.0.0.1", .port = redis.port}}, .endpoint_count = 1, .namespace = "main"},
        .name = "test",
        .role = REDIS_WRITER,
        .connect_timeout_ms = TIMEOUT_MS,
        .command_timeout_ms = TIMEOUT_MS,
    };
    client = redis_client_create(&options);
}

static void stop(void)
{
    redis_client_free(client);
    if (redis.process > 0) {
        real_redis_stop(&redis);
    }
}

TestSuite(switch_key, .init = start, .fini = stop, .timeout = 120);

static void run(const struct slice *arguments, uint32_t count)
{
    struct redis_reply *reply;
    cr_assert(redis_client_call(client, arguments, count, &reply), "%s", redis_client_reason(client));
    redis_reply_free(reply);
}

static void set(const char *value)
{
    const struct slice arguments[] = {SLICE("SET"), slice_of(key), slice_of(value)};
    run(arguments, 3);
}

static void assert_value(const char *expected)
{
    struct text value;
    text_init(&value, SWITCH_DOCUMENT_BYTES_MAX);
    cr_assert(switch_key_read(client, key, &value, reason), "%s", reason);
    cr_expect(slice_equals(text_slice(&value), slice_of(expected)), "%.*s", (int)value.length, value.bytes);
    text_clear(&value);
}

static bool has_key(void)
{
    const struct slice arguments[] = {SLICE("EXISTS"), slice_of(key)};
    struct redis_reply *reply;
    cr_assert(redis_client_call(client, arguments, 2, &reply));
    bool exists = redis_reply_integer(reply) == 1;
    redis_reply_free(reply);
    return exists;
}

static bool edit(const char *name, const struct switch_entry *entry)
{
    return switch_key_edit(client, key, slice_of(name), entry, reason);
}

Test(switch_key, a_switch_is_put_beside_others_and_removed_again)
{
    assert_value("");
    cr_expect(edit("a", &(struct switch_entry){.mode = "on"}), "%s", reason);
    assert_value("{\"a\":{\"mode\":\"on\"}}");
    cr_expect(edit("b", &(struct switch_entry){.mode = "never", .until_unix_s = 1770973200}), "%s", reason);
    assert_value("{\"a\":{\"mode\":\"on\"},\"b\":{\"mode\":\"never\",\"until\":\"2026-02-13T09:00:00Z\"}}");
    cr_expect(edit("a", NULL), "%s", reason);
    assert_value("{\"b\":{\"mode\":\"never\",\"until\":\"2026-02-13T09:00:00Z\"}}");
}

Test(switch_key, without_switches_there_is_no_key)
{
    cr_expect(edit("a", &(struct switch_entry){.mode = "on"}), "%s", reason);
    cr_expect(has_key());
    cr_expect(edit("a", NULL), "%s", reason);
    cr_expect_not(has_key());
    cr_expect(edit("a", NULL), "%s", reason);
    cr_expect_not(has_key());
}

Test(switch_key, what_cannot_be_read_is_not_changed)
{
    set("[1]");
    cr_expect_not(edit("a", NULL));
    cr_expect_str_eq(reason, "promogate:{main}:degrade is no JSON object");
    assert_value("[1]");
}

Test(switch_key, another_type_is_told)
{
    struct text value;
    const struct slice push[] = {SLICE("LPUSH"), slice_of(key), SLICE("x")};
    run(push, 3);
    text_init(&value, SWITCH_DOCUMENT_BYTES_MAX);
    cr_expect_not(switch_key_read(client, key, &value, reason));
    cr_expect(strstr(reason, "WRONGTYPE") != NULL, "%s", reason);
    cr_expect_not(edit("a", NULL));
    text_clear(&value);
}

Test(switch_key, a_value_has_at_most_64_KiB)
{
    static char large[SWITCH_DOCUMENT_BYTES_MAX + 2];
    struct text value;
    text_init(&value, SWITCH_DOCUMENT_BYTES_MAX);
    memset(large, ' ', SWITCH_DOCUMENT_BYTES_MAX);
    set(large);
    cr_expect(switch_key_read(client, key, &value, reason), "%s", reason);
    cr_expect_eq(value.length, SWITCH_DOCUMENT_BYTES_MAX);
    large[SWITCH_DOCUMENT_BYTES_MAX] = ' ';
    set(large);
    cr_expect_not(switch_key_read(client, key, &value, reason));
    cr_expect_str_eq(reason, "promogate:{main}:degrade is larger than 64 KiB");
    text_clear(&value);
}

static void *write_much(void *argument)
{
    const char *name = argument;
    static _Thread_local char words[SWITCH_KEY_REASON_BYTES];
    struct redis_client *own = redis_client_create(&options);
    uintptr_t done = 0;
    for (int64_t i = 1; i <= EDITS; i++) {
        const struct switch_entry entry = {.mode = "on", .until_unix_s = i};
        done += switch_key_edit(own, key, slice_of(name), &entry, words);
    }
    redis_client_free(own);
    return (void *)done;
}

Test(switch_key, of_writers_at_once_nobody_undoes_another)
{
    static const char *const names[WRITERS] = {"a", "b", "c", "d"};
    static struct switch_document document;
    pthread_t threads[WRITERS];
    const char *fault;
    struct text value;
    for (int i = 0; i < WRITERS; i++) {
        pthread_create(&threads[i], NULL, write_much, (void *)(uintptr_t)names[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *done;
        pthread_join(threads[i], &done);
        cr_expect_eq((uintptr_t)done, EDITS, "all edits of %s were made", names[i]);
    }
    text_init(&value, SWITCH_DOCUMENT_BYTES_MAX);
    cr_assert(switch_key_read(client, key, &value, reason));
    cr_assert(switch_document_read(value.bytes, value.length, &document, &fault), "%s", fault);
    for (int i = 0; i < WRITERS; i++) {
        const struct switch_entry *entry = switch_document_find(&document, slice_of(names[i]));
        cr_assert_not_null(entry);
        cr_expect_eq(entry->until_unix_s, EDITS, "%s", names[i]);
    }
    text_clear(&value);
}

Test(switch_key, a_server_that_is_away_is_told)
{
    real_redis_stop(&redis);
    redis.process = 0;
    cr_expect_not(edit("a", NULL));
    cr_expect(strstr(reason, "127.0.0.1:") != NULL, "%s", reason);
}
