#include "cache/root_watch.h"

#include <criterion/criterion.h>
#include <poll.h>

#include "redis_claims.h"

/* Of the watch's time, which is an argument: nobody waits for it here. */
enum { POLL_MS = 1000, SPREAD_MS = 200, BACKOFF_MAX_MS = 5000 };

static const struct root_watch_pace pace = {POLL_MS, SPREAD_MS, BACKOFF_MAX_MS};

static struct scripted_server *server;
static struct redis_client *client;
static struct redis_keys keys;
static struct jitter jitter;
static struct root_watch watch;

static void start(void)
{
    ignore_pipes();
    server = scripted_server_open(NULL, 0);
    client = client_of(server);
    redis_keys_init(&keys, SLICE("main"));
    jitter_init(&jitter, 7);
    root_watch_init(&watch, client, &keys, &jitter);
    watch.command_timeout_ms = CLAIM_TIMEOUT_MS;
}

static void stop(void)
{
    root_watch_clear(&watch);
    redis_client_free(client);
    scripted_server_close(server);
}

TestSuite(root_watch, .init = start, .fini = stop, .timeout = 60);

static const struct scripted_rule first[] = {{.on = "GET", .say = "$5\r\nfirst\r\n"}};
static const struct scripted_rule second[] = {{.on = "GET", .say = "$6\r\nsecond\r\n"}};

static enum root_news check(int64_t now_ms)
{
    return root_watch_check(&watch, &pace, now_ms);
}

static void assert_said(const char *root)
{
    cr_expect(slice_equals((struct slice){watch.said.root, watch.said.root_length}, slice_of(root)), "%.*s",
              (int)watch.said.root_length, watch.said.root);
}

static void assert_due(int64_t from_ms, int64_t to_ms)
{
    cr_expect(watch.due_ms >= from_ms && watch.due_ms <= to_ms, "%lld", (long long)watch.due_ms);
}

static void assert_away(const char *words)
{
    cr_assert(watch.is_away);
    cr_expect(strstr(watch.reason, words) != NULL, "%s", watch.reason);
}

Test(root_watch, it_asks_at_once_and_then_when_a_poll_is_due)
{
    scripted_server_tell(server, RULES(first));
    cr_assert_eq(check(0), ROOT_OTHER);
    assert_said("first");
    assert_due(POLL_MS * 4 / 5, POLL_MS * 6 / 5);
    cr_expect_eq(check(watch.due_ms - 1), ROOT_SAME);
    cr_expect_eq(scripted_server_heard(server, "GET promogate:{main}:root"), 1);
    cr_expect_eq(check(watch.due_ms), ROOT_SAME);
    cr_expect_eq(scripted_server_heard(server, "GET promogate:{main}:root"), 2);
}

Test(root_watch, another_root_is_news_once)
{
    scripted_server_tell(server, RULES(first));
    check(0);
    scripted_server_tell(server, RULES(second));
    cr_expect_eq(check(watch.due_ms), ROOT_OTHER);
    assert_said("second");
    cr_expect_eq(check(watch.due_ms), ROOT_SAME);
}

Test(root_watch, without_a_root_nothing_can_be_said_about_releases)
{
    static const struct scripted_rule nil[] = {{.on = "GET", .say = "$-1\r\n"}};
    scripted_server_tell(server, RULES(first));
    check(0);
    scripted_server_tell(server, RULES(nil));
    cr_expect_eq(check(watch.due_ms), ROOT_SAME);
    assert_away("promogate:{main}:root does not exist");
    assert_said("first");
}

Test(root_watch, a_root_stands_on_its_ceiling_and_not_past_it)
{
    static const struct scripted_rule full[] = {{.on = "GET", .say = "$512\r\n", .padding = 512, .tail = "\r\n"}};
    static const struct scripted_rule past[] = {{.on = "GET", .say = "$513\r\n", .padding = 513, .tail = "\r\n"}};
    scripted_server_tell(server, RULES(full));
    cr_expect_eq(check(0), ROOT_OTHER);
    cr_expect_eq(watch.said.root_length, 512);
    scripted_server_tell(server, RULES(past));
    cr_expect_eq(check(watch.due_ms), ROOT_SAME);
    assert_away("promogate:{main}:root is no text of at most 512 bytes");
}

Test(root_watch, a_list_is_no_root)
{
    static const struct scripted_rule list[] = {{.on = "GET", .say = "*1\r\n$5\r\nfirst\r\n"}};
    scripted_server_tell(server, RULES(list));
    check(0);
    assert_away("is no text");
}

Test(root_watch, attempts_on_a_Redis_that_is_away_come_after_a_part_of_a_ceiling_that_doubles)
{
    static const struct scripted_rule denied[] = {{.on = "GET", .say = "-NOPERM no permissions\r\n"}};
    scripted_server_tell(server, RULES(denied));
    for (int64_t ceiling_ms = JITTER_BACKOFF_BASE_MS; ceiling_ms < 2 * BACKOFF_MAX_MS; ceiling_ms *= 2) {
        int64_t now_ms = watch.due_ms;
        cr_expect_eq(check(now_ms), ROOT_SAME);
        assert_away("refuses GET: NOPERM no permissions");
        assert_due(now_ms + 1, now_ms + (ceiling_ms < BACKOFF_MAX_MS ? ceiling_ms : BACKOFF_MAX_MS));
    }
    scripted_server_tell(server, RULES(first));
    cr_expect_eq(check(watch.due_ms), ROOT_OTHER);
    cr_expect_not(watch.is_away);
    cr_expect_eq(watch.failures, 0);
}

/* Hints */

#define CHANNEL "$26\r\npromogate:{main}:published\r\n"

static const struct scripted_rule announcing[] = {
    {.on = "GET", .say = "$5\r\nfirst\r\n"},
    {.on = "SUBSCRIBE", .say = "*3\r\n$9\r\nsubscribe\r\n" CHANNEL ":1\r\n"},
};

static void announce(void)
{
    scripted_server_shout(server, "*3\r\n$7\r\nmessage\r\n" CHANNEL "$2\r\n43\r\n");
    struct pollfd waiting = {.fd = hints_descriptor(&watch.hints), .events = POLLIN};
    cr_assert_eq(poll(&waiting, 1, 10000), 1);
}

Test(root_watch, a_hint_makes_the_poll_due_within_the_spread)
{
    scripted_server_tell(server, RULES(announcing));
    watch.has_hints = true;
    check(0);
    cr_assert_geq(hints_descriptor(&watch.hints), 0);
    announce();
    check(10);
    assert_due(10, 10 + SPREAD_MS);
    cr_expect_eq(watch.hints.heard, 1);
    int64_t due_ms = watch.due_ms;
    announce();
    check(10);
    cr_expect_eq(watch.due_ms, due_ms); /* another one changes nothing */
    check(due_ms);
    cr_expect_eq(scripted_server_heard(server, "GET"), 2);
}

Test(root_watch, what_hints_move_is_counted)
{
    struct redis_traffic traffic;
    scripted_server_tell(server, RULES(announcing));
    watch.has_hints = true;
    check(0);
    redis_meter_read(&watch.hints.meter, &traffic);
    uint64_t before = traffic.bytes_in;
    cr_expect_gt(traffic.bytes_out, 0);
    announce();
    check(10);
    redis_meter_read(&watch.hints.meter, &traffic);
    cr_expect_eq(traffic.bytes_in - before, strlen("*3\r\n$7\r\nmessage\r\n" CHANNEL "$2\r\n43\r\n"));
}

Test(root_watch, a_link_of_hints_that_ends_is_a_hint_and_opened_anew)
{
    scripted_server_tell(server, RULES(announcing));
    watch.has_hints = true;
    check(0);
    struct pollfd waiting = {.fd = hints_descriptor(&watch.hints), .events = POLLIN};
    scripted_server_hang_up(server);
    cr_assert_eq(poll(&waiting, 1, 10000), 1);
    check(10);
    assert_due(10, 10 + SPREAD_MS);
    cr_expect_eq(hints_descriptor(&watch.hints), -1);
    check(watch.due_ms);
    cr_expect_geq(hints_descriptor(&watch.hints), 0);
}

Test(root_watch, who_may_not_subscribe_polls_and_asks_again_later)
{
    static const struct scripted_rule denying[] = {{.on = "GET", .say = "$5\r\nfirst\r\n"},
                                                   {.on = "SUBSCRIBE", .say = "-NOPERM no\r\n"}};
    scripted_server_tell(server, RULES(denying));
    watch.has_hints = true;
    cr_expect_eq(check(0), ROOT_OTHER);
    cr_expect_not(watch.is_away);
    cr_expect_eq(hints_descriptor(&watch.hints), -1);
    check(watch.due_ms);
    cr_expect_eq(scripted_server_heard(server, "SUBSCRIBE"), 1);
    check(ROOT_WATCH_SUBSCRIBE_MS * 6 / 5);
    cr_expect_eq(scripted_server_heard(server, "SUBSCRIBE"), 2);
}
