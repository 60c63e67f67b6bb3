/*
 * redis_client.h - the Redis of a namespace, wherever it stands: one server, replicas, Sentinels, a Cluster.
 *
 *     reader   a replica if the URL names some: one after the other from a random one on, then the primary
 *     writer   the primary
 *
 * It opens links (redis_link.h) as needed, asks Sentinels where the master is, follows -MOVED and -ASK (at most
 * REDIS_CLIENT_HOPS_MAX), leaves a replica that is loading or has lost its master, and gives up after one attempt
 * otherwise: how often to try again is the caller's matter. A link that died while it was idle is replaced; one that
 * breaks in the middle is a failure, since commands may have been done.
 * With Sentinels the master is asked for again after every failure and every REDIS_CLIENT_RESOLVE_MS; as often a
 * reader that had to do with the primary tries the replicas again.
 *
 * Errors   false; redis_client_reason says what an operator needs: who, what, and the server's own words where it
 *          answered. An error reply in an exchange is a failure of the exchange; redis_client_fault tells which.
 * Threads  one at a time; redis_client_traffic from any.
 * Memory   options are copied.
 */
#pragma once

#include "cache/redis_meter.h"
#include "cache/redis_pipeline.h"

enum {
    REDIS_CLIENT_HOPS_MAX = 5,
    REDIS_CLIENT_RESOLVE_MS = 10000,
    REDIS_CLIENT_COMMANDS_MAX = 64, /* of one exchange */
    REDIS_CLIENT_REASON_BYTES = 512,
};

enum redis_role {
    REDIS_READER,
    REDIS_WRITER,
};

struct redis_client_options {
    struct redis_url url;
    char password_file[4096];          /* "": the URL's; else read at every connect, one trailing newline removed */
    char user[REDIS_URL_SECRET_BYTES]; /* "": the URL's */
    char ca_file[4096], cert_file[4096], key_file[4096];
    char name[64]; /* of the program and host, first part of the client name: "promogate/web-1" */
    enum redis_role role;
    uint32_t connect_timeout_ms; /* resolve, connect, TLS, AUTH, SELECT */
    uint32_t command_timeout_ms; /* one exchange on that: all replies, redirections included */
};

struct redis_client;

struct redis_client *redis_client_create(const struct redis_client_options *options);
void redis_client_free(struct redis_client *client);

/* The last part of the client name, from the next exchange on: up to 48 bytes without blanks, a trace id. A server that
   does not know CLIENT SETNAME, or denies it, goes without. */
void redis_client_set_trace(struct redis_client *client, const char *trace);

/*
 * Sends `count` commands as one pipeline and reads as many replies, all within command_timeout_ms. True: ret_replies
 * holds them, none is an error reply, the caller frees each. False: none is left to free.
 */
bool redis_client_exchange(struct redis_client *client, const struct redis_command *commands, uint32_t count,
                           struct redis_reply **ret_replies);

/* One command. */
bool redis_client_call(struct redis_client *client, const struct slice *arguments, uint32_t count,
                       struct redis_reply **ret_reply);

enum redis_fault redis_client_fault(const struct redis_client *client);
const char *redis_client_reason(const struct redis_client *client); /* a clause: "127.0.0.1:6379: connection refused" */

/* Readers: leave the replicas alone until the next failure or redis_client_use_replicas: they lag. */
void redis_client_use_primary(struct redis_client *client);
void redis_client_use_replicas(struct redis_client *client);

/* A link of its own to the node that commands go to: for SUBSCRIBE. NULL as redis_client_exchange is false. */
struct redis_link *redis_client_open_link(struct redis_client *client);

void redis_client_traffic(const struct redis_client *client, struct redis_traffic *ret_traffic);
