#include "service/http_evaluate.h"

#include "policy/context_json.h"
#include "policy/context_query.h"
#include "service/clock.h"
#include "service/http_batch.h"
#include "service/http_connection.h"
#include "service/http_problem.h"
#include "service/http_terms.h"
#include "service/traceparent.h"
#include "service/worker.h"

static enum http_outcome refuse(struct worker *worker, struct http_answer *ret_answer)
{
    struct text *text = &worker->loop.text;
    text_reset(text);
    http_problem_append_context(text, &worker->error);
    ret_answer->status = (unsigned)worker->error.status;
    ret_answer->content = HTTP_CONTENT_PROBLEM;
    ret_answer->body = text_slice(text);
    return HTTP_ANSWERED;
}

/* Asked anew when it has waited: operators may have decided meanwhile, and time has passed. */
static enum admission admit(struct worker *worker, const struct http_connection *connection,
                            const struct decision_terms *terms)
{
    return http_deferral_is_due(connection) ? decider_readmit(&worker->decider, &worker->view, &worker->context, terms)
                                            : decider_admit(&worker->decider, &worker->view, &worker->context, terms);
}

static enum http_outcome append_decision(struct worker *worker, enum admission admission,
                                         struct http_answer *ret_answer)
{
    struct text *text = &worker->loop.text;
    text_reset(text);
    ret_answer->admission = admission;
    decider_append(&worker->decider, &worker->view, &worker->context, admission, text);
    if (text->failed) {
        ret_answer->admission = ADMISSION_EVALUATE;
        ret_answer->status = 503;
        ret_answer->retry_after_s = 1;
        ret_answer->content = HTTP_CONTENT_PROBLEM;
        ret_answer->body = SLICE("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
                                 "\"detail\":\"there is no memory for the answer\"}");
        return HTTP_ANSWERED;
    }
    ret_answer->status = 200;
    ret_answer->content = HTTP_CONTENT_JSON;
    ret_answer->is_decision = true;
    ret_answer->body = text_slice(text);
    return HTTP_ANSWERED;
}

static enum http_outcome reject(struct worker *worker, struct http_connection *connection,
                                const struct decision_terms *terms, struct http_answer *ret_answer)
{
    uint32_t retry_after_s = decider_retry_after_s(&worker->decider, terms);
    decider_reject(&worker->decider);
    *ret_answer =
        http_answer_too_many(connection, "the caller, or all callers together, ask more than they may", retry_after_s);
    return HTTP_ANSWERED;
}

/*
 * Parsing writes to the bytes, and a request that has waited is parsed once more. So while evaluations are heavy, where
 * a copy is nothing, the copy is parsed. Without room for it the request does not wait.
 */
static char *bytes_to_parse(struct worker *worker, const struct http_connection *connection, char *bytes, size_t length)
{
    struct text *copy = &worker->request_copy;
    worker->may_defer = gauge_is_heavy(&worker->gauge) && !http_deferral_is_due(connection);
    if (!worker->may_defer) {
        return bytes;
    }
    text_reset(copy);
    text_append(copy, (struct slice){.at = bytes, .length = (uint32_t)length});
    worker->may_defer = !copy->failed;
    return copy->failed ? bytes : copy->bytes;
}

static enum http_outcome decide(struct worker *worker, struct http_connection *connection,
                                struct http_answer *ret_answer)
{
    struct decision_terms terms;
    if (!http_terms_read(connection, worker->waited_ns, &terms)) {
        *ret_answer = http_answer_fault(connection, http_terms_fault);
        return HTTP_ANSWERED;
    }
    enum admission admission = admit(worker, connection, &terms);
    if (admission == ADMISSION_RATE_LIMITED && worker->view.config->rejects_on_limit) {
        return reject(worker, connection, &terms, ret_answer);
    }
    if (admission == ADMISSION_EVALUATE && worker->may_defer) {
        switch (http_deferral_place(worker, terms.deadline_ns)) {
        case HTTP_DEFERRAL_NOT:
            break;
        case HTTP_DEFERRAL_WAIT:
            http_deferral_begin(worker, connection);
            return HTTP_PENDING;
        case HTTP_DEFERRAL_FULL:
            decider_turn_away(&worker->decider, &worker->view, &worker->context);
            admission = ADMISSION_SATURATED;
            break;
        case HTTP_DEFERRAL_LATE:
            admission = ADMISSION_BUDGET;
            break;
        }
    }
    return append_decision(worker, admission, ret_answer);
}

static enum http_outcome serve_get(struct http_connection *connection, struct http_answer *ret_answer)
{
    struct worker *worker = connection->loop->owner;
    uint32_t length = connection->query.length;
    char *received = connection->target.bytes + (connection->query.at - connection->target.bytes);
    char *query = bytes_to_parse(worker, connection, received, length);
    bool is_valid = context_query_parse(query, length, &worker->view.rules, &worker->context, &worker->error);
    return is_valid ? decide(worker, connection, ret_answer) : refuse(worker, ret_answer);
}

static enum http_outcome serve_post(struct http_connection *connection, struct http_answer *ret_answer)
{
    struct worker *worker = connection->loop->owner;
    size_t length = connection->body.length;
    char *body = bytes_to_parse(worker, connection, connection->body.bytes, length);
    enum context_outcome outcome =
        context_json_parse(body, length, &worker->view.rules, &worker->context, &worker->error);
    return outcome == CONTEXT_VALID ? decide(worker, connection, ret_answer) : refuse(worker, ret_answer);
}

/* The access log */

static struct slice trace_id_of(struct slice traceparent)
{
    bool is_there = traceparent.at != NULL && traceparent_is_valid(traceparent);
    return is_there ? (struct slice){.at = traceparent.at + sizeof("00-") - 1, .length = ACCESS_LOG_TRACE_BYTES}
                    : (struct slice){0};
}

static void add_decision(const struct worker *worker, struct access_facts *facts)
{
    const struct evaluation *evaluation = worker->decider.evaluation;
    facts->request_id = worker->context.request_id;
    facts->interface = worker->context.interface;
    facts->user_id = worker->context.user_id;
    facts->decision_id = (struct slice){.at = worker->decider.id, .length = ULID_BYTES};
    facts->release = worker->view.release;
    facts->is_evaluated = facts->admission == ADMISSION_EVALUATE;
    if (facts->is_evaluated) {
        facts->offers = evaluation->offer_count;
        facts->discount_fen = evaluation->discount + evaluation->delivery_discount;
    }
}

static void log_access(struct http_connection *connection, enum metric_route label, const struct http_answer *answer)
{
    struct worker *worker = connection->loop->owner;
    bool always = answer->status >= 400 || answer->admission != ADMISSION_EVALUATE || answer->has_degraded;
    if (!access_log_wants(&worker->access_log, worker->view.config, always)) {
        return;
    }
    struct access_facts facts = {.wall_ms = worker->view.wall_ms,
                                 .duration_ns = clock_monotonic_ns() - connection->begun_ns,
                                 .route = label,
                                 .status = answer->status,
                                 .admission = answer->admission,
                                 .items = answer->items,
                                 .caller = connection->head.caller,
                                 .trace_id = trace_id_of(connection->head.traceparent)};
    if (answer->is_decision) {
        add_decision(worker, &facts);
    }
    access_log_note(&worker->access_log, &facts);
}

static const struct http_route rows[] = {
    {.path = {"/v1/evaluate", sizeof("/v1/evaluate") - 1},
     .methods = HTTP_GET | HTTP_HEAD,
     .allow = "GET, HEAD, POST",
     .label = METRIC_ROUTE_EVALUATE_GET,
     .serve = serve_get},
    {.path = {"/v1/evaluate", sizeof("/v1/evaluate") - 1},
     .methods = HTTP_POST,
     .allow = "GET, HEAD, POST",
     .body = HTTP_BODY_CONTEXT,
     .label = METRIC_ROUTE_EVALUATE_POST,
     .serve = serve_post},
    {.path = {"/v1/evaluate/batch", sizeof("/v1/evaluate/batch") - 1},
     .methods = HTTP_POST,
     .allow = "POST",
     .body = HTTP_BODY_BATCH,
     .label = METRIC_ROUTE_BATCH,
     .serve = http_batch_serve},
};

const struct http_routes http_evaluate_routes = {.rows = rows,
                                                 .count = sizeof(rows) / sizeof(rows[0]),
                                                 .label_otherwise = METRIC_ROUTE_OTHER,
                                                 .answered = log_access};
