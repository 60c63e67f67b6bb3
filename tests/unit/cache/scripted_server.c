#include "scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, RULES_MAX = 32, COMMAND_BYTES = 128 * 1024, HEARD_MAX = 512, HEARD_BYTES = 200 };

struct connection {
    struct scripted_server *server;
    int descriptor;
    pthread_t thread;
    char bytes[COMMAND_BYTES];
    size_t length;
};

struct scripted_server {
    int descriptor;
    struct redis_endpoint endpoint;
    pthread_t thread;
    volatile bool is_ending;
    pthread_mutex_t mutex; /* guards what follows */
    const struct scripted_rule *rules;
    uint32_t rule_count, used[RULES_MAX];
    struct connection *connections[CONNECTIONS_MAX];
    uint32_t connection_count;
    char heard[HEARD_MAX][HEARD_BYTES];
    uint32_t heard_count;
};

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        abort();
    }
}

static void pause_ms(const struct scripted_server *server, uint32_t left_ms)
{
    for (; left_ms > 0 && !server->is_ending; left_ms--) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

/* Speaking */

static bool send_all(const struct connection *connection, const char *bytes, size_t length)
{
    while (length > 0 && !connection->server->is_ending) {
        ssize_t sent = send(connection->descriptor, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool drip(const struct connection *connection, const char *bytes, uint32_t pause)
{
    for (; *bytes != '\0'; bytes++) {
        if (!send_all(connection, bytes, 1)) {
            return false;
        }
        pause_ms(connection->server, pause);
    }
    return true;
}

static bool pad(const struct connection *connection, uint32_t length)
{
    char many[4096];
    memset(many, 'x', sizeof(many));
    for (uint32_t done = 0; done < length;) {
        uint32_t piece = length - done < sizeof(many) ? length - done : (uint32_t)sizeof(many);
        if (!send_all(connection, many, piece)) {
            return false;
        }
        done += piece;
    }
    return true;
}

/* False: the connection ends. */
static bool obey(struct connection *connection, const struct scripted_rule *rule)
{
    pause_ms(connection->server, rule->delay_ms);
    const char *say = rule->say != NULL ? rule->say : "", *tail = rule->tail != NULL ? rule->tail : "";
    bool is_well = rule->drip_ms > 0 ? drip(connection, say, rule->drip_ms) : send_all(connection, say, strlen(say));
    is_well = is_well && pad(connection, rule->padding) && send_all(connection, tail, strlen(tail));
    if (rule->then == SCRIPTED_RESET) {
        struct linger at_once = {.l_onoff = 1};
        setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
    return is_well && rule->then == SCRIPTED_GO_ON;
}

/* Listening */

/* Bytes of the number behind a type byte, with its newline; 0: not complete. */
static size_t read_count(const char *bytes, size_t length, size_t *ret_count)
{
    const char *end = length == 0 ? NULL : memchr(bytes, '\n', length);
    if (end == NULL) {
        return 0;
    }
    *ret_count = strtoul(bytes + 1, NULL, 10);
    return (size_t)(end - bytes) + 1;
}

/* The arguments of the first command, joined by blanks; its length on the wire, or 0 when it is not complete. */
static size_t read_command(const char *bytes, size_t length, char ret_text[HEARD_BYTES])
{
    size_t count = 0, at = read_count(bytes, length, &count), written = 0;
    for (size_t i = 0; at > 0 && i < count; i++) {
        size_t size = 0, header = read_count(bytes + at, length - at, &size);
        if (header == 0 || at + header + size + 2 > length) {
            return 0;
        }
        int shown = size < HEARD_BYTES ? (int)size : HEARD_BYTES;
        int more =
            snprintf(ret_text + written, HEARD_BYTES - written, "%s%.*s", i > 0 ? " " : "", shown, bytes + at + header);
        written = written + (size_t)more < HEARD_BYTES ? written + (size_t)more : HEARD_BYTES - 1;
        at += header + size + 2;
    }
    return at;
}

/* The first rule that fits; a copy, so that it may be changed meanwhile. NULL: the beginning of a connection. */
static struct scripted_rule find_rule(struct scripted_server *server, const char *command)
{
    struct scripted_rule found = {.say = command == NULL ? "" : "+OK\r\n"};
    pthread_mutex_lock(&server->mutex);
    if (command != NULL && server->heard_count < HEARD_MAX) {
        snprintf(server->heard[server->heard_count++], HEARD_BYTES, "%s", command);
    }
    for (uint32_t i = 0; i < server->rule_count; i++) {
        const struct scripted_rule *rule = &server->rules[i];
        bool is_meant =
            command == NULL ? rule->on == NULL : rule->on != NULL && strncmp(command, rule->on, strlen(rule->on)) == 0;
        if (is_meant && (rule->times == 0 || server->used[i] < rule->times)) {
            server->used[i]++;
            found = *rule;
            break;
        }
    }
    pthread_mutex_unlock(&server->mutex);
    return found;
}

static bool answer_all(struct connection *connection)
{
    char command[HEARD_BYTES] = "";
    size_t taken;
    while ((taken = read_command(connection->bytes, connection->length, command)) > 0) {
        connection->length -= taken;
        memmove(connection->bytes, connection->bytes + taken, connection->length);
        struct scripted_rule rule = find_rule(connection->server, command);
        if (!obey(connection, &rule)) {
            return false;
        }
    }
    return true;
}

static void *serve(void *context)
{
    struct connection *connection = context;
    struct scripted_rule greeting = find_rule(connection->server, NULL);
    bool goes_on = obey(connection, &greeting);
    while (goes_on) {
        ssize_t got = recv(connection->descriptor, connection->bytes + connection->length,
                           sizeof(connection->bytes) - connection->length, 0);
        if (got <= 0) {
            break;
        }
        connection->length += (size_t)got;
        goes_on = answer_all(connection);
    }
    pthread_mutex_lock(&connection->server->mutex);
    close(connection->descriptor);
    connection->descriptor = -1;
    pthread_mutex_unlock(&connection->server->mutex);
    return NULL;
}

static void *listen_on(void *context)
{
    struct scripted_server *server = context;
    while (!server->is_ending) {
        struct pollfd waiting = {.fd = server->descriptor, .events = POLLIN};
        if (poll(&waiting, 1, 20) <= 0) {
            continue;
        }
        int descriptor = accept(server->descriptor, NULL, NULL);
        must(descriptor >= 0, "accept");
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* what is said arrives */
        struct connection *connection = calloc(1, sizeof(*connection));
        must(connection != NULL, "calloc");
        *connection = (struct connection){.server = server, .descriptor = descriptor};
        pthread_mutex_lock(&server->mutex);
        must(server->connection_count < CONNECTIONS_MAX, "too many connections");
        server->connections[server->connection_count++] = connection;
        pthread_mutex_unlock(&server->mutex);
        must(pthread_create(&connection->thread, NULL, serve, connection) == 0, "pthread_create");
    }
    return NULL;
}

/* The life of a server */

static int bind_loopback(int family, struct redis_endpoint *ret_endpoint)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool is_v4 = family == AF_INET;
    struct sockaddr *address = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    socklen_t length = is_v4 ? sizeof(v4) : sizeof(v6);
    int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(descriptor >= 0, "socket");
    must(bind(descriptor, address, length) == 0, "bind");
    must(getsockname(descriptor, address, &length) == 0, "getsockname");
    snprintf(ret_endpoint->host, sizeof(ret_endpoint->host), "%s", is_v4 ? "127.0.0.1" : "::1");
    ret_endpoint->port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
    return descriptor;
}

static struct scripted_server *open_server(int family, const struct scripted_rule *rules, uint32_t count)
{
    struct scripted_server *server = calloc(1, sizeof(*server));
    must(server != NULL, "calloc");
    must(count <= RULES_MAX, "too many rules");
    server->rules = rules;
    server->rule_count = count;
    pthread_mutex_init(&server->mutex, NULL);
    server->descriptor = bind_loopback(family, &server->endpoint);
    must(listen(server->descriptor, CONNECTIONS_MAX) == 0, "listen");
    must(pthread_create(&server->thread, NULL, listen_on, server) == 0, "pthread_create");
    return server;
}

struct scripted_server *scripted_server_open(const struct scripted_rule *rules, uint32_t count)
{
    return open_server(AF_INET, rules, count);
}

struct scripted_server *scripted_server_open_v6(const struct scripted_rule *rules, uint32_t count)
{
    return open_server(AF_INET6, rules, count);
}

void scripted_server_hang_up(struct scripted_server *server)
{
    pthread_mutex_lock(&server->mutex);
    for (uint32_t i = 0; i < server->connection_count; i++) {
        if (server->connections[i]->descriptor >= 0) {
            shutdown(server->connections[i]->descriptor, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&server->mutex);
}

void scripted_server_close(struct scripted_server *server)
{
    server->is_ending = true;
    pthread_join(server->thread, NULL);
    scripted_server_hang_up(server);
    for (uint32_t i = 0; i < server->connection_count; i++) {
        pthread_join(server->connections[i]->thread, NULL);
        free(server->connections[i]);
    }
    close(server->descriptor);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

void scripted_server_tell(struct scripted_server *server, const struct scripted_rule *rules, uint32_t count)
{
    must(count <= RULES_MAX, "too many rules");
    pthread_mutex_lock(&server->mutex);
    server->rules = rules;
    server->rule_count = count;
    memset(server->used, 0, sizeof(server->used));
    pthread_mutex_unlock(&server->mutex);
}

void scripted_server_shout(struct scripted_server *server, const char *text)
{
    pthread_mutex_lock(&server->mutex);
    for (uint32_t i = 0; i < server->connection_count; i++) {
        if (server->connections[i]->descriptor >= 0) {
            send_all(server->connections[i], text, strlen(text));
        }
    }
    pthread_mutex_unlock(&server->mutex);
}

struct redis_endpoint scripted_server_endpoint(const struct scripted_server *server)
{
    return server->endpoint;
}

uint32_t scripted_server_heard(struct scripted_server *server, const char *beginning)
{
    uint32_t count = 0;
    pthread_mutex_lock(&server->mutex);
    for (uint32_t i = 0; i < server->heard_count; i++) {
        count += strncmp(server->heard[i], beginning, strlen(beginning)) == 0;
    }
    pthread_mutex_unlock(&server->mutex);
    return count;
}

uint32_t scripted_server_connections(struct scripted_server *server)
{
    pthread_mutex_lock(&server->mutex);
    uint32_t count = server->connection_count;
    pthread_mutex_unlock(&server->mutex);
    return count;
}

struct redis_endpoint scripted_server_nobody(void)
{
    struct redis_endpoint endpoint;
    close(bind_loopback(AF_INET, &endpoint));
    return endpoint;
}
