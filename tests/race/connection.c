#include "tests/race/connection.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 16 * 1024 };

bool connection_open(struct connection *connection, const struct sockaddr_in *address)
{
    const struct timeval timeout = {.tv_sec = CONNECTION_TIMEOUT_S};
    const int on = 1;
    text_init(&connection->received, CONNECTION_BYTES_MAX);
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connection->socket >= 0 &&
           setsockopt(connection->socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0 &&
           setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
           connect(connection->socket, (const struct sockaddr *)address, sizeof(*address)) == 0;
}

void connection_close(struct connection *connection)
{
    text_clear(&connection->received);
    if (connection->socket >= 0) {
        close(connection->socket);
        connection->socket = -1;
    }
}

bool connection_send(struct connection *connection, const struct text *request)
{
    for (size_t sent = 0; sent < request->length;) {
        ssize_t length = send(connection->socket, request->bytes + sent, request->length - sent, MSG_NOSIGNAL);
        if (length <= 0) {
            return false;
        }
        sent += (size_t)length;
    }
    return !request->failed;
}

static bool receive_more(struct connection *connection)
{
    struct text *received = &connection->received;
    if (!text_reserve(received, READ_BYTES)) {
        return false;
    }
    ssize_t length = recv(connection->socket, received->bytes + received->length, READ_BYTES, 0);
    received->length += length > 0 ? (size_t)length : 0;
    return length > 0;
}

/* Behind the name of a header; NULL when the head has none. */
static const char *find(struct slice head, struct slice name)
{
    const char *at = memmem(head.at, head.length, name.at, name.length);
    return at != NULL ? at + name.length : NULL;
}

/* The blank line is there. False when it is no head of ours. */
static bool read_head(struct slice head, struct connection_answer *answer, size_t *ret_body_bytes)
{
    const char *length = find(head, SLICE("\r\nContent-Length: "));
    if (length == NULL || head.length < 12 || memcmp(head.at, "HTTP/1.1 ", 9) != 0) {
        return false;
    }
    answer->status = (unsigned)strtoul(head.at + 9, NULL, 10);
    answer->is_degraded = find(head, SLICE("\r\nX-Promo-Degraded: switch\r\n")) != NULL;
    *ret_body_bytes = strtoul(length, NULL, 10);
    return true;
}

bool connection_receive(struct connection *connection, struct connection_answer *ret_answer)
{
    const struct slice blank = SLICE("\r\n\r\n");
    struct text *received = &connection->received;
    struct connection_answer answer = {0};
    const char *end;
    size_t body_bytes;
    text_reset(received);
    do {
        if (!receive_more(connection)) {
            return false;
        }
        end = memmem(received->bytes, received->length, blank.at, blank.length);
    } while (end == NULL);
    size_t head_bytes = (size_t)(end - received->bytes) + blank.length;
    if (!read_head((struct slice){.at = received->bytes, .length = (uint32_t)head_bytes}, &answer, &body_bytes)) {
        return false;
    }
    while (received->length < head_bytes + body_bytes) {
        if (!receive_more(connection)) {
            return false;
        }
    }
    answer.body = (struct slice){.at = received->bytes + head_bytes, .length = (uint32_t)body_bytes};
    *ret_answer = answer;
    return received->length == head_bytes + body_bytes;
}
