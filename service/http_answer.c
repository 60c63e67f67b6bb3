#include "service/http_answer.h"

#include <assert.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

#include "service/http_connection.h"
#include "service/http_problem.h"
#include "service/traceparent.h"

struct http_stocked {
    struct http_stocked *next;
    struct MHD_Response *response;
    uint16_t length;
    uint8_t admission;
    char bytes[];
};

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
    return value == NULL || MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_decision_headers(struct MHD_Response *response, enum admission admission)
{
    return add(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json") &&
           add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
           (admission == ADMISSION_EVALUATE || add(response, "X-Promo-Degraded", admission_cause(admission)));
}

static struct http_stocked *stocked_create(uint16_t length, enum admission admission)
{
    struct http_stocked *stocked = malloc(sizeof(*stocked) + length);
    if (stocked == NULL) {
        return NULL;
    }
    stocked->length = length;
    stocked->admission = (uint8_t)admission;
    stocked->response = MHD_create_response_from_buffer(length, stocked->bytes, MHD_RESPMEM_PERSISTENT);
    if (stocked->response == NULL || !add_decision_headers(stocked->response, admission)) {
        if (stocked->response != NULL) {
            MHD_destroy_response(stocked->response);
        }
        free(stocked);
        return NULL;
    }
    return stocked;
}

/* NULL when the stock's ceiling is reached or memory ends. */
static struct http_stocked *take(struct http_stock *stock, uint16_t length, enum admission admission)
{
    for (struct http_stocked **link = &stock->by_length[length]; *link != NULL; link = &(*link)->next) {
        struct http_stocked *stocked = *link;
        if (stocked->admission == (uint8_t)admission) {
            *link = stocked->next;
            return stocked;
        }
    }
    if (stock->count == HTTP_STOCK_MAX) {
        return NULL;
    }
    struct http_stocked *stocked = stocked_create(length, admission);
    stock->count += stocked != NULL;
    return stocked;
}

void http_stock_put_back(struct http_stock *stock, struct http_stocked *stocked)
{
    stocked->next = stock->by_length[stocked->length];
    stock->by_length[stocked->length] = stocked;
}

void http_stock_clear(struct http_stock *stock)
{
    for (unsigned length = 0; length <= HTTP_STOCK_BYTES_MAX; length++) {
        while (stock->by_length[length] != NULL) {
            struct http_stocked *stocked = stock->by_length[length];
            stock->by_length[length] = stocked->next;
            MHD_destroy_response(stocked->response);
            free(stocked);
        }
    }
    stock->count = 0;
}

/* Does the answer need nothing that the stock's responses lack? */
static bool is_plain(const struct http_connection *connection, const struct http_answer *answer)
{
    return answer->status == 200 && answer->content == HTTP_CONTENT_JSON && answer->owned_body == NULL &&
           answer->body.length <= HTTP_STOCK_BYTES_MAX && connection->head.traceparent.at == NULL &&
           !connection->loop->is_last_request;
}

static const char *const content_types[] = {
    [HTTP_CONTENT_JSON] = "application/json",
    [HTTP_CONTENT_PROBLEM] = "application/problem+json",
    [HTTP_CONTENT_TEXT] = "text/plain; charset=utf-8",
    [HTTP_CONTENT_METRICS] = "text/plain; version=0.0.4; charset=utf-8",
    [HTTP_CONTENT_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

static struct MHD_Response *response_create(const struct http_answer *answer)
{
    struct text *owned = answer->owned_body;
    if (owned == NULL) {
        return MHD_create_response_from_buffer(answer->body.length, (void *)answer->body.at, MHD_RESPMEM_MUST_COPY);
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(owned->length, owned->bytes, MHD_RESPMEM_MUST_FREE);
    if (response != NULL) {
        text_init(owned, owned->capacity_max); /* the bytes are the response's now */
    }
    return response;
}

static bool add_traceparent(struct MHD_Response *response, struct slice traceparent)
{
    char value[TRACEPARENT_BYTES_MAX + 1];
    if (traceparent.at == NULL || !traceparent_is_valid(traceparent)) {
        return true;
    }
    memcpy(value, traceparent.at, traceparent.length);
    value[traceparent.length] = '\0';
    return add(response, "traceparent", value);
}

static bool add_retry_after(struct MHD_Response *response, uint32_t retry_after_s)
{
    char value[16];
    snprintf(value, sizeof(value), "%" PRIu32, retry_after_s);
    return retry_after_s == 0 || add(response, MHD_HTTP_HEADER_RETRY_AFTER, value);
}

static bool add_headers(struct MHD_Response *response, const struct http_connection *connection,
                        const struct http_answer *answer)
{
    bool is_done = answer->content == HTTP_CONTENT_JSON
                       ? add_decision_headers(response, answer->admission)
                       : add(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_types[answer->content]);
    return is_done && add(response, MHD_HTTP_HEADER_ALLOW, answer->allow) &&
           add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, answer->challenge) &&
           add_retry_after(response, answer->retry_after_s) &&
           add_traceparent(response, connection->head.traceparent) &&
           (!connection->loop->is_last_request || add(response, MHD_HTTP_HEADER_CONNECTION, "close"));
}

bool http_answer_queue(struct http_connection *connection, const struct http_answer *answer)
{
    if (is_plain(connection, answer)) {
        struct http_stocked *stocked = take(&connection->loop->stock, (uint16_t)answer->body.length, answer->admission);
        if (stocked != NULL) {
            memcpy(stocked->bytes, answer->body.at, answer->body.length);
            connection->stocked = stocked;
            return MHD_queue_response(connection->library, answer->status, stocked->response) == MHD_YES;
        }
    }
    struct MHD_Response *response = response_create(answer);
    bool is_queued = response != NULL && add_headers(response, connection, answer) &&
                     MHD_queue_response(connection->library, answer->status, response) == MHD_YES;
    if (response != NULL) {
        MHD_destroy_response(response);
    }
    return is_queued;
}

struct http_answer http_answer_fault(struct http_connection *connection, struct http_fault fault)
{
    struct text *text = &connection->loop->text;
    text_reset(text);
    http_problem_append(text, fault.status, fault.detail, NULL);
    return (struct http_answer){.status = fault.status, .content = HTTP_CONTENT_PROBLEM, .body = text_slice(text)};
}

struct http_answer http_answer_too_many(struct http_connection *connection, const char *detail, uint32_t retry_after_s)
{
    assert(retry_after_s > 0);
    struct http_answer answer = http_answer_fault(connection, (struct http_fault){.status = 429, .detail = detail});
    answer.retry_after_s = retry_after_s;
    return answer;
}
