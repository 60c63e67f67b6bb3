#include "service/http_knock.h"

#include <microhttpd.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/http_loop.h"

static bool does_somebody_wait(const struct http_loop *loop)
{
    struct pollfd door = {
        .fd = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd,
        .events = POLLIN,
    };
    return poll(&door, 1, 0) > 0 && (door.revents & POLLIN) != 0;
}

/* Refused ones were let in far enough. */
static uint64_t count_let_in(const struct http_loop *loop)
{
    return counter_read(&loop->metrics.connections_opened) + counter_read(&loop->metrics.refused_limit) +
           counter_read(&loop->metrics.refused_memory);
}

/* The library owns what it is given, whether or not it takes it. */
static void knock(struct http_loop *loop)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
        return;
    }
    close(pair[1]);
    const struct sockaddr nobody = {.sa_family = AF_UNIX};
    loop->knock.is_ours = true;
    MHD_add_connection(loop->daemon, pair[0], &nobody, sizeof(nobody));
    loop->knock.is_ours = false;
}

void http_knock_run(struct http_loop *loop)
{
    struct http_knock *state = &loop->knock;
    if (loop->is_closing || (loop->connection_count > 0 && loop->turn_ms < state->looked_ms + HTTP_KNOCK_LOOK_MS)) {
        return;
    }
    bool had_waited = state->has_waited;
    uint64_t had_let_in = state->let_in;
    state->looked_ms = loop->turn_ms;
    state->has_waited = does_somebody_wait(loop);
    state->let_in = count_let_in(loop);
    if (!state->has_waited || !had_waited || state->let_in != had_let_in) {
        return;
    }
    if (loop->connection_count == 0) {
        poll(NULL, 0, HTTP_KNOCK_PAUSE_MS);
    } else {
        knock(loop);
    }
}
