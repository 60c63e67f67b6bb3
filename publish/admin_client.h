/*
 * admin_client.h - one request to the admin listener of each of many gateways, at the same time.
 *
 * Each is asked at its address, under the name of its URL (so certificates and Host are right). No redirect is
 * followed, no proxy used, nothing sent twice; http and https only. The only file that knows libcurl.
 *
 * Ceilings   ADMIN_CLIENT_CALLS_MAX at a time, ADMIN_CLIENT_ANSWER_BYTES_MAX of an answer, timeout_ms for each.
 * Ownership  the caller clears the answers (admin_client_free_answers).
 * Errors     NULL: memory ended. What happened to one gateway is in its answer.
 */
#pragma once

#include "policy/text.h"
#include "publish/gateway_list.h"

enum {
    ADMIN_CLIENT_CALLS_MAX = 64,
    ADMIN_CLIENT_ANSWER_BYTES_MAX = 64 * 1024,
    ADMIN_CLIENT_REASON_BYTES = 320,
};

struct admin_request {
    struct slice interface;                     /* GET or PUT /admin/switches/INTERFACE; "": /admin/switches */
    struct slice body;                          /* of a PUT; "": it is a GET */
    const char *token;                          /* "": none */
    const char *ca_file, *cert_file, *key_file; /* NULL: not given */
    uint32_t timeout_ms;
};

struct admin_answer {
    uint32_t status; /* of HTTP; 0: there is no answer */
    struct text body;
    char reason[ADMIN_CLIENT_REASON_BYTES]; /* why there is none */
};

/* One for each gateway, in the list's order. */
struct admin_answer *admin_client_ask(const struct gateway_list *gateways, const struct admin_request *request);
void admin_client_free_answers(struct admin_answer *answers, uint32_t count);
