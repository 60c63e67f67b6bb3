#include "service/http_linger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/http_loop.h"
#include "service/http_problem.h"

enum {
    GULP_BYTES = 16 * 1024, /* dropped in the kernel, so it costs little */
    GULPS = 64,             /* a turn and socket */
    ANSWER_BYTES_MAX = 1024,
};

void http_linger_init(struct http_linger *linger)
{
    linger->epoll = -1;
    linger->count = 0;
}

static void end(struct http_linger *linger, uint32_t index)
{
    close(linger->sockets[index].socket); /* leaves the epoll set with it: it is the last of its description */
    linger->sockets[index] = linger->sockets[--linger->count];
}

void http_linger_clear(struct http_linger *linger)
{
    while (linger->count > 0) {
        end(linger, linger->count - 1);
    }
    if (linger->epoll >= 0) {
        close(linger->epoll);
        linger->epoll = -1;
    }
}

void http_linger_say(int socket, struct http_fault fault)
{
    struct text body;
    char answer[ANSWER_BYTES_MAX];
    text_init(&body, ANSWER_BYTES_MAX / 2);
    http_problem_append(&body, fault.status, fault.detail, NULL);
    int length = snprintf(answer, sizeof(answer),
                          "HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\nConnection: close\r\n%s"
                          "Content-Length: %zu\r\n\r\n%.*s",
                          fault.status, http_problem_title(fault.status),
                          fault.status == 503 ? "Retry-After: 1\r\n" : "", body.length, (int)body.length, body.bytes);
    if (!body.failed && length > 0 && length < (int)sizeof(answer)) {
        send(socket, answer, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL); /* best effort: it is closed anyway */
    }
    text_clear(&body);
}

void http_linger_begin(struct http_loop *loop, int socket)
{
    struct http_linger *linger = &loop->linger;
    if (linger->count == HTTP_LINGER_MAX) {
        return;
    }
    if (linger->epoll < 0 && (linger->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) {
        return;
    }
    int kept = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP};
    if (kept < 0 || shutdown(kept, SHUT_WR) != 0 || epoll_ctl(linger->epoll, EPOLL_CTL_ADD, kept, &event) != 0) {
        if (kept >= 0) {
            close(kept);
        }
        return;
    }
    linger->sockets[linger->count++] = (struct http_lingering){
        .socket = kept,
        .until_ms = loop->turn_ms + loop->config->limits.body_timeout_ms,
        .rest_bytes = loop->config->limits.drain_max_bytes,
    };
}

/* True when it is over: the client's end, an error, or too much. */
static bool drop(struct http_loop *loop, struct http_lingering *lingering)
{
    char unused[GULP_BYTES]; /* MSG_TRUNC copies nothing here; a NULL of that length would do, but not to a sanitizer */
    for (unsigned i = 0; i < GULPS; i++) {
        ssize_t bytes = recv(lingering->socket, unused, sizeof(unused), MSG_TRUNC | MSG_DONTWAIT);
        if (bytes <= 0) {
            return bytes == 0 || (errno != EAGAIN && errno != EINTR);
        }
        counter_add(&loop->metrics.bodies_drained_bytes, (uint64_t)bytes);
        if ((uint64_t)bytes > lingering->rest_bytes) {
            return true;
        }
        lingering->rest_bytes -= (uint64_t)bytes;
    }
    return false;
}

void http_linger_run(struct http_loop *loop)
{
    struct http_linger *linger = &loop->linger;
    int64_t now_ms = loop->turn_ms;
    for (uint32_t i = linger->count; i-- > 0;) {
        if (drop(loop, &linger->sockets[i]) || now_ms >= linger->sockets[i].until_ms) {
            end(linger, i);
        }
    }
}
