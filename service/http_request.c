#include "service/http_request.h"

#include <strings.h>

#include "service/clock.h"
#include "service/http_connection.h"

static void keep_target(struct http_connection *connection, struct slice target, const char *question)
{
    text_reset(&connection->target);
    text_append(&connection->target, target);
    const char *bytes = connection->target.bytes;
    uint32_t path_bytes = question == NULL ? target.length : (uint32_t)(question - target.at);
    uint32_t query_from = question == NULL ? path_bytes : path_bytes + 1;
    connection->path = (struct slice){.at = bytes, .length = path_bytes};
    connection->query = (struct slice){.at = bytes + query_from, .length = target.length - query_from};
}

void *http_request_begin(void *cls, const char *target, struct MHD_Connection *library)
{
    (void)cls;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(library, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_connection *connection = info->socket_context;
    if (connection == NULL) {
        return NULL;
    }
    struct slice received = target == NULL ? SLICE("") : slice_of(target);
    const char *question = memchr(received.at, '?', received.length);
    keep_target(connection, received, question);
    if (question != NULL) {
        /*
         * The library would decode the query into its own list, 56 bytes of its 8 KiB pool and some 30 ns a parameter.
         * It parses up to a NUL, from the byte behind '?' on, after this call: so a NUL there leaves it nothing. The
         * bytes are in its read buffer, which is writable. Were a later library to parse before, nothing here would
         * change: we read our copy.
         */
        *(char *)(question + 1) = '\0';
    }
    connection->stage = HTTP_STAGE_LINE;
    connection->begun_ns = connection->loop->turn_ns;
    if (connection->phase == HTTP_PHASE_IDLE) {
        http_connection_enter(connection, HTTP_PHASE_HEAD);
    }
    return connection;
}

size_t http_request_leave_escaped(void *cls, struct MHD_Connection *library, char *text)
{
    (void)cls, (void)library;
    return strlen(text);
}

void http_request_end(void *cls, struct MHD_Connection *library, void **context, enum MHD_RequestTerminationCode code)
{
    (void)library;
    struct http_loop *loop = cls;
    struct http_connection *connection = *context;
    if (connection == NULL) {
        return;
    }
    if (connection->stage != HTTP_STAGE_DONE || code != MHD_REQUEST_TERMINATED_COMPLETED_OK) {
        counter_add(&loop->metrics.requests_aborted, 1);
    }
    http_connection_end_request(connection);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                   const char *value, size_t value_length)
{
    (void)kind;
    http_guard_header(cls, (struct slice){.at = name, .length = (uint32_t)name_length},
                      (struct slice){.at = value == NULL ? "" : value, .length = (uint32_t)value_length});
    return MHD_YES;
}

static void guard(struct http_connection *connection, const char *url, const char *method, const char *version)
{
    struct http_request_line line = {
        .method = slice_of(method),
        .target = text_slice(&connection->target),
        .version = slice_of(version),
        .target_at = url,
        .head_bytes =
            MHD_get_connection_info(connection->library, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size,
    };
    struct http_head *head = &connection->head;
    http_guard_begin(head, &line);
    http_guard_watch_caller(head, connection->loop->caller_header);
    if (connection->loop->keeps_places) {
        http_guard_watch_places(head, &line);
    }
    MHD_get_connection_values_n(connection->library, MHD_HEADER_KIND, take_header, head);
    http_guard_end(head);
    connection->taken_bytes += line.head_bytes + head->body_bytes;
}

/* application/json, or any type with the suffix +json; parameters do not matter. */
bool http_request_is_json(struct slice type)
{
    static const char json[] = "application/json";
    const char *semicolon = memchr(type.at, ';', type.length);
    uint32_t length = semicolon == NULL ? type.length : (uint32_t)(semicolon - type.at);
    while (length > 0 && (type.at[length - 1] == ' ' || type.at[length - 1] == '\t')) {
        length--;
    }
    return (length == sizeof(json) - 1 && strncasecmp(type.at, json, length) == 0) ||
           (length > 5 && strncasecmp(type.at + length - 5, "+json", 5) == 0);
}

static void refuse(struct http_connection *connection, unsigned status, const char *detail)
{
    connection->fault = (struct http_fault){.status = status, .detail = detail};
}

static uint32_t body_bytes_max(const struct config *config, enum http_body body)
{
    switch (body) {
    case HTTP_BODY_NONE:
        return 0;
    case HTTP_BODY_CONTEXT:
    case HTTP_BODY_ANY:
        return config->limits.body_max_bytes;
    case HTTP_BODY_BATCH:
        return config->limits.batch_body_max_bytes;
    }
    return 0;
}

static void check_body(struct http_connection *connection)
{
    struct http_head *head = &connection->head;
    enum http_body body = connection->route->body;
    bool is_json_wanted = body == HTTP_BODY_CONTEXT || body == HTTP_BODY_BATCH;
    if (is_json_wanted && !head->has_body_bytes) {
        head->fault = (struct http_fault){.status = 411, .detail = "a body needs a Content-Length"};
        connection->fault = head->fault;
    } else if (head->body_bytes > body_bytes_max(connection->loop->config, body)) {
        refuse(connection, 413, "the body is longer than this path takes");
    } else if (is_json_wanted && head->content_type.at != NULL && !http_request_is_json(head->content_type)) {
        refuse(connection, 415, "the body's type is not application/json");
    } else if (head->body_bytes > 0 && !http_connection_hold_body(connection, (uint32_t)head->body_bytes)) {
        refuse(connection, 503, "too many bodies are being received");
    }
}

static void find_route(struct http_connection *connection)
{
    connection->allow = NULL;
    connection->fault = connection->head.fault;
    connection->route = NULL;
    if (connection->fault.status == 0) {
        connection->route = http_route_find(connection->loop->routes, connection->path, connection->head.method,
                                            &connection->fault, &connection->allow);
    }
    if (connection->route != NULL) {
        text_reset(&connection->body);
        check_body(connection);
    }
}

static void note_answer(struct http_connection *connection, const struct http_answer *answer)
{
    struct http_loop *loop = connection->loop;
    enum metric_route label = connection->route != NULL ? connection->route->label : loop->routes->label_otherwise;
    metrics_count_answer(&loop->metrics, label, answer->status);
    loop->answered++;
    if (connection->begun_ns == loop->turn_ns) {
        loop->answered_at_once[label]++; /* http_loop.c looks at the clock for all of them */
    } else {
        histogram_add(&loop->metrics.duration[label], clock_monotonic_ns() - connection->begun_ns, 1);
    }
    if (loop->routes->answered != NULL) {
        loop->routes->answered(connection, label, answer);
    }
}

static enum MHD_Result queue(struct http_connection *connection, const struct http_answer *answer)
{
    if (!http_answer_queue(connection, answer)) {
        return MHD_NO;
    }
    connection->stage = HTTP_STAGE_DONE;
    http_connection_enter(connection, HTTP_PHASE_ANSWER);
    note_answer(connection, answer);
    return MHD_YES;
}

static enum MHD_Result answer_fault(struct http_connection *connection)
{
    struct http_answer answer = http_answer_fault(connection, connection->fault);
    answer.allow = connection->allow;
    answer.retry_after_s = connection->fault.status == 503 ? 1 : 0;
    return queue(connection, &answer);
}

static enum MHD_Result serve(struct http_connection *connection)
{
    if (connection->fault.status != 0) {
        return answer_fault(connection);
    }
    struct http_answer answer = {0};
    if (connection->route->serve(connection, &answer) == HTTP_ANSWERED) {
        return queue(connection, &answer);
    }
    http_connection_enter(connection, HTTP_PHASE_WORK);
    MHD_suspend_connection(connection->library);
    return MHD_YES;
}

/* Answers before the body was read: the library closes, the rest of it is dropped (http_linger.h). */
static enum MHD_Result answer_early(struct http_connection *connection)
{
    connection->lingers = true;
    if (connection->fault.status == 431) { /* it leaves no room for an answer's head in the library's pool */
        http_linger_say(connection->socket, connection->fault);
        note_answer(connection, &(struct http_answer){.status = connection->fault.status});
        return MHD_NO;
    }
    return answer_fault(connection);
}

/* The head is complete. */
static enum MHD_Result handle_head(struct http_connection *connection)
{
    const struct http_head *head = &connection->head;
    uint32_t drain_max = connection->loop->config->limits.drain_max_bytes;
    if (head->fault.status != 0) {
        return answer_early(connection);
    }
    if (connection->fault.status != 0 && head->body_bytes > 0) {
        bool is_long =
            connection->fault.status == 413 || connection->fault.status == 503 || head->body_bytes > drain_max;
        if (is_long || head->expects_continue) {
            return answer_early(connection);
        }
        connection->stage = HTTP_STAGE_DRAIN; /* short enough to keep the connection */
    } else {
        connection->stage = head->body_bytes > 0 ? HTTP_STAGE_BODY : HTTP_STAGE_SERVE;
    }
    http_connection_enter(connection, HTTP_PHASE_BODY);
    /* The library would say 100 before a body that does not come, and then take what follows for it. */
    return head->expects_continue && head->body_bytes == 0 ? serve(connection) : MHD_YES;
}

static void take_data(struct http_connection *connection, const char *data, size_t *data_bytes)
{
    if (connection->stage == HTTP_STAGE_BODY) {
        text_append(&connection->body, (struct slice){.at = data, .length = (uint32_t)*data_bytes});
    } else {
        counter_add(&connection->loop->metrics.bodies_drained_bytes, *data_bytes);
    }
    *data_bytes = 0;
}

/* NOLINTNEXTLINE(readability-function-size): the library's callback has so many parameters */
enum MHD_Result http_request_handle(void *cls, struct MHD_Connection *library, const char *url, const char *method,
                                    const char *version, const char *data, size_t *data_bytes, void **context)
{
    (void)cls, (void)library;
    struct http_connection *connection = *context;
    if (connection == NULL || connection->target.failed) { /* no memory for it */
        return MHD_NO;
    }
    if (connection->stage == HTTP_STAGE_LINE) {
        guard(connection, url, method, version);
        find_route(connection);
        return handle_head(connection);
    }
    if (*data_bytes > 0) {
        take_data(connection, data, data_bytes);
        return MHD_YES;
    }
    return serve(connection);
}
