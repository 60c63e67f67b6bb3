#include "cache/redis_dial.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cache/redis_link.h"
#include "redis_claims.h"

enum { LONG_MS = 5000, SHORT_MS = 300 };

TestSuite(redis_dial, .init = ignore_pipes, .timeout = 60);

Test(redis_dial, a_socket_is_closed_on_exec_sends_at_once_and_probes)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_link *link = link_to(server);
    int descriptor = redis_link_descriptor(link), no_delay = 0, keep_alive = 0;
    socklen_t length = sizeof(no_delay);
    cr_expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    cr_expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK);
    cr_assert_eq(getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
    cr_assert_eq(getsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &keep_alive, &length), 0);
    cr_expect(no_delay);
    cr_expect(keep_alive);
    redis_link_close(link);
    scripted_server_close(server);
}

Test(redis_dial, nobody_there_is_told)
{
    struct redis_endpoint endpoint = scripted_server_nobody();
    struct redis_link_options options = link_options_to(&endpoint);
    struct redis_link_failure failure = link_is_refused(&options, LONG_MS);
    cr_expect_eq(failure.fault, REDIS_FAULT_DOWN);
    cr_expect_str_eq(failure.reason, "cannot be reached: Connection refused");
}

Test(redis_dial, a_name_that_nobody_bears_is_told)
{
    struct redis_endpoint endpoint = {.host = "no-such-host.invalid", .port = 1};
    struct redis_link_options options = link_options_to(&endpoint);
    struct redis_link_failure failure = {0};
    cr_assert_null(
        redis_link_open(&options, redis_link_now_ms() + LONG_MS, &failure)); /* the resolver takes its time */
    cr_expect(strstr(failure.reason, "the name cannot be resolved: ") == failure.reason, "%s", failure.reason);
}

Test(redis_dial, a_name_of_two_addresses_leads_to_the_one_that_answers)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    snprintf(endpoint.host, sizeof(endpoint.host), "localhost");
    struct redis_link_options options = link_options_to(&endpoint);
    struct redis_link_failure failure = {0};
    struct redis_link *link = redis_link_open(&options, redis_link_now_ms() + LONG_MS, &failure);
    cr_assert(link != NULL, "%s", failure.reason);
    redis_link_close(link);
    scripted_server_close(server);
}

static bool has_v6(void)
{
    int descriptor = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool has = descriptor >= 0 && bind(descriptor, (struct sockaddr *)&loopback, sizeof(loopback)) == 0;
    if (descriptor >= 0) {
        close(descriptor);
    }
    return has;
}

Test(redis_dial, ipv6_addresses_are_dialed)
{
    if (!has_v6()) {
        cr_skip_test("this machine has no ::1");
    }
    struct scripted_server *server = scripted_server_open_v6(NULL, 0);
    struct redis_link *link = link_to(server);
    redis_link_close(link);
    scripted_server_close(server);
}

Test(redis_dial, each_attempt_gets_its_part_of_the_time_and_the_last_one_all_that_is_left)
{
    int64_t now_ms = redis_link_now_ms(), deadline_ms = now_ms + 3600 * 1000;
    int64_t first_ms = redis_dial_attempt_end_ms(deadline_ms, 3) - now_ms;
    cr_expect(first_ms >= 1200 * 1000 && first_ms < 1260 * 1000, "%lld", (long long)first_ms);
    cr_expect_eq(redis_dial_attempt_end_ms(deadline_ms, 1), deadline_ms);
}

Test(redis_dial, what_is_left_is_what_poll_can_be_told)
{
    int64_t now_ms = redis_link_now_ms();
    int left_ms = redis_dial_left_ms(now_ms + 3600 * 1000);
    cr_expect(left_ms > 3540 * 1000 && left_ms <= 3600 * 1000, "%d", left_ms);
    cr_expect_eq(redis_dial_left_ms(now_ms - 1), 0);
    cr_expect_eq(redis_dial_left_ms(INT64_MAX), INT_MAX);
}
