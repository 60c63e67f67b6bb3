#include "publish/connection.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static void copy(char *target, size_t capacity, const char *text)
{
    snprintf(target, capacity, "%s", text != NULL ? text : "");
}

/* "promoctl/HOST", as CLIENT LIST and the slow log show it. */
static void name_client(char *target, size_t capacity)
{
    char host[48] = "";
    if (gethostname(host, sizeof(host) - 1) != 0) {
        host[0] = '\0';
    }
    snprintf(target, capacity, "promoctl/%s", host);
}

bool connection_open(struct connection *connection, const struct connection_options *options, enum redis_role role)
{
    static struct redis_client_options client; /* it is large */
    client = (struct redis_client_options){
        .url = options->url,
        .role = role,
        .connect_timeout_ms = options->timeout_ms,
        .command_timeout_ms = options->timeout_ms,
    };
    copy(client.user, sizeof(client.user), options->user);
    copy(client.password_file, sizeof(client.password_file), options->password_file);
    copy(client.ca_file, sizeof(client.ca_file), options->ca_file);
    copy(client.cert_file, sizeof(client.cert_file), options->cert_file);
    copy(client.key_file, sizeof(client.key_file), options->key_file);
    name_client(client.name, sizeof(client.name));
    *connection = (struct connection){.timeout_ms = options->timeout_ms};
    redis_keys_init(&connection->keys, slice_of(options->url.namespace));
    connection->client = redis_client_create(&client);
    return connection->client != NULL || connection_fail_memory(connection);
}

void connection_close(struct connection *connection)
{
    redis_client_free(connection->client);
    connection->client = NULL;
}

bool connection_call(struct connection *connection, const struct slice *arguments, uint32_t count,
                     struct redis_reply **ret_reply)
{
    return redis_client_call(connection->client, arguments, count, ret_reply) ||
           connection_fail(connection, "%s", redis_client_reason(connection->client));
}

bool connection_fail(struct connection *connection, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(connection->reason, sizeof(connection->reason), format, arguments);
    va_end(arguments);
    return false;
}

bool connection_fail_memory(struct connection *connection)
{
    return connection_fail(connection, "out of memory");
}
