/*
 * http_answer.h - what a request is answered with, and its way to the client.
 *
 * A decision is answered from a stock of library responses, each with its own buffer, sorted by length: making one
 * costs eight allocations, filling one is a copy. Everything else (errors, batches, metrics) is made for the occasion.
 *
 *     take one of that length and cause ──▶ fill ──▶ queue ──▶ request ends ──▶ back into the stock
 *
 * Memory   at most HTTP_STOCK_MAX responses of at most HTTP_STOCK_BYTES_MAX each in a loop's stock.
 * Threads  a stock belongs to a loop.
 */
#pragma once

#include "degrade/admission.h"
#include "policy/text.h"
#include "service/http_guard.h"

struct http_connection;

enum {
    HTTP_STOCK_MAX = 4096,
    HTTP_STOCK_BYTES_MAX = 1024,
};

enum http_content {
    HTTP_CONTENT_JSON,
    HTTP_CONTENT_PROBLEM,
    HTTP_CONTENT_TEXT,
    HTTP_CONTENT_METRICS,
    HTTP_CONTENT_OPENMETRICS,
};

struct http_answer {
    unsigned status;
    enum http_content content;
    struct slice body;        /* copied, and valid until http_answer_queue returns; or */
    struct text *owned_body;  /* its bytes are taken over, it is empty then */
    enum admission admission; /* of a decision: anything but ADMISSION_EVALUATE becomes X-Promo-Degraded */
    const char *allow;        /* each NULL or the header's value */
    const char *challenge;
    uint32_t retry_after_s; /* 0: none */
    bool is_decision;       /* of the context at hand */
    uint32_t items;         /* of a batch */
    bool has_degraded;      /* one of these */
};

struct http_stocked;

struct http_stock {
    struct http_stocked *by_length[HTTP_STOCK_BYTES_MAX + 1];
    unsigned count; /* of all that exist, in use or not */
};

/* Queues it for the request at hand; false when memory ends: the connection is to be closed. */
bool http_answer_queue(struct http_connection *connection, const struct http_answer *answer);

/* The request is over: what was lent to it goes back. */
void http_stock_put_back(struct http_stock *stock, struct http_stocked *stocked);
void http_stock_clear(struct http_stock *stock);

/* A problem without pointer, rendered into the loop's text. */
struct http_answer http_answer_fault(struct http_connection *connection, struct http_fault fault);

/* 429: past a rate. `retry_after_s` is at least 1. */
struct http_answer http_answer_too_many(struct http_connection *connection, const char *detail, uint32_t retry_after_s);
