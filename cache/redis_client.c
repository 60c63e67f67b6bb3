#include "cache/redis_client.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/redis_redirect.h"
#include "cache/redis_sentinel.h"

struct redis_client {
    struct redis_client_options options;
    char client_name[REDIS_LINK_NAME_BYTES];
    struct redis_link *link; /* NULL: to be dialed */
    struct redis_endpoint peer;
    char peer_text[REDIS_CLIENT_REASON_BYTES];
    bool has_moved; /* a Cluster said that the slot lives at `peer` */
    bool avoids_replicas;
    uint32_t turn; /* which replica or Sentinel comes first next time */
    int64_t resolve_due_ms;
    uint64_t noted_in, noted_out; /* of the link, in the traffic */
    enum redis_fault fault;
    char reason[REDIS_CLIENT_REASON_BYTES];
    _Atomic uint64_t bytes_in, bytes_out, exchanges, connects, failures;
};

struct redis_client *redis_client_create(const struct redis_client_options *options)
{
    struct redis_client *client = calloc(1, sizeof(*client));
    if (client != NULL) {
        client->options = *options;
        client->turn = (uint32_t)redis_link_now_ms() ^ (uint32_t)getpid();
        snprintf(client->client_name, sizeof(client->client_name), "%s", options->name);
    }
    return client;
}

/* Links */

static void note_traffic(struct redis_client *client)
{
    uint64_t in = redis_link_bytes_in(client->link), out = redis_link_bytes_out(client->link);
    client->bytes_in += in - client->noted_in;
    client->bytes_out += out - client->noted_out;
    client->noted_in = in;
    client->noted_out = out;
}

static void drop_link(struct redis_client *client)
{
    if (client->link != NULL) {
        note_traffic(client);
        redis_link_close(client->link);
        client->link = NULL;
        client->noted_in = client->noted_out = 0;
    }
}

void redis_client_free(struct redis_client *client)
{
    if (client != NULL) {
        drop_link(client);
        explicit_bzero(client->options.url.password, sizeof(client->options.url.password));
        free(client);
    }
}

static bool fail(struct redis_client *client, enum redis_fault fault, const char *reason)
{
    bool has_peer = client->peer_text[0] != '\0';
    client->fault = fault;
    snprintf(client->reason, sizeof(client->reason), "%.200s%s%.256s", client->peer_text, has_peer ? ": " : "", reason);
    return false;
}

/* What an error reply, or one quoted in a reason, means to callers. */
static enum redis_fault fault_of(struct slice text)
{
    static const struct {
        const char *word;
        enum redis_fault fault;
    } rows[] = {
        {"LOADING", REDIS_FAULT_LOADING},     {"MASTERDOWN", REDIS_FAULT_LOADING}, {"TRYAGAIN", REDIS_FAULT_LOADING},
        {"CLUSTERDOWN", REDIS_FAULT_LOADING}, {"BUSY", REDIS_FAULT_LOADING},       {"READONLY", REDIS_FAULT_READONLY},
        {"NOAUTH", REDIS_FAULT_DENIED},       {"WRONGPASS", REDIS_FAULT_DENIED},   {"NOPERM", REDIS_FAULT_DENIED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (text.length > 0 && memmem(text.at, text.length, rows[i].word, strlen(rows[i].word)) != NULL) {
            return rows[i].fault;
        }
    }
    return REDIS_FAULT_OTHER;
}

/* Login */

/* False with a reason. `password` keeps what the URL says where there is no file. */
static bool read_password(struct redis_client *client, char *password, size_t size)
{
    const char *path = client->options.password_file;
    snprintf(password, size, "%s", client->options.url.password);
    if (path[0] == '\0') {
        return true;
    }
    char reason[REDIS_CLIENT_REASON_BYTES];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t length = file < 0 ? -1 : read(file, password, size);
    int error = errno;
    if (file >= 0) {
        close(file);
    }
    if (length < 0 || (size_t)length == size) {
        snprintf(reason, sizeof(reason), "the password file %.150s %s", path,
                 length < 0 ? strerror(error) : "is too long");
        return fail(client, REDIS_FAULT_DENIED, reason);
    }
    length -= length > 0 && password[length - 1] == '\n';
    password[length] = '\0';
    return true;
}

static struct redis_link_options link_options(const struct redis_client *client, const char *password)
{
    const struct redis_client_options *options = &client->options;
    return (struct redis_link_options){
        .user = options->user[0] != '\0' ? options->user : options->url.user,
        .password = password,
        .database = options->url.database,
        .client_name = client->client_name,
        .tls = {.is_on = options->url.is_tls,
                .ca_file = options->ca_file,
                .cert_file = options->cert_file,
                .key_file = options->key_file},
    };
}

static void name_peer(struct redis_client *client, const struct redis_endpoint *endpoint)
{
    const struct redis_url *url = &client->options.url;
    bool is_v6 = strchr(endpoint->host, ':') != NULL;
    client->peer = *endpoint;
    int length = snprintf(client->peer_text, sizeof(client->peer_text), "%s%s%s:%u", is_v6 ? "[" : "", endpoint->host,
                          is_v6 ? "]" : "", endpoint->port);
    if (url->is_sentinel && length > 0 && (size_t)length < sizeof(client->peer_text)) {
        snprintf(client->peer_text + length, sizeof(client->peer_text) - (size_t)length, " (master %.64s)",
                 url->master);
    }
}

/* A link of its own to the endpoint. */
static struct redis_link *open_link(struct redis_client *client, const struct redis_endpoint *endpoint,
                                    int64_t deadline_ms)
{
    char password[REDIS_URL_SECRET_BYTES], reason[REDIS_LINK_REASON_BYTES];
    struct redis_endpoint target = *endpoint; /* it may be the peer's own */
    name_peer(client, &target);
    if (!read_password(client, password, sizeof(password))) {
        return NULL;
    }
    struct redis_link_options options = link_options(client, password);
    options.endpoint = &target;
    struct redis_link *link = redis_link_open(&options, deadline_ms, reason);
    explicit_bzero(password, sizeof(password));
    if (link == NULL) {
        enum redis_fault fault = fault_of(slice_of(reason));
        fail(client, fault == REDIS_FAULT_OTHER ? REDIS_FAULT_DOWN : fault, reason);
    }
    return link;
}

/* Where to */

static bool find_master(struct redis_client *client, int64_t deadline_ms, struct redis_endpoint *ret_master)
{
    char reason[REDIS_LINK_REASON_BYTES];
    client->peer_text[0] = '\0';
    /* Sentinels have users of their own, or none: they are asked without a login. */
    struct redis_link_options login = link_options(client, "");
    client->resolve_due_ms = redis_link_now_ms() + REDIS_CLIENT_RESOLVE_MS;
    return redis_sentinel_find(&client->options.url, &login, client->turn++, deadline_ms, ret_master, reason) ||
           fail(client, REDIS_FAULT_DOWN, reason);
}

static bool dial(struct redis_client *client, const struct redis_endpoint *endpoint, int64_t deadline_ms)
{
    drop_link(client);
    client->connects++;
    client->link = open_link(client, endpoint, deadline_ms);
    return client->link != NULL;
}

/* A replica that is silent must leave time for the primary. */
static bool dial_replica(struct redis_client *client, int64_t deadline_ms)
{
    const struct redis_url *url = &client->options.url;
    bool is_wanted = client->options.role == REDIS_READER && !client->avoids_replicas;
    for (uint32_t i = 0; is_wanted && i < url->replica_count; i++) {
        int64_t now_ms = redis_link_now_ms();
        int64_t until_ms = now_ms + (deadline_ms - now_ms) / (int64_t)(url->replica_count - i + 1);
        if (dial(client, &url->replicas[client->turn++ % url->replica_count], until_ms)) {
            return true;
        }
    }
    return false;
}

static bool dial_anew(struct redis_client *client, int64_t deadline_ms)
{
    const struct redis_url *url = &client->options.url;
    struct redis_endpoint master;
    client->has_moved = false;
    if (url->is_sentinel) {
        return find_master(client, deadline_ms, &master) && dial(client, &master, deadline_ms);
    }
    return dial_replica(client, deadline_ms) || dial(client, &url->endpoints[0], deadline_ms);
}

/* Has the master moved while the link to the old one lives? A link to one that has not stays. */
static void follow_master(struct redis_client *client, int64_t deadline_ms)
{
    struct redis_endpoint master, before = client->peer;
    if (!client->options.url.is_sentinel || redis_link_now_ms() < client->resolve_due_ms) {
        return;
    }
    if (find_master(client, deadline_ms, &master) &&
        (strcmp(master.host, before.host) != 0 || master.port != before.port)) {
        dial(client, &master, deadline_ms);
        return;
    }
    name_peer(client, &before);
}

/* A link that is alive and has nothing to say. */
static bool be_connected(struct redis_client *client)
{
    int64_t deadline_ms = redis_link_now_ms() + client->options.connect_timeout_ms;
    if (client->link != NULL && !redis_link_is_quiet(client->link)) {
        drop_link(client); /* it ended while nobody looked, or says what nobody asked */
        if (client->has_moved && dial(client, &client->peer, deadline_ms)) {
            return true;
        }
    }
    if (client->link != NULL) {
        follow_master(client, deadline_ms);
    }
    return client->link != NULL || dial_anew(client, deadline_ms);
}

/* Exchanges */

static void free_replies(struct redis_reply **replies, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        redis_reply_free(replies[i]);
        replies[i] = NULL;
    }
}

static bool send_all(struct redis_client *client, const struct redis_command *commands, uint32_t count, bool asking)
{
    const struct slice ask = SLICE("ASKING");
    for (uint32_t i = 0; i < count; i++) {
        if ((asking && !redis_link_send(client->link, &ask, 1)) ||
            !redis_link_send(client->link, commands[i].arguments, commands[i].count)) {
            return false;
        }
    }
    return true;
}

static bool receive_all(struct redis_client *client, uint32_t count, bool asking, struct redis_reply **ret_replies)
{
    int64_t deadline_ms = redis_link_now_ms() + client->options.command_timeout_ms;
    for (uint32_t i = 0; i < count; i++) {
        struct redis_reply *thanks = NULL;
        bool is_asked = !asking || redis_link_receive(client->link, deadline_ms, &thanks);
        redis_reply_free(thanks);
        if (!is_asked || !redis_link_receive(client->link, deadline_ms, &ret_replies[i])) {
            free_replies(ret_replies, i);
            return false;
        }
    }
    return true;
}

static const struct redis_reply *first_fault(struct redis_reply **replies, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (redis_reply_kind(replies[i]) == REDIS_REPLY_FAULT) {
            return replies[i];
        }
    }
    return NULL;
}

enum attempt { ATTEMPT_DONE, ATTEMPT_FAILED, ATTEMPT_MOVED, ATTEMPT_ASK };

static enum attempt judge(struct redis_client *client, const struct redis_reply *fault,
                          struct redis_endpoint *ret_there)
{
    struct slice text = redis_reply_text(fault);
    switch (redis_redirect_parse(text, &client->peer, ret_there)) {
    case REDIS_REDIRECT_MOVED:
        return ATTEMPT_MOVED;
    case REDIS_REDIRECT_ASK:
        return ATTEMPT_ASK;
    case REDIS_REDIRECT_NONE:
        break;
    }
    char reason[REDIS_CLIENT_REASON_BYTES];
    snprintf(reason, sizeof(reason), "%.*s", text.length < 250 ? (int)text.length : 250, text.at);
    fail(client, fault_of(text), reason);
    if (client->fault != REDIS_FAULT_OTHER) {
        drop_link(client); /* somewhere else, or later, it may be better */
    }
    return ATTEMPT_FAILED;
}

static enum attempt attempt(struct redis_client *client, const struct redis_command *commands, uint32_t count,
                            bool asking, struct redis_reply **ret_replies, struct redis_endpoint *ret_there)
{
    if (!send_all(client, commands, count, asking) || !receive_all(client, count, asking, ret_replies)) {
        fail(client, REDIS_FAULT_DOWN, redis_link_reason(client->link));
        drop_link(client);
        return ATTEMPT_FAILED;
    }
    note_traffic(client);
    const struct redis_reply *fault = first_fault(ret_replies, count);
    if (fault == NULL) {
        return ATTEMPT_DONE;
    }
    enum attempt result = judge(client, fault, ret_there);
    free_replies(ret_replies, count);
    return result;
}

static bool exchange(struct redis_client *client, const struct redis_command *commands, uint32_t count,
                     struct redis_reply **ret_replies)
{
    bool asking = false;
    if (!be_connected(client)) {
        return false;
    }
    for (int hops = 0; hops <= REDIS_CLIENT_HOPS_MAX; hops++) {
        struct redis_endpoint there;
        enum attempt result = attempt(client, commands, count, asking, ret_replies, &there);
        if (result == ATTEMPT_DONE || result == ATTEMPT_FAILED) {
            if (asking) {
                drop_link(client); /* the next exchange asks the slot's owner again */
            }
            return result == ATTEMPT_DONE;
        }
        asking = result == ATTEMPT_ASK;
        if (!dial(client, &there, redis_link_now_ms() + client->options.connect_timeout_ms)) {
            return false;
        }
        client->has_moved = result == ATTEMPT_MOVED;
    }
    drop_link(client);
    return fail(client, REDIS_FAULT_OTHER, "the Cluster redirects in circles");
}

bool redis_client_exchange(struct redis_client *client, const struct redis_command *commands, uint32_t count,
                           struct redis_reply **ret_replies)
{
    assert(count > 0 && count <= REDIS_CLIENT_COMMANDS_MAX);
    client->exchanges++;
    bool is_done = exchange(client, commands, count, ret_replies);
    if (is_done) {
        client->fault = REDIS_FAULT_NONE;
    } else {
        client->failures++;
    }
    return is_done;
}

bool redis_client_call(struct redis_client *client, const struct slice *arguments, uint32_t count,
                       struct redis_reply **ret_reply)
{
    struct redis_command command = {.arguments = arguments, .count = count};
    return redis_client_exchange(client, &command, 1, ret_reply);
}

/* The rest */

void redis_client_set_trace(struct redis_client *client, const char *trace)
{
    snprintf(client->client_name, sizeof(client->client_name), "%s/%.48s", client->options.name, trace);
    if (client->link == NULL) {
        return; /* the next one is opened under that name */
    }
    const struct slice arguments[] = {SLICE("CLIENT"), SLICE("SETNAME"), slice_of(client->client_name)};
    struct redis_reply *reply = NULL;
    int64_t deadline_ms = redis_link_now_ms() + client->options.command_timeout_ms;
    if (!redis_link_send(client->link, arguments, 3) || !redis_link_receive(client->link, deadline_ms, &reply)) {
        drop_link(client);
    }
    redis_reply_free(reply);
}

enum redis_fault redis_client_fault(const struct redis_client *client)
{
    return client->fault;
}

const char *redis_client_reason(const struct redis_client *client)
{
    return client->reason;
}

void redis_client_use_primary(struct redis_client *client)
{
    client->avoids_replicas = true;
    if (client->options.url.replica_count > 0) {
        drop_link(client);
    }
}

void redis_client_use_replicas(struct redis_client *client)
{
    if (client->avoids_replicas) {
        client->avoids_replicas = false;
        drop_link(client);
    }
}

struct redis_link *redis_client_open_link(struct redis_client *client)
{
    if (!be_connected(client)) {
        return NULL;
    }
    client->connects++;
    return open_link(client, &client->peer, redis_link_now_ms() + client->options.connect_timeout_ms);
}

const char *redis_client_peer(const struct redis_client *client)
{
    return client->peer_text;
}

void redis_client_traffic(const struct redis_client *client, struct redis_traffic *ret_traffic)
{
    *ret_traffic = (struct redis_traffic){
        .bytes_in = client->bytes_in,
        .bytes_out = client->bytes_out,
        .exchanges = client->exchanges,
        .connects = client->connects,
        .failures = client->failures,
    };
}
