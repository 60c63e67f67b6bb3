#include "cache/redis_dial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cache/redis_link.h"

int64_t redis_dial_attempt_end_ms(int64_t deadline_ms, uint32_t left)
{
    int64_t now_ms = redis_link_now_ms();
    return now_ms + (deadline_ms - now_ms) / left;
}

int redis_dial_left_ms(int64_t deadline_ms)
{
    int64_t left_ms = deadline_ms - redis_link_now_ms();
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

bool redis_dial_wait(int descriptor, short events, int64_t deadline_ms)
{
    for (;;) {
        struct pollfd waiting = {.fd = descriptor, .events = events};
        int ready = poll(&waiting, 1, redis_dial_left_ms(deadline_ms));
        if (ready > 0) {
            return true;
        }
        if (ready == 0 || errno != EINTR) {
            return false;
        }
    }
}

/* Best effort: a connection without them works. */
static void tune(int descriptor)
{
    const struct {
        int level, option, value;
    } rows[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
                {SOL_SOCKET, SO_KEEPALIVE, 1},
                {IPPROTO_TCP, TCP_KEEPIDLE, 15},
                {IPPROTO_TCP, TCP_KEEPINTVL, 5},
                {IPPROTO_TCP, TCP_KEEPCNT, 3}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        setsockopt(descriptor, rows[i].level, rows[i].option, &rows[i].value, sizeof(rows[i].value));
    }
}

/* 0, or the errno. */
static int connect_by(int descriptor, const struct addrinfo *address, int64_t deadline_ms)
{
    if (connect(descriptor, address->ai_addr, address->ai_addrlen) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS && errno != EINTR) {
        return errno;
    }
    if (!redis_dial_wait(descriptor, POLLOUT, deadline_ms)) {
        return ETIMEDOUT;
    }
    int error = 0;
    socklen_t length = sizeof(error);
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

static int dial_address(const struct addrinfo *address, int64_t deadline_ms, int *ret_error)
{
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (descriptor < 0) {
        *ret_error = errno;
        return -1;
    }
    *ret_error = connect_by(descriptor, address, deadline_ms);
    if (*ret_error != 0) {
        close(descriptor);
        return -1;
    }
    tune(descriptor);
    return descriptor;
}

/* The first that takes us. */
static int dial_any(const struct addrinfo *addresses, int64_t deadline_ms, int *ret_error)
{
    uint32_t left = 0;
    int descriptor = -1;
    for (const struct addrinfo *address = addresses; address != NULL; address = address->ai_next) {
        left++;
    }
    for (const struct addrinfo *address = addresses; address != NULL && descriptor < 0; address = address->ai_next) {
        descriptor = dial_address(address, redis_dial_attempt_end_ms(deadline_ms, left--), ret_error);
    }
    return descriptor;
}

int redis_dial(const struct redis_endpoint *endpoint, int64_t deadline_ms, char *ret_reason, size_t reason_bytes)
{
    char port[8];
    snprintf(port, sizeof(port), "%u", endpoint->port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *addresses;
    int fault = getaddrinfo(endpoint->host, port, &hints, &addresses);
    if (fault != 0) {
        snprintf(ret_reason, reason_bytes, "the name cannot be resolved: %s", gai_strerror(fault));
        return -1;
    }
    int error = 0;
    int descriptor = dial_any(addresses, deadline_ms, &error);
    freeaddrinfo(addresses);
    if (descriptor < 0) {
        snprintf(ret_reason, reason_bytes, "cannot be reached: %s", strerror(error));
    }
    return descriptor;
}
