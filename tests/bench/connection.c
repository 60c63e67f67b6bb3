#include "tests/bench/connection.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* One read takes any answer of a single request; larger ones (batches) take several, into the same place. */
#define READ_BYTES 65536

static bool socket_prepare(int socket, const struct sockaddr_in *address)
{
    int on = 1;
    return connect(socket, (const struct sockaddr *)address, sizeof *address) == 0 &&
           setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

bool connection_open(struct connection *connection, const struct sockaddr_in *address, int epoll)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};

    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    connection->state = CONNECTION_BROKEN;
    if (connection->socket < 0 || !socket_prepare(connection->socket, address) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0) {
        connection_close(connection);
        return false;
    }
    connection->state = CONNECTION_IDLE;
    return true;
}

static void send_rest(struct connection *connection)
{
    while (connection->unsent_bytes > 0) {
        ssize_t sent =
            send(connection->socket, connection->unsent, connection->unsent_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                connection->state = CONNECTION_BROKEN;
            }
            return;
        }
        connection->unsent += sent;
        connection->unsent_bytes -= (size_t)sent;
    }
    connection->state = CONNECTION_WAITING;
}

void connection_ask(struct connection *connection, const struct requests_row *request, uint64_t due_ns)
{
    assert(connection->state == CONNECTION_IDLE);
    connection->state = CONNECTION_ASKING;
    connection->due_ns = due_ns;
    connection->unsent = request->bytes;
    connection->unsent_bytes = request->length;
    response_reset(&connection->response);
    send_rest(connection);
}

/* A read that leaves room has emptied the socket: the next edge will come with the next byte, and the read that would
   only say so is saved. */
static void receive(struct connection *connection)
{
    static _Thread_local char bytes[READ_BYTES];
    ssize_t count;

    do {
        count = recv(connection->socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (count <= 0) {
            connection->state = CONNECTION_BROKEN;
            return;
        }
        switch (response_take(&connection->response, bytes, (size_t)count)) {
        case RESPONSE_PARTIAL:
            break;
        case RESPONSE_COMPLETE:
            /* An answer before the request was sent whole leaves the stream in an unknown place. */
            connection->state = connection->state == CONNECTION_WAITING ? CONNECTION_IDLE : CONNECTION_BROKEN;
            return;
        case RESPONSE_BROKEN:
            connection->state = CONNECTION_BROKEN;
            return;
        }
    } while (count == READ_BYTES);
}

enum connection_state connection_advance(struct connection *connection)
{
    if (connection->state == CONNECTION_ASKING) {
        send_rest(connection);
    }
    if (connection->state == CONNECTION_ASKING || connection->state == CONNECTION_WAITING) {
        receive(connection);
    }
    return connection->state;
}

void connection_close(struct connection *connection)
{
    if (connection->socket >= 0) {
        close(connection->socket);
    }
    connection->socket = -1;
}
