#include "cache/redis_client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "cache/redis_dial.h"
#include "cache/redis_login.h"
#include "cache/redis_sentinel.h"

struct redis_client {
    struct redis_client_options options;
    char client_name[REDIS_LINK_NAME_BYTES];
    struct redis_link *link; /* NULL: to be dialed */
    bool is_name_due;        /* the link goes by an older name */
    bool is_replica;         /* the link leads to one */
    bool has_moved;          /* a Cluster said that the slot lives at `peer` */
    struct redis_endpoint peer;
    char peer_text[REDIS_CLIENT_REASON_BYTES];
    bool avoids_replicas;
    uint32_t turn, tried; /* which replica or Sentinel comes first; how many replicas were tried from there on */
    int64_t resolve_due_ms;
    enum redis_fault fault;
    char reason[REDIS_CLIENT_REASON_BYTES];
    struct redis_meter meter;
};

struct redis_client *redis_client_create(const struct redis_client_options *options)
{
    struct redis_client *client = calloc(1, sizeof(*client));
    if (client != NULL) {
        client->options = *options;
        if (getrandom(&client->turn, sizeof(client->turn), GRND_NONBLOCK) < 0) {
            client->turn = (uint32_t)redis_link_now_ms();
        }
        snprintf(client->client_name, sizeof(client->client_name), "%s", options->name);
    }
    return client;
}

/* Links */

static void drop_link(struct redis_client *client)
{
    if (client->link != NULL) {
        redis_meter_end(&client->meter, client->link);
        redis_link_close(client->link);
        client->link = NULL;
        client->is_name_due = client->is_replica = false;
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
    snprintf(client->reason, sizeof(client->reason), "%.180s%s%.320s", client->peer_text, has_peer ? ": " : "", reason);
    return false;
}

static void name_peer(struct redis_client *client, const struct redis_endpoint *endpoint)
{
    const struct redis_url *url = &client->options.url;
    char address[REDIS_ENDPOINT_TEXT_BYTES];
    client->peer = *endpoint;
    redis_endpoint_describe(endpoint, address);
    snprintf(client->peer_text, sizeof(client->peer_text), "%s%s%.64s%s", address, url->is_sentinel ? " (master " : "",
             url->master, url->is_sentinel ? ")" : "");
}

/* A link of its own to the endpoint. */
static struct redis_link *open_link(struct redis_client *client, const struct redis_endpoint *endpoint,
                                    int64_t deadline_ms)
{
    struct redis_login login;
    struct redis_endpoint target = *endpoint; /* it may be the peer's own */
    struct redis_link_failure failure;
    name_peer(client, &target);
    redis_meter_count(&client->meter.connects);
    if (!redis_login_read(&login, &client->options, client->client_name, failure.reason)) {
        fail(client, REDIS_FAULT_DENIED, failure.reason);
        return NULL;
    }
    login.link.endpoint = &target;
    struct redis_link *link = redis_link_open(&login.link, deadline_ms, &failure);
    redis_login_wipe(&login);
    if (link == NULL) {
        fail(client, failure.fault, failure.reason);
    }
    return link;
}

/* Where to */

static bool find_master(struct redis_client *client, int64_t deadline_ms, struct redis_endpoint *ret_master)
{
    struct redis_link_failure failure;
    struct redis_login login;
    client->peer_text[0] = '\0';
    redis_login_anonymous(&login, &client->options, client->client_name);
    client->resolve_due_ms = redis_link_now_ms() + REDIS_CLIENT_RESOLVE_MS;
    return redis_sentinel_find(&client->options.url, &login.link, client->turn++, deadline_ms, ret_master, &failure) ||
           fail(client, failure.fault, failure.reason);
}

static bool dial(struct redis_client *client, const struct redis_endpoint *endpoint, int64_t deadline_ms)
{
    drop_link(client);
    client->link = open_link(client, endpoint, deadline_ms);
    return client->link != NULL;
}

static bool wants_replica(const struct redis_client *client)
{
    return client->options.role == REDIS_READER && !client->avoids_replicas && client->options.url.replica_count > 0;
}

/* The next replica that was not tried, else the primary. */
static bool dial_next(struct redis_client *client, int64_t deadline_ms)
{
    const struct redis_url *url = &client->options.url;
    while (wants_replica(client) && client->tried < url->replica_count) {
        int64_t until_ms = redis_dial_attempt_end_ms(deadline_ms, url->replica_count - client->tried + 1);
        uint32_t i = (client->turn + client->tried++) % url->replica_count;
        if (dial(client, &url->replicas[i], until_ms)) {
            client->is_replica = true;
            return true;
        }
    }
    return dial(client, &url->endpoints[0], deadline_ms);
}

static bool dial_anew(struct redis_client *client, int64_t deadline_ms)
{
    struct redis_endpoint master;
    client->has_moved = false;
    if (client->options.url.is_sentinel) {
        return find_master(client, deadline_ms, &master) && dial(client, &master, deadline_ms);
    }
    client->turn++;
    client->tried = 0;
    client->resolve_due_ms = redis_link_now_ms() + REDIS_CLIENT_RESOLVE_MS;
    return dial_next(client, deadline_ms);
}

/* Does the link still lead where it should: to a master that may have moved, to a replica that may be back? */
static void reconsider(struct redis_client *client, int64_t deadline_ms)
{
    struct redis_endpoint master, before = client->peer;
    if (redis_link_now_ms() < client->resolve_due_ms) {
        return;
    }
    if (!client->options.url.is_sentinel) {
        if (wants_replica(client) && !client->is_replica) {
            drop_link(client);
        }
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
        reconsider(client, deadline_ms);
    }
    return client->link != NULL || dial_anew(client, deadline_ms);
}

/* Exchanges */

static void refuse(struct redis_client *client, const struct redis_command *command, const struct redis_reply *fault)
{
    char reason[REDIS_LINK_REASON_BYTES];
    redis_fault_describe(command->arguments[0], redis_reply_text(fault), reason, sizeof(reason));
    fail(client, redis_fault_of(redis_reply_text(fault)), reason);
}

/* One run on the link there is. FAULT: what failed is told. */
static enum redis_verdict attempt(struct redis_client *client, struct redis_pipeline *pipeline, bool is_asking,
                                  int64_t deadline_ms, struct redis_endpoint *ret_there)
{
    struct redis_pipeline_manner manner = {.client_name = client->is_name_due ? client->client_name : "",
                                           .is_asking = is_asking};
    client->is_name_due = false;
    bool has_run = redis_pipeline_run(pipeline, client->link, &manner, deadline_ms);
    redis_meter_note(&client->meter, client->link);
    if (!has_run || redis_link_has_more(client->link)) { /* with one reply too many, which of them were ours? */
        fail(client, REDIS_FAULT_DOWN,
             has_run ? "sends more replies than it was asked for" : redis_link_reason(client->link));
        return REDIS_VERDICT_FAULT;
    }
    uint32_t i = 0;
    enum redis_verdict verdict = redis_pipeline_judge(pipeline, &client->peer, &i, ret_there);
    if (verdict == REDIS_VERDICT_FAULT) {
        refuse(client, &pipeline->commands[i], pipeline->replies[i]);
    }
    return verdict;
}

static int64_t connect_deadline_ms(const struct redis_client *client, int64_t deadline_ms)
{
    int64_t until_ms = redis_link_now_ms() + client->options.connect_timeout_ms;
    return until_ms < deadline_ms ? until_ms : deadline_ms;
}

/* To where the rest can be done; false when it can be nowhere. */
static bool move_on(struct redis_client *client, struct redis_pipeline *pipeline, enum redis_verdict verdict,
                    const struct redis_endpoint *there, int64_t deadline_ms)
{
    int64_t until_ms = connect_deadline_ms(client, deadline_ms);
    switch (verdict) {
    case REDIS_VERDICT_ALL:
        return false;
    case REDIS_VERDICT_FAULT:
        redis_pipeline_forget(pipeline);
        return client->is_replica && client->fault == REDIS_FAULT_LOADING && dial_next(client, until_ms);
    case REDIS_VERDICT_MOVED:
    case REDIS_VERDICT_ASK:
        redis_pipeline_forget_faults(pipeline);
        break;
    }
    client->has_moved = dial(client, there, until_ms) && verdict == REDIS_VERDICT_MOVED;
    return client->link != NULL;
}

static bool exchange(struct redis_client *client, struct redis_pipeline *pipeline)
{
    enum redis_verdict verdict = REDIS_VERDICT_ALL;
    if (!be_connected(client)) {
        return false;
    }
    int64_t deadline_ms = redis_link_now_ms() + client->options.command_timeout_ms;
    for (int hops = 0; hops <= REDIS_CLIENT_HOPS_MAX; hops += verdict != REDIS_VERDICT_FAULT) {
        bool is_asking = verdict == REDIS_VERDICT_ASK;
        struct redis_endpoint there = client->peer;
        verdict = attempt(client, pipeline, is_asking, deadline_ms, &there);
        if (verdict == REDIS_VERDICT_ALL && is_asking) {
            drop_link(client); /* the next exchange asks the slot's owner again */
        }
        if (verdict == REDIS_VERDICT_ALL || !move_on(client, pipeline, verdict, &there, deadline_ms)) {
            return verdict == REDIS_VERDICT_ALL;
        }
    }
    return fail(client, REDIS_FAULT_OTHER, "the Cluster redirects in circles");
}

bool redis_client_exchange(struct redis_client *client, const struct redis_command *commands, uint32_t count,
                           struct redis_reply **ret_replies)
{
    assert(count > 0 && count <= REDIS_CLIENT_COMMANDS_MAX);
    struct redis_pipeline pipeline;
    redis_pipeline_init(&pipeline, commands, count, ret_replies);
    redis_meter_count(&client->meter.exchanges);
    if (exchange(client, &pipeline)) {
        client->fault = REDIS_FAULT_NONE;
        return true;
    }
    redis_pipeline_forget(&pipeline);
    redis_meter_count(&client->meter.failures);
    drop_link(client); /* the next exchange begins anew: it may be better elsewhere, or later */
    client->avoids_replicas = false;
    return false;
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
    client->is_name_due = client->link != NULL; /* or it is opened under that name */
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
    if (client->is_replica) {
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
    return open_link(client, &client->peer, redis_link_now_ms() + client->options.connect_timeout_ms);
}

void redis_client_traffic(const struct redis_client *client, struct redis_traffic *ret_traffic)
{
    redis_meter_read(&client->meter, ret_traffic);
}
