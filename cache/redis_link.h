/*
 * redis_link.h - one connection to one Redis server: bounded in time and size. The only place that knows hiredis
 * (with redis_reply and redis_tls).
 *
 *     link = redis_link_open(&options, deadline_ms, &failure)   resolve, connect, TLS, AUTH, SELECT, CLIENT SETNAME
 *     redis_link_send(link, arguments, count) …                 into a buffer
 *     redis_link_receive(link, deadline_ms, &reply) …           sends what is buffered; one reply a command
 *     redis_link_close(link)
 *
 * After any failure the link is dead: close it. (A late answer would otherwise belong to the wrong command; hiredis
 * 0.14 keeps no timeout across reconnects and counts timeouts per read, so a dripping server could hold it for ever.)
 * A failure is: the deadline, an end of stream, a protocol error (frames of RESP3 too), a reply past one of the
 * ceilings below. An error reply (-ERR …) is a reply.
 *
 * Time     monotonic milliseconds; deadlines are absolute and hold whatever the server does. Only the resolver of host
 *          names is beyond our control (getaddrinfo).
 * Threads  one at a time.
 * Signals  programs ignore SIGPIPE: hiredis from 1.0 on, and TLS, write to servers that may have gone.
 * Errors   NULL or false with a reason that an operator understands; passwords never occur in it.
 */
#pragma once

#include <stdint.h>

#include "cache/redis_fault.h"
#include "cache/redis_url.h"
#include "policy/slice.h"

enum {
    REDIS_LINK_REPLY_BYTES_MAX = 64 * 1024 + 1024, /* one reply: 64 KiB of content, and its framing */
    REDIS_LINK_ITEMS_MAX = 1024,                   /* of one array */
    REDIS_LINK_DEPTH_MAX = 7,                      /* of arrays in arrays: what hiredis 0.14 takes */
    REDIS_LINK_ARGUMENTS_MAX = 32,
    REDIS_LINK_NAME_BYTES = 128,
    REDIS_LINK_REASON_BYTES = 320,
};

struct redis_link_tls {
    bool is_on;
    const char *ca_file;              /* "": the system's */
    const char *cert_file, *key_file; /* "": none */
};

struct redis_link_options {
    const struct redis_endpoint *endpoint;
    const char *user, *password; /* "": none */
    uint32_t database;
    const char *client_name; /* no blanks; "": none */
    struct redis_link_tls tls;
};

struct redis_link_failure {
    enum redis_fault fault;
    char reason[REDIS_LINK_REASON_BYTES]; /* a clause without the endpoint */
};

struct redis_link;
struct redis_reply;

enum redis_reply_kind {
    REDIS_REPLY_NIL,
    REDIS_REPLY_INTEGER,
    REDIS_REPLY_STRING, /* bulk string or status */
    REDIS_REPLY_FAULT,  /* an error reply */
    REDIS_REPLY_LIST,
};

int64_t redis_link_now_ms(void);

struct redis_link *redis_link_open(const struct redis_link_options *options, int64_t deadline_ms,
                                   struct redis_link_failure *ret_failure);
void redis_link_close(struct redis_link *link);

/* False when memory ends. */
bool redis_link_send(struct redis_link *link, const struct slice *arguments, uint32_t count);

/* The next reply; the caller frees it. */
bool redis_link_receive(struct redis_link *link, int64_t deadline_ms, struct redis_reply **ret_reply);

/* Why the link is dead; "" while it lives. */
const char *redis_link_reason(const struct redis_link *link);

/* Did more than the last reply come with it? To be asked after the last one that was asked for. */
bool redis_link_has_more(const struct redis_link *link);

/* Nothing has arrived that was not asked for, and the server is there. To be asked before a command is sent. */
bool redis_link_is_quiet(const struct redis_link *link);

int redis_link_descriptor(const struct redis_link *link);

/* Bytes of RESP so far, both ways. */
uint64_t redis_link_bytes_in(const struct redis_link *link);
uint64_t redis_link_bytes_out(const struct redis_link *link);

void redis_reply_free(struct redis_reply *reply);
enum redis_reply_kind redis_reply_kind(const struct redis_reply *reply);
struct slice redis_reply_text(const struct redis_reply *reply); /* of STRING and FAULT; empty for others */
int64_t redis_reply_integer(const struct redis_reply *reply);   /* of INTEGER; 0 for others */
uint32_t redis_reply_count(const struct redis_reply *reply);    /* of LIST; 0 for others */
const struct redis_reply *redis_reply_item(const struct redis_reply *reply, uint32_t i);
