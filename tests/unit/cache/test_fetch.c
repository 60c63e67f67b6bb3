/* Releases in a redis-server as it is installed, fetched step by step. */
#include "cache/fetch.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/blob_writer.h"
#include "real_redis.h"

enum { TIMEOUT_MS = 5000, STEPS_MAX = 1000, LONG_BYTES = 64 * 1024 };

static struct real_redis redis;
static struct redis_client_options options; /* it is large */
static struct redis_client *client;
static struct redis_keys keys;
static struct shelf shelf;
static struct fetch fetch;
static struct documents documents;

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
    redis_keys_init(&keys, SLICE("main"));
    shelf_init(&shelf);
    documents_init(&documents);
}

static void stop(void)
{
    fetch_clear(&fetch);
    documents_clear(&documents);
    shelf_clear(&shelf);
    redis_client_free(client);
    if (redis.process > 0) {
        real_redis_stop(&redis);
    }
}

TestSuite(fetch, .init = start, .fini = stop, .timeout = 60);

/* Publishing */

static void set_piece(const struct digest *digest, struct slice value)
{
    char key[REDIS_KEY_BYTES];
    const struct slice arguments[] = {SLICE("SET"), {key, redis_keys_piece(&keys, digest, key)}, value};
    struct redis_reply *reply;
    cr_assert(redis_client_call(client, arguments, 3, &reply), "%s", redis_client_reason(client));
    redis_reply_free(reply);
}

static void remove_piece(const struct digest *digest)
{
    char key[REDIS_KEY_BYTES];
    const struct slice arguments[] = {SLICE("DEL"), {key, redis_keys_piece(&keys, digest, key)}};
    struct redis_reply *reply;
    cr_assert(redis_client_call(client, arguments, 2, &reply), "%s", redis_client_reason(client));
    redis_reply_free(reply);
}

static bool keep(void *context, const struct digest *digest, struct slice piece)
{
    (void)context;
    set_piece(digest, piece);
    return true;
}

struct file {
    const char *name;
    struct slice bytes;
};

static struct blob put(struct slice bytes)
{
    struct blob blob;
    cr_assert(blob_write(bytes.at, bytes.length, keep, NULL, &blob));
    return blob;
}

/* The bytes of a manifest of the files, which are in Redis then. */
static struct text manifest_of(const struct file *files, uint32_t count)
{
    struct text text;
    text_init(&text, manifest_bytes_max);
    for (uint32_t i = 0; i < count; i++) {
        manifest_append(&text, &(struct manifest_entry){slice_of(files[i].name), put(files[i].bytes)});
    }
    return text;
}

static struct root publish(const struct file *files, uint32_t count)
{
    struct root root = {.release = 42, .policies = count};
    struct text manifest = manifest_of(files, count);
    for (uint32_t i = 0; i < count; i++) {
        root.document_bytes += files[i].bytes.length;
    }
    root.manifest = put(text_slice(&manifest));
    text_clear(&manifest);
    return root;
}

#define PUBLISH(files) publish(files, sizeof(files) / sizeof((files)[0]))

/* Fetching */

static void begin(const struct root *root, const struct manifest *held)
{
    const struct slice none[2] = {{.at = NULL}, {.at = NULL}};
    cr_assert(fetch_begin(&fetch, root, &keys, &shelf, held, none));
}

static enum fetch_progress go_on(void)
{
    enum fetch_progress progress = FETCH_GOES_ON;
    for (int i = 0; i < STEPS_MAX && progress == FETCH_GOES_ON; i++) {
        progress = fetch_step(&fetch, client);
    }
    return progress;
}

static void assert_documents(const struct file *files, uint32_t count)
{
    cr_assert_eq(documents.count, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct document *document = &documents.items[i];
        cr_expect_str_eq(document->name, files[i].name);
        cr_expect(slice_equals((struct slice){document->bytes, (uint32_t)document->length}, files[i].bytes));
    }
}

static void assert_fetched(const struct file *files, uint32_t count)
{
    cr_assert_eq(go_on(), FETCH_COMPLETE, "%s", fetch.reason);
    cr_assert(fetch_hand_out(&fetch, &documents));
    assert_documents(files, count);
}

#define ASSERT_FETCHED(files) assert_fetched(files, sizeof(files) / sizeof((files)[0]))

/* Many pieces: numbers, a line each. */
static char *long_text(void)
{
    char *text = malloc(LONG_BYTES + 16);
    size_t length = 0;
    for (unsigned i = 0; length < LONG_BYTES; i++) {
        length += (size_t)snprintf(text + length, 16, "%u\n", i * 2654435761u);
    }
    return text;
}

Test(fetch, a_release_arrives_as_it_was_published)
{
    char *text = long_text();
    const struct file files[] = {
        {"a.json", SLICE("{\"id\":\"a\"}")}, {"b.json", SLICE("")}, {"c.json", slice_of(text)}};
    struct root root = PUBLISH(files);
    begin(&root, NULL);
    ASSERT_FETCHED(files);
    cr_expect_eq(fetch.pieces_held, 0);
    free(text);
}

Test(fetch, an_empty_release_is_one)
{
    struct root root = publish(NULL, 0);
    begin(&root, NULL);
    assert_fetched(NULL, 0);
}

Test(fetch, what_stands_on_the_shelf_is_not_asked_for)
{
    const struct file files[] = {{"a.json", SLICE("held")}, {"b.json", SLICE("new")}};
    struct root root = PUBLISH(files);
    struct digest held = put(SLICE("held")).digest;
    remove_piece(&held);
    cr_assert(shelf_put(&shelf, &held, strdup("held"), 4));
    begin(&root, NULL);
    ASSERT_FETCHED(files);
    cr_expect_eq(fetch.pieces_fetched, 2); /* the manifest, and what is new */
}

Test(fetch, a_document_of_two_names_is_lent_once_and_copied_once)
{
    const struct file files[] = {{"a.json", SLICE("twice")}, {"b.json", SLICE("twice")}};
    struct root root = PUBLISH(files);
    struct digest held = put(SLICE("twice")).digest;
    cr_assert(shelf_put(&shelf, &held, strdup("twice"), 5));
    begin(&root, NULL);
    ASSERT_FETCHED(files);
    cr_expect_neq(documents.items[0].bytes, documents.items[1].bytes);
}

Test(fetch, of_an_edited_document_only_what_is_new_is_asked_for)
{
    char *text = long_text();
    const struct file before[] = {{"a.json", slice_of(text)}};
    struct text bytes = manifest_of(before, 1);
    struct manifest held;
    const char *reason;
    struct blob blob = put(slice_of(text));
    cr_assert(shelf_put(&shelf, &blob.digest, strdup(text), strlen(text)));
    cr_assert(manifest_decode(bytes.bytes, bytes.length, &held, &reason));
    text[LONG_BYTES / 2] = 'x';
    const struct file after[] = {{"a.json", slice_of(text)}};
    struct root root = PUBLISH(after);
    begin(&root, &held);
    ASSERT_FETCHED(after);
    cr_expect_leq(fetch.pieces_fetched, 6, "%u", fetch.pieces_fetched);
    cr_expect_geq(fetch.pieces_held, 20, "%u", fetch.pieces_held);
    manifest_clear(&held);
    free(text);
}

Test(fetch, a_missing_piece_is_named_and_what_arrived_stays)
{
    const struct file files[] = {{"a.json", SLICE("first")}, {"b.json", SLICE("second")}};
    struct root root = PUBLISH(files);
    struct digest digest = put(SLICE("second")).digest;
    char hex[DIGEST_HEX_LENGTH + 1], expected[128];
    digest_to_hex(&digest, hex);
    snprintf(expected, sizeof(expected), "release 42: piece %s is missing", hex);
    remove_piece(&digest);
    begin(&root, NULL);
    cr_assert_eq(go_on(), FETCH_FAILED);
    cr_expect_str_eq(fetch.reason, expected);
    put(SLICE("second"));
    ASSERT_FETCHED(files);
    cr_expect_eq(fetch.pieces_fetched, 3);
}

Test(fetch, a_piece_of_another_content_is_a_failure_that_may_pass)
{
    const struct file files[] = {{"a.json", SLICE("right")}};
    struct root root = PUBLISH(files);
    struct digest digest = put(SLICE("right")).digest;
    set_piece(&digest, SLICE("Dwrong"));
    begin(&root, NULL);
    cr_assert_eq(go_on(), FETCH_FAILED);
    cr_expect(strstr(fetch.reason, "has another content than its name says") != NULL, "%s", fetch.reason);
    put(SLICE("right"));
    ASSERT_FETCHED(files);
}

Test(fetch, a_manifest_that_is_none_or_not_the_roots_is_refused)
{
    struct root root = {.release = 42, .policies = 1, .manifest = put(SLICE("no manifest"))};
    begin(&root, NULL);
    cr_assert_eq(go_on(), FETCH_REFUSED);
    cr_expect_str_eq(fetch.reason, "manifest: ends within an entry");
    fetch_clear(&fetch);
    const struct file files[] = {{"a.json", SLICE("one")}};
    root = PUBLISH(files);
    root.policies = 2;
    begin(&root, NULL);
    cr_assert_eq(go_on(), FETCH_REFUSED);
    cr_expect_str_eq(fetch.reason, "manifest: has other counts than the root says");
}

Test(fetch, a_Redis_that_is_gone_is_a_failure_in_its_own_words)
{
    const struct file files[] = {{"a.json", SLICE("one")}};
    struct root root = PUBLISH(files);
    begin(&root, NULL);
    real_redis_stop(&redis);
    redis.process = 0;
    cr_assert_eq(go_on(), FETCH_FAILED);
    cr_expect(strstr(fetch.reason, "127.0.0.1") != NULL, "%s", fetch.reason);
}
