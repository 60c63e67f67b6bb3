#include "service/http_connection.h"

#include <assert.h>
#include <linux/tcp.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Of <netinet/tcp.h>, which has an older struct tcp_info and cannot be included beside <linux/tcp.h>. */
enum { TCP_ESTABLISHED = 1, TCP_CLOSE_WAIT = 8 };

enum {
    SCAN_PERIOD_MS = 100,
    SCAN_CONNECTIONS = 64,    /* a turn: some 20 us */
    SPARE_MAX = 1024,         /* closed connections whose memory is kept */
    KEPT_BYTES = 4 * 1024,    /* of a connection's buffers between requests */
    BODY_BYTES_MAX = 64 << 20 /* what the settings allow at most */
};

struct http_connection *http_connection_open(struct http_loop *loop, struct MHD_Connection *library)
{
    atomic_fetch_add_explicit(&loop->shared->connections, 1, memory_order_relaxed);
    struct http_connection *connection = loop->spare;
    if (connection != NULL) {
        loop->spare = connection->next;
        loop->spare_count--;
    } else if ((connection = calloc(1, sizeof(*connection))) == NULL) {
        atomic_fetch_sub_explicit(&loop->shared->connections, 1, memory_order_relaxed);
        counter_add(&loop->metrics.refused_memory, 1);
        return NULL; /* its first request is refused by http_request_handle */
    } else {
        text_init(&connection->target, (size_t)16 * HTTP_HEAD_BYTES_MAX);
        text_init(&connection->body, BODY_BYTES_MAX);
    }
    connection->loop = loop;
    connection->library = library;
    connection->socket = MHD_get_connection_info(library, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->is_cut = connection->lingers = false;
    connection->taken_bytes = 0;
    connection->stage = HTTP_STAGE_DONE;
    http_connection_enter(connection, HTTP_PHASE_IDLE);
    connection->previous = NULL;
    connection->next = loop->connections;
    if (loop->connections != NULL) {
        loop->connections->previous = connection;
    }
    loop->connections = connection;
    loop->connection_count++;
    counter_add(&loop->metrics.connections_opened, 1);
    return connection;
}

static void unlink_connection(struct http_loop *loop, struct http_connection *connection)
{
    if (loop->scan_next == connection) {
        loop->scan_next = connection->next;
    }
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        loop->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    loop->connection_count--;
}

/* What the kernel knows about the connection; false when it is none any more. */
static bool read_info(const struct http_connection *connection, struct tcp_info *ret_info)
{
    socklen_t length = sizeof(*ret_info);
    return getsockopt(connection->socket, IPPROTO_TCP, TCP_INFO, ret_info, &length) == 0 &&
           length >= offsetof(struct tcp_info, tcpi_bytes_sent) + sizeof(ret_info->tcpi_bytes_sent) &&
           (ret_info->tcpi_state == TCP_ESTABLISHED || ret_info->tcpi_state == TCP_CLOSE_WAIT);
}

/* Did the client send more than its requests so far took? Its end counts as a byte. */
static bool has_begun_a_head(const struct http_connection *connection, const struct tcp_info *info)
{
    return info->tcpi_bytes_received > connection->taken_bytes + (info->tcpi_state == TCP_CLOSE_WAIT);
}

/* The library closes now. See http_linger.h. */
static void linger(struct http_connection *connection)
{
    struct tcp_info info;
    if (connection->is_cut || !read_info(connection, &info)) {
        return;
    }
    bool is_unread = has_begun_a_head(connection, &info);
    if (is_unread && info.tcpi_bytes_sent == 0 && info.tcpi_state == TCP_ESTABLISHED) {
        http_linger_say(connection->socket, (struct http_fault){400, "the request line cannot be understood"});
        http_linger_begin(connection->loop, connection->socket);
    } else if (is_unread || connection->lingers) {
        http_linger_begin(connection->loop, connection->socket);
    }
}

void http_connection_close(struct http_connection *connection)
{
    struct http_loop *loop = connection->loop;
    linger(connection);
    http_connection_end_request(connection);
    unlink_connection(loop, connection);
    atomic_fetch_sub_explicit(&loop->shared->connections, 1, memory_order_relaxed);
    counter_add(&loop->metrics.connections_closed, 1);
    if (loop->spare_count == SPARE_MAX) {
        text_clear(&connection->target);
        text_clear(&connection->body);
        free(connection);
        return;
    }
    connection->next = loop->spare;
    loop->spare = connection;
    loop->spare_count++;
}

void http_connection_enter(struct http_connection *connection, enum http_phase phase)
{
    connection->phase = phase;
    connection->phase_since_ms = connection->loop->turn_ms;
}

bool http_connection_hold_body(struct http_connection *connection, uint32_t body_bytes)
{
    struct http_loop *loop = connection->loop;
    uint64_t share = loop->config->limits.bodies_max_bytes / loop->shared->loops;
    text_reset(&connection->body);
    /* A loop that holds nothing may take any legal body, however many loops there are to share the room. */
    bool has_room = loop->bodies_bytes == 0 || loop->bodies_bytes + body_bytes <= share;
    if (!has_room || !text_reserve(&connection->body, body_bytes)) {
        return false;
    }
    connection->body_bytes_held = body_bytes;
    loop->bodies_bytes += body_bytes;
    return true;
}

void http_connection_end_request(struct http_connection *connection)
{
    struct http_loop *loop = connection->loop;
    if (connection->stocked != NULL) {
        http_stock_put_back(&loop->stock, connection->stocked);
        connection->stocked = NULL;
    }
    if (connection->work != NULL) {
        connection->work_end(connection);
        connection->work = NULL;
    }
    loop->bodies_bytes -= connection->body_bytes_held;
    connection->body_bytes_held = 0;
    if (connection->body.capacity > KEPT_BYTES) {
        text_shrink(&connection->body, KEPT_BYTES);
    }
    connection->stage = HTTP_STAGE_DONE;
    http_connection_enter(connection, HTTP_PHASE_IDLE);
}

void http_connection_wake(struct http_connection *connection)
{
    assert(connection->phase == HTTP_PHASE_WORK);
    http_connection_enter(connection, HTTP_PHASE_ANSWER);
    MHD_resume_connection(connection->library);
    connection->loop->has_woken = true;
}

const struct sockaddr *http_connection_peer(const struct http_connection *connection)
{
    return MHD_get_connection_info(connection->library, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

static void cut(struct http_connection *connection, counter *word)
{
    connection->is_cut = true;
    shutdown(connection->socket, SHUT_RDWR);
    if (word != NULL) {
        counter_add(word, 1);
    }
}

static void check_deadline(struct http_connection *connection, int64_t now_ms)
{
    struct http_loop *loop = connection->loop;
    struct tcp_info info;
    bool is_known;
    int64_t waited_ms = now_ms - connection->phase_since_ms;
    switch (connection->phase) {
    case HTTP_PHASE_IDLE:
        if (waited_ms < SCAN_PERIOD_MS && !loop->is_closing) {
            break; /* busy: whatever has begun since is younger than a scan, and the kernel need not be asked */
        }
        is_known = read_info(connection, &info);
        if (is_known && has_begun_a_head(connection, &info)) {
            http_connection_enter(connection, HTTP_PHASE_HEAD);
        } else if (loop->is_closing || (is_known && info.tcpi_state == TCP_CLOSE_WAIT)) {
            /* The library does not see a client's end that arrived together with its last request. */
            cut(connection, NULL);
        } else if (waited_ms >= loop->config->limits.idle_timeout_ms) {
            cut(connection, &loop->metrics.deadline_idle);
        }
        break;
    case HTTP_PHASE_HEAD:
        if (waited_ms >= loop->config->limits.head_timeout_ms) {
            cut(connection, &loop->metrics.deadline_head);
        }
        break;
    case HTTP_PHASE_BODY:
        if (waited_ms >= loop->config->limits.body_timeout_ms) {
            cut(connection, &loop->metrics.deadline_body);
        }
        break;
    case HTTP_PHASE_WORK:
        break;
    case HTTP_PHASE_ANSWER:
        if (waited_ms >= loop->config->limits.answer_timeout_ms) {
            cut(connection, &loop->metrics.deadline_answer);
        }
        break;
    }
}

void http_connection_scan(struct http_loop *loop)
{
    int64_t now_ms = loop->turn_ms;
    if (loop->scan_next == NULL) {
        if (now_ms - loop->scan_begun_ms < SCAN_PERIOD_MS) {
            return;
        }
        loop->scan_begun_ms = now_ms;
        loop->scan_next = loop->connections;
    }
    for (unsigned i = 0; i < SCAN_CONNECTIONS && loop->scan_next != NULL; i++) {
        struct http_connection *connection = loop->scan_next;
        loop->scan_next = connection->next;
        if (!connection->is_cut) {
            check_deadline(connection, now_ms);
        }
    }
}
