#include "service/http_loop.h"

#include <assert.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/http_connection.h"
#include "service/http_request.h"

enum {
    POOL_BYTES = 8 * 1024, /* per connection: a head of HTTP_HEAD_BYTES_MAX and an answer's; zeroed for each request */
    TEXT_BYTES_MAX = 64 << 20, /* of one answer; a batch has a ceiling of its own */
    TEXT_KEPT_BYTES = 256 * 1024,
    REFUSALS_MAX = 16, /* a turn: said, not only closed */
};

static bool is_full(const struct http_loop *loop)
{
    return atomic_load_explicit(&loop->shared->connections, memory_order_relaxed) >= loop->shared->connections_max;
}

/*
 * At its own limit the library stops listening and clients hang; ours is met first. One past it gets a 503 of a few
 * bytes and its end; in a flood, more than REFUSALS_MAX in a turn, only its end.
 */
static enum MHD_Result accepts(void *cls, const struct sockaddr *address, socklen_t length)
{
    (void)address, (void)length;
    struct http_loop *loop = cls;
    if (!is_full(loop) || loop->knock.is_ours || loop->refused < REFUSALS_MAX) {
        return MHD_YES;
    }
    counter_add(&loop->metrics.refused_limit, 1);
    return MHD_NO;
}

/* The library sees the client's end, and closes. */
static void refuse_connection(struct http_loop *loop, struct MHD_Connection *library)
{
    loop->refused++;
    counter_add(&loop->metrics.refused_limit, 1);
    int socket = MHD_get_connection_info(library, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    http_linger_say(socket, (struct http_fault){503, "the gateway has as many connections as it may have"});
    shutdown(socket, SHUT_RDWR);
}

static void notice_connection(void *cls, struct MHD_Connection *library, void **context,
                              enum MHD_ConnectionNotificationCode code)
{
    const struct http_loop *loop = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED && loop->knock.is_ours) {
        return; /* nobody's: it is never counted, and has ended */
    }
    if (code == MHD_CONNECTION_NOTIFY_STARTED && is_full(loop)) {
        refuse_connection(cls, library);
    } else if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = http_connection_open(cls, library);
    } else if (*context != NULL) {
        http_connection_close(*context);
    }
}

/* Only libmicrohttpd 0.9 does. */
static bool library_keeps_places(void)
{
    return MHD_get_version()[0] == '0';
}

const char *http_loop_library_version(void)
{
    return MHD_get_version();
}

/*
 * Libmicrohttpd 1.0 unfolds headers where the guard cannot see it, and answers a blank in the target with a redirect;
 * strict, it refuses both. The guard sees all of it in 0.9, and answers better than the library.
 */
static int library_strictness(const struct http_loop *loop)
{
    return loop->keeps_places ? 0 : 1;
}

bool http_loop_open(struct http_loop *loop, int listen_socket, const struct http_routes *routes,
                    struct http_shared *shared, void *owner)
{
    loop->routes = routes;
    loop->shared = shared;
    loop->owner = owner;
    loop->keeps_places = library_keeps_places();
    text_init(&loop->text, TEXT_BYTES_MAX);
    http_linger_init(&loop->linger);
    unsigned flags = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_ALLOW_SUSPEND_RESUME;
    loop->daemon = MHD_start_daemon(
        flags, 0, accepts, loop, http_request_handle, loop, /* the port is of the socket below */
        MHD_OPTION_LISTEN_SOCKET, listen_socket, MHD_OPTION_STRICT_FOR_CLIENT, library_strictness(loop),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)shared->connections_max + 64, MHD_OPTION_NOTIFY_CONNECTION, notice_connection, loop,
        MHD_OPTION_NOTIFY_COMPLETED, http_request_end, loop, MHD_OPTION_URI_LOG_CALLBACK, http_request_begin, loop,
        MHD_OPTION_UNESCAPE_CALLBACK, http_request_leave_escaped, loop, MHD_OPTION_END);
    return loop->daemon != NULL;
}

static int timeout_ms(struct http_loop *loop, int at_most_ms)
{
    if (loop->has_woken) {
        return 0;
    }
    MHD_UNSIGNED_LONG_LONG library_ms;
    if (MHD_get_timeout(loop->daemon, &library_ms) == MHD_YES && library_ms < (unsigned)at_most_ms) {
        return (int)library_ms;
    }
    return loop->scan_next != NULL && at_most_ms > 1 ? 1 : at_most_ms;
}

bool http_loop_wait(struct http_loop *loop, int at_most_ms, bool looks_first)
{
    int library = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->listen_fd; /* so it is named */
    struct pollfd fds[] = {{.fd = library, .events = POLLIN}, {.fd = loop->linger.epoll, .events = POLLIN}};
    int wait_ms = timeout_ms(loop, at_most_ms);
    nfds_t count = loop->linger.count > 0 ? 2 : 1;
    if (wait_ms == 0 || (looks_first && poll(fds, count, 0) > 0)) {
        return false;
    }
    poll(fds, count, wait_ms);
    return true;
}

/* Those that came and went in this turn took as long as the turn: one look at the clock for all. */
static void count_durations(struct http_loop *loop)
{
    if (loop->answered == 0) {
        return;
    }
    int64_t duration_ns = clock_monotonic_ns() - loop->turn_ns;
    for (unsigned route = 0; route < METRIC_ROUTE_COUNT; route++) {
        if (loop->answered_at_once[route] > 0) {
            histogram_add(&loop->metrics.duration[route], duration_ns, loop->answered_at_once[route]);
            loop->answered_at_once[route] = 0;
        }
    }
}

void http_loop_turn(struct http_loop *loop, const struct http_turn *turn)
{
    loop->config = turn->config;
    loop->caller_header = slice_of(turn->config->rate.caller_header);
    loop->turn_ns = turn->now_ns;
    loop->turn_ms = turn->now_ns / 1000000;
    loop->wall_ms = turn->wall_ms;
    loop->answered = loop->refused = 0;
    counter_add(&loop->metrics.turns, 1);
    loop->has_woken = false;
    MHD_run(loop->daemon);
    count_durations(loop);
    http_connection_scan(loop);
    if (loop->linger.count > 0) {
        http_linger_run(loop);
    }
    http_knock_run(loop);
    if (loop->text.capacity > TEXT_KEPT_BYTES) {
        text_shrink(&loop->text, TEXT_KEPT_BYTES);
    }
}

void http_loop_stop_listening(struct http_loop *loop)
{
    int listen_socket = MHD_quiesce_daemon(loop->daemon);
    if (listen_socket >= 0) {
        close(listen_socket);
    }
}

void http_loop_close(struct http_loop *loop)
{
    if (loop->daemon != NULL) {
        MHD_stop_daemon(loop->daemon);
    }
    assert(loop->connection_count == 0);
    while (loop->spare != NULL) {
        struct http_connection *connection = loop->spare;
        loop->spare = connection->next;
        text_clear(&connection->target);
        text_clear(&connection->body);
        free(connection);
    }
    http_linger_clear(&loop->linger);
    http_stock_clear(&loop->stock);
    text_clear(&loop->text);
}
