/*
 * http_route.h - which requests there are, one row each.
 */
#pragma once

#include "service/http_answer.h"
#include "service/http_guard.h"
#include "service/metrics.h"

enum http_outcome {
    HTTP_ANSWERED, /* the answer is filled */
    HTTP_PENDING,  /* the connection sleeps until http_connection_wake; then serve is called again */
};

/* What body a row takes, and which limit holds it. */
enum http_body {
    HTTP_BODY_NONE,
    HTTP_BODY_CONTEXT, /* JSON, limits.body_max_bytes */
    HTTP_BODY_BATCH,   /* JSON, limits.batch_body_max_bytes */
    HTTP_BODY_ANY,     /* of any type or none, limits.body_max_bytes */
};

struct http_route {
    struct slice path;
    bool is_prefix;
    unsigned methods;  /* of enum http_method, or-ed */
    const char *allow; /* of all rows of that path */
    enum http_body body;
    enum metric_route label;
    enum http_outcome (*serve)(struct http_connection *connection, struct http_answer *ret_answer);
};

struct http_routes {
    const struct http_route *rows;
    unsigned count;
    enum metric_route label_otherwise;
    /* Hears of each request that was answered, last of all; NULL: nobody does. */
    void (*answered)(struct http_connection *connection, enum metric_route label, const struct http_answer *answer);
};

/* The row of that path and method. NULL with the fault otherwise; of a 405 `ret_allow` says what is allowed. */
const struct http_route *http_route_find(const struct http_routes *routes, struct slice path, enum http_method method,
                                         struct http_fault *ret_fault, const char **ret_allow);
