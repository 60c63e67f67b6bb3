#include "service/listener.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct address any_port(void)
{
    struct address address;
    cr_assert(address_parse(SLICE("127.0.0.1:0"), &address));
    return address;
}

Test(listener, all_sockets_share_the_port_that_the_first_was_given)
{
    struct listener listener;
    struct address address = any_port();
    cr_assert(listener_open(&listener, &address, 3));
    cr_assert_eq(listener.count, 3);
    for (uint32_t i = 0; i < listener.count; i++) {
        struct sockaddr_storage bound;
        socklen_t length = sizeof(bound);
        char text[ADDRESS_TEXT_BYTES];
        cr_assert_eq(getsockname(listener.sockets[i], (struct sockaddr *)&bound, &length), 0);
        address_format((struct sockaddr *)&bound, text);
        cr_expect_str_eq(text, listener.text);
    }
    listener_close(&listener);
}

Test(listener, an_address_that_is_taken_is_refused)
{
    struct listener first, second;
    struct address address = any_port();
    cr_assert(listener_open(&first, &address, 2));
    cr_assert(address_parse(slice_of(first.text), &address));
    cr_expect_not(listener_open(&second, &address, 2));
    cr_expect_eq(errno, EADDRINUSE);
    listener_close(&first);
}

Test(listener, a_socket_that_was_taken_over_is_not_closed)
{
    struct listener listener;
    struct address address = any_port();
    cr_assert(listener_open(&listener, &address, 1));
    int fd = listener_take(&listener, 0);
    listener_close(&listener);
    cr_assert_eq(close(fd), 0);
}

Test(listener, the_file_limit_is_raised_and_never_lowered)
{
    struct rlimit limit;
    uint64_t allowed = listener_raise_file_limit(8);
    getrlimit(RLIMIT_NOFILE, &limit);
    cr_expect_eq(allowed, limit.rlim_cur);
    cr_expect_geq(listener_raise_file_limit(limit.rlim_cur + 1), limit.rlim_cur);
}
