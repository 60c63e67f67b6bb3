/*
 * redis_claims.h - what tests of links and clients say again and again.
 */
#pragma once

#include "cache/redis_client.h"
#include "scripted_server.h"

enum { CLAIM_TIMEOUT_MS = 500, CLAIM_TOLERANCE_MS = 100 };

#define RULES(rules) (rules), sizeof(rules) / sizeof((rules)[0])

/* As programs do: a suite's .init. */
void ignore_pipes(void);

/* Links */
struct redis_link_options link_options_to(const struct redis_endpoint *endpoint);
struct redis_link *link_to(const struct scripted_server *server);
struct redis_link_failure link_is_refused(const struct redis_link_options *options, int64_t timeout_ms);

/* Clients: of one server, without a name, CLAIM_TIMEOUT_MS for everything; GET is what they ask. */
struct redis_client_options *
client_options_to(const struct redis_endpoint *endpoint); /* to be changed and used at once */
struct redis_client *client_of(const struct scripted_server *server);
bool get(struct redis_client *client, struct redis_reply **ret_reply);
void assert_gets(struct redis_client *client, const char *text);
void assert_fails(struct redis_client *client, enum redis_fault fault, const char *words);

/* Texts and rules that last as long as the test. */
const char *lasting(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct scripted_server *open_answering(const char *command, const char *reply);
