#include "cache/redis_link.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "redis_claims.h"

enum { LONG_MS = 5000, SHORT_MS = 300 };

TestSuite(redis_link, .init = ignore_pipes, .timeout = 60);

static bool ask(struct redis_link *link, int64_t timeout_ms, struct redis_reply **ret_reply)
{
    const struct slice arguments[] = {SLICE("GET"), SLICE("key")};
    return redis_link_send(link, arguments, 2) && redis_link_receive(link, redis_link_now_ms() + timeout_ms, ret_reply);
}

/* The reply to GET when the server says these bytes. */
static struct redis_reply *reply_to(const struct scripted_rule *rule)
{
    struct scripted_server *server = scripted_server_open(rule, 1);
    struct redis_link *link = link_to(server);
    struct redis_reply *reply = NULL;
    cr_assert(ask(link, LONG_MS, &reply), "%s", redis_link_reason(link));
    cr_expect_str_eq(redis_link_reason(link), "");
    redis_link_close(link);
    scripted_server_close(server);
    return reply;
}

static struct redis_reply *reply_of(const char *bytes)
{
    return reply_to(&(struct scripted_rule){.on = "GET", .say = bytes});
}

/* Why a GET fails under the rule; within the time, and for good. */
static const char *failure_of(const struct scripted_rule *rule, int64_t timeout_ms)
{
    static char reason[REDIS_LINK_REASON_BYTES];
    struct scripted_server *server = scripted_server_open(rule, 1);
    struct redis_link *link = link_to(server);
    struct redis_reply *reply = NULL;
    int64_t begin_ms = redis_link_now_ms();
    cr_assert_not(ask(link, timeout_ms, &reply));
    cr_expect_leq(redis_link_now_ms() - begin_ms, timeout_ms + CLAIM_TOLERANCE_MS);
    cr_expect_null(reply);
    snprintf(reason, sizeof(reason), "%s", redis_link_reason(link));
    cr_expect_not(redis_link_receive(link, redis_link_now_ms() + timeout_ms, &reply), "a dead link stays dead");
    redis_link_close(link);
    scripted_server_close(server);
    return reason;
}

static void assert_failure(const char *bytes, const char *reason)
{
    const char *found = failure_of(&(struct scripted_rule){.on = "GET", .say = bytes}, LONG_MS);
    cr_expect(strstr(found, reason) != NULL, "%s: %s", bytes, found);
}

/* Replies */

Test(redis_link, every_kind_of_reply_is_read)
{
    static const struct {
        const char *bytes;
        enum redis_reply_kind kind;
        const char *text;
        int64_t integer;
    } rows[] = {
        {"+OK\r\n", REDIS_REPLY_STRING, "OK", 0},
        {"$5\r\nhello\r\n", REDIS_REPLY_STRING, "hello", 0},
        {"$0\r\n\r\n", REDIS_REPLY_STRING, "", 0},
        {"$-1\r\n", REDIS_REPLY_NIL, "", 0},
        {"*-1\r\n", REDIS_REPLY_NIL, "", 0},
        {":-42\r\n", REDIS_REPLY_INTEGER, "", -42},
        {"-ERR no\r\n", REDIS_REPLY_FAULT, "ERR no", 0},
        {"*0\r\n", REDIS_REPLY_LIST, "", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_reply *reply = reply_of(rows[i].bytes);
        cr_expect_eq(redis_reply_kind(reply), rows[i].kind, "%s", rows[i].bytes);
        cr_expect(slice_equals(redis_reply_text(reply), slice_of(rows[i].text)), "%s", rows[i].bytes);
        cr_expect_eq(redis_reply_integer(reply), rows[i].integer);
        cr_expect_eq(redis_reply_count(reply), 0);
        redis_reply_free(reply);
    }
    redis_reply_free(NULL);
}

Test(redis_link, a_list_has_its_items)
{
    struct redis_reply *reply = reply_of("*3\r\n$1\r\na\r\n$-1\r\n*1\r\n:7\r\n");
    cr_assert_eq(redis_reply_count(reply), 3);
    cr_expect(slice_equals(redis_reply_text(redis_reply_item(reply, 0)), SLICE("a")));
    cr_expect_eq(redis_reply_kind(redis_reply_item(reply, 1)), REDIS_REPLY_NIL);
    cr_expect_eq(redis_reply_integer(redis_reply_item(redis_reply_item(reply, 2), 0)), 7);
    redis_reply_free(reply);
}

Test(redis_link, replies_come_in_the_order_of_the_commands_and_bytes_are_counted)
{
    static const struct scripted_rule rules[] = {{.on = "GET a", .say = "$1\r\n1\r\n"},
                                                 {.on = "GET b", .say = "$1\r\n2\r\n"}};
    struct scripted_server *server = scripted_server_open(RULES(rules));
    struct redis_link *link = link_to(server);
    const struct slice a[] = {SLICE("GET"), SLICE("a")}, b[] = {SLICE("GET"), SLICE("b")};
    struct redis_reply *first, *second;
    int64_t deadline_ms = redis_link_now_ms() + LONG_MS;
    cr_assert(redis_link_send(link, a, 2) && redis_link_send(link, b, 2));
    cr_assert(redis_link_receive(link, deadline_ms, &first) && redis_link_receive(link, deadline_ms, &second));
    cr_expect(slice_equals(redis_reply_text(first), SLICE("1")));
    cr_expect(slice_equals(redis_reply_text(second), SLICE("2")));
    cr_expect_eq(redis_link_bytes_in(link), 2 * strlen("$1\r\n1\r\n"));
    cr_expect_eq(redis_link_bytes_out(link), 2 * strlen("*2\r\n$3\r\nGET\r\n$1\r\na\r\n"));
    redis_reply_free(first);
    redis_reply_free(second);
    redis_link_close(link);
    scripted_server_close(server);
}

Test(redis_link, arguments_may_hold_any_byte_and_more_than_the_socket_takes_at_once)
{
    enum { COMMANDS = 64, VALUE_BYTES = 60000 };
    static char value[VALUE_BYTES]; /* zeros: what is left of a command may begin with one */
    static const struct scripted_rule slow[] = {{.on = "SET", .say = "+OK\r\n", .delay_ms = 1}};
    struct scripted_server *server = scripted_server_open(RULES(slow));
    struct redis_link *link = link_to(server);
    const struct slice set[] = {SLICE("SET"), SLICE("key"), {value, sizeof(value)}};
    for (int i = 0; i < COMMANDS; i++) {
        cr_assert(redis_link_send(link, set, 3));
    }
    int64_t deadline_ms = redis_link_now_ms() + 4 * LONG_MS;
    for (int i = 0; i < COMMANDS; i++) {
        struct redis_reply *reply = NULL;
        cr_assert(redis_link_receive(link, deadline_ms, &reply), "%d: %s", i, redis_link_reason(link));
        redis_reply_free(reply);
    }
    redis_link_close(link);
    scripted_server_close(server);
}

/* Ceilings */

Test(redis_link, a_reply_stands_on_its_ceiling_and_not_past_it)
{
    enum { FRAMING = sizeof("$66550\r\n\r\n") - 1, CONTENT = REDIS_LINK_REPLY_BYTES_MAX - FRAMING };
    char header[16];
    struct scripted_rule rule = {.on = "GET", .say = header, .padding = CONTENT, .tail = "\r\n"};
    snprintf(header, sizeof(header), "$%d\r\n", CONTENT);
    struct redis_reply *reply = reply_to(&rule);
    cr_expect_eq(redis_reply_text(reply).length, CONTENT);
    redis_reply_free(reply);
    rule.padding = CONTENT + 1;
    snprintf(header, sizeof(header), "$%d\r\n", CONTENT + 1);
    cr_expect_str_eq(failure_of(&rule, LONG_MS), "sends a reply of more than 64 KiB");
}

Test(redis_link, many_replies_together_may_be_larger_than_one)
{
    enum { COMMANDS = 8, CONTENT = 60000 };
    static const struct scripted_rule rules[] = {
        {.on = "GET", .say = "$60000\r\n", .padding = CONTENT, .tail = "\r\n"}};
    struct scripted_server *server = scripted_server_open(RULES(rules));
    struct redis_link *link = link_to(server);
    const struct slice get[] = {SLICE("GET"), SLICE("key")};
    for (int i = 0; i < COMMANDS; i++) {
        cr_assert(redis_link_send(link, get, 2));
    }
    for (int i = 0; i < COMMANDS; i++) {
        struct redis_reply *reply = NULL;
        cr_assert(redis_link_receive(link, redis_link_now_ms() + LONG_MS, &reply), "%s", redis_link_reason(link));
        cr_expect_eq(redis_reply_text(reply).length, CONTENT);
        redis_reply_free(reply);
    }
    cr_expect(redis_link_is_quiet(link));
    redis_link_close(link);
    scripted_server_close(server);
}

Test(redis_link, an_array_stands_on_its_ceiling_and_not_past_it)
{
    char bytes[8 + 4 * (REDIS_LINK_ITEMS_MAX + 1) + 1];
    for (int count = REDIS_LINK_ITEMS_MAX; count <= REDIS_LINK_ITEMS_MAX + 1; count++) {
        int length = snprintf(bytes, sizeof(bytes), "*%d\r\n", count);
        for (int i = 0; i < count; i++) {
            length += snprintf(bytes + length, sizeof(bytes) - (size_t)length, ":1\r\n");
        }
        if (count > REDIS_LINK_ITEMS_MAX) {
            assert_failure(bytes, "array of more than 1024 items");
            return;
        }
        struct redis_reply *reply = reply_of(bytes);
        cr_expect_eq(redis_reply_count(reply), REDIS_LINK_ITEMS_MAX);
        redis_reply_free(reply);
    }
}

Test(redis_link, a_promise_of_a_huge_array_costs_no_memory)
{
    assert_failure("*2147483647\r\n", "array of more than 1024 items");
    assert_failure("*1\r\n*2000000000\r\n", "array of more than 1024 items");
    assert_failure("*99999999999999999999\r\n", "broke the protocol");
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    cr_expect_lt(usage.ru_maxrss, 1024 * 1024, "%ld KiB", usage.ru_maxrss);
}

Test(redis_link, a_promise_of_a_huge_string_is_believed_for_64_KiB)
{
    struct scripted_rule rule = {.on = "GET", .say = "$99999999999\r\n", .padding = 64 << 20};
    cr_expect_str_eq(failure_of(&rule, LONG_MS), "sends a reply of more than 64 KiB");
    rule.say = "+";
    cr_expect_str_eq(failure_of(&rule, LONG_MS), "sends a reply of more than 64 KiB");
}

Test(redis_link, arrays_in_arrays_stand_on_their_ceiling_and_not_past_it)
{
    struct redis_reply *reply = reply_of("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:7\r\n");
    const struct redis_reply *item = reply;
    for (int depth = 0; depth < REDIS_LINK_DEPTH_MAX; depth++) {
        cr_assert_eq(redis_reply_count(item), 1);
        item = redis_reply_item(item, 0);
    }
    cr_expect_eq(redis_reply_integer(item), 7);
    redis_reply_free(reply);
    assert_failure("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:8\r\n", "broke the protocol");
}

Test(redis_link, what_is_not_resp2_is_refused)
{
    assert_failure("HTTP/1.1 400 Bad Request\r\n\r\n", "broke the protocol");
    assert_failure("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
                   "broke the protocol");
    assert_failure("$-7\r\n", "broke the protocol");
    assert_failure("$99999999999999999999\r\n", "broke the protocol");
    assert_failure(":twelve\r\n", "broke the protocol");
}

Test(redis_link, what_is_of_resp3_is_refused)
{
    static const char *const frames[] = {
        "%1\r\n+server\r\n+redis\r\n", "~1\r\n+a\r\n",    ">2\r\n+invalidate\r\n+x\r\n", "#t\r\n", ",3.14\r\n",
        "(12345678901234567890\r\n",   "=5\r\ntxt:x\r\n",
    };
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        assert_failure(frames[i], "broke the protocol");
    }
}

/* Time */

Test(redis_link, silence_ends_at_the_deadline)
{
    const struct scripted_rule rule = {.on = "GET", .say = ""};
    cr_expect_str_eq(failure_of(&rule, SHORT_MS), "does not answer in time");
}

Test(redis_link, a_drip_ends_at_the_deadline)
{
    const struct scripted_rule rule = {.on = "GET", .say = "$20\r\n01234567890123456789\r\n", .drip_ms = 100};
    int64_t begin_ms = redis_link_now_ms();
    cr_expect_str_eq(failure_of(&rule, 2 * SHORT_MS), "does not answer in time");
    cr_expect_geq(redis_link_now_ms() - begin_ms, 2 * SHORT_MS, "and not before");
}

static void be_interrupted(int number)
{
    (void)number;
}

Test(redis_link, signals_neither_break_nor_lengthen_the_wait)
{
    struct itimerval often = {.it_interval.tv_usec = 10000, .it_value.tv_usec = 10000};
    struct sigaction action = {.sa_handler = be_interrupted}; /* no SA_RESTART */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    const struct scripted_rule silent = {.on = "GET", .say = ""};
    cr_expect_str_eq(failure_of(&silent, SHORT_MS), "does not answer in time");
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
}

Test(redis_link, a_deadline_that_is_over_is_over_at_once)
{
    const struct scripted_rule rule = {.on = "GET", .say = ""};
    cr_expect_str_eq(failure_of(&rule, -1), "does not answer in time");
}

/* Ends */

Test(redis_link, half_a_reply_is_no_reply)
{
    const struct scripted_rule rule = {.on = "GET", .say = "$5\r\nhel", .then = SCRIPTED_CLOSE};
    cr_expect_str_eq(failure_of(&rule, LONG_MS), "closed the connection");
}

Test(redis_link, a_reset_is_told)
{
    const struct scripted_rule rule = {.on = "GET", .say = "$5\r\nhel", .then = SCRIPTED_RESET};
    cr_expect_str_eq(failure_of(&rule, LONG_MS), "Connection reset by peer");
}

Test(redis_link, it_is_quiet_until_something_arrives)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_link *link = link_to(server);
    struct redis_reply *reply;
    cr_assert(ask(link, LONG_MS, &reply));
    redis_reply_free(reply);
    cr_expect(redis_link_is_quiet(link));
    scripted_server_shout(server, "+UNASKED\r\n");
    struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < LONG_MS && redis_link_is_quiet(link); i++) {
        nanosleep(&moment, NULL);
    }
    cr_expect_not(redis_link_is_quiet(link));
    redis_link_close(link);
    scripted_server_close(server);
}

Test(redis_link, a_reply_too_many_that_came_along_is_seen)
{
    static const struct scripted_rule rules[] = {{.on = "GET", .say = "+ONE\r\n+TWO\r\n"}};
    struct scripted_server *server = scripted_server_open(RULES(rules));
    struct redis_link *link = link_to(server);
    struct redis_reply *reply;
    cr_assert(ask(link, LONG_MS, &reply));
    redis_reply_free(reply);
    cr_expect(redis_link_has_more(link));
    cr_expect_not(redis_link_is_quiet(link));
    redis_link_close(link);
    scripted_server_close(server);
}

Test(redis_link, a_server_that_has_gone_is_not_quiet)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_link *link = link_to(server);
    struct redis_reply *reply;
    cr_assert(ask(link, LONG_MS, &reply));
    redis_reply_free(reply);
    scripted_server_close(server);
    cr_expect_not(redis_link_is_quiet(link));
    cr_expect_not(ask(link, SHORT_MS, &reply));
    redis_link_close(link);
    redis_link_close(NULL);
}
