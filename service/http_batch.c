#include "service/http_batch.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/context_json.h"
#include "service/clock.h"
#include "service/http_connection.h"
#include "service/http_problem.h"
#include "service/http_terms.h"
#include "service/worker.h"

enum { CLOCK_BYTES = 2048, CLOCK_CANDIDATES = 256 };

struct http_batch {
    TAILQ_ENTRY(http_batch) links;
    struct http_connection *connection;
    struct worker *worker;
    bool has_begun, is_done;
    int64_t queued_ns;
    bool is_late; /* it waited so long that what is left of it gets fallbacks */
    struct decision_terms terms;
    struct decision_view view; /* once begun */
    struct json_reader reader; /* over the connection's body */
    uint32_t items;
    bool has_degraded; /* one of these */
    uint64_t work;     /* policies looked at so far */
    struct text answer;
    struct context_error error; /* status 0: none */
};

/* The rotation */

static void append(struct http_batches *batches, struct http_batch *batch)
{
    TAILQ_INSERT_TAIL(&batches->rotation, batch, links);
    batches->count++;
}

static void take_out(struct http_batches *batches, struct http_batch *batch)
{
    TAILQ_REMOVE(&batches->rotation, batch, links);
    batches->count--;
    batches->begun -= batch->has_begun;
}

static void finish(struct http_batch *batch)
{
    take_out(&batch->worker->batches, batch);
    batch->is_done = true;
    http_connection_wake(batch->connection);
}

static struct http_batch *batch_of(struct http_connection *connection)
{
    return (struct http_batch *)connection->work;
}

static void batch_end(struct http_connection *connection)
{
    struct http_batch *batch = batch_of(connection);
    if (!batch->is_done) {
        take_out(&batch->worker->batches, batch);
    }
    text_clear(&batch->answer);
    free(batch);
}

/* Reading */

/* Refuses the whole. */
static void fail(struct http_batch *batch, int status, const char *pointer, const char *detail)
{
    context_fail(&batch->error, pointer, detail);
    batch->error.status = status;
}

static void fail_json(struct http_batch *batch)
{
    fail(batch, 400, "", batch->reader.error != NULL ? batch->reader.error : "is not JSON");
}

/* {"requests":[ */
static void read_opening(struct http_batch *batch)
{
    struct json_reader *reader = &batch->reader;
    enum json_token token = json_reader_next(reader);
    if (token != JSON_OBJECT_BEGIN) {
        token == JSON_ERROR ? fail_json(batch) : fail(batch, 400, "", "a batch is an object");
        return;
    }
    token = json_reader_next(reader);
    if (token == JSON_OBJECT_END) {
        fail(batch, 400, "/requests", "is missing");
    } else if (token != JSON_NAME) {
        fail_json(batch);
    } else if (!slice_equals(reader->string, SLICE("requests"))) {
        context_fail_unknown(&batch->error, reader->string);
    } else if ((token = json_reader_next(reader)) == JSON_ERROR) {
        fail_json(batch);
    } else if (token != JSON_ARRAY_BEGIN) {
        fail(batch, 400, "/requests", "is not a list");
    }
}

/* ]} */
static void read_closing(struct http_batch *batch)
{
    struct json_reader *reader = &batch->reader;
    enum json_token token = json_reader_next(reader);
    if (batch->items == 0) {
        fail(batch, 400, "/requests", "has no element");
    } else if (token == JSON_NAME) {
        bool is_twice = slice_equals(reader->string, SLICE("requests"));
        is_twice ? fail(batch, 400, "/requests", "occurs more than once")
                 : (void)context_fail_unknown(&batch->error, reader->string);
    } else if (token != JSON_OBJECT_END || json_reader_next(reader) != JSON_END) {
        fail_json(batch);
    }
}

static void append_result(struct http_batch *batch, enum context_outcome outcome)
{
    struct worker *worker = batch->worker;
    if (batch->items++ > 0) {
        text_append_byte(&batch->answer, ',');
    }
    if (outcome == CONTEXT_INVALID) {
        http_problem_append_context(&batch->answer, &worker->error);
        return;
    }
    enum admission admission = decider_admit(&worker->decider, &batch->view, &worker->context, &batch->terms);
    if (admission == ADMISSION_RATE_LIMITED && batch->view.config->rejects_on_limit) {
        decider_reject(&worker->decider);
        http_problem_append(&batch->answer, 429, "the caller, or all callers together, ask more than they may", NULL);
        return;
    }
    if (admission == ADMISSION_EVALUATE && batch->is_late) {
        decider_turn_away(&worker->decider, &batch->view, &worker->context);
        admission = ADMISSION_SATURATED;
    }
    decider_append(&worker->decider, &batch->view, &worker->context, admission, &batch->answer);
    batch->has_degraded |= admission != ADMISSION_EVALUATE;
    batch->work += admission == ADMISSION_EVALUATE ? worker->decider.evaluation->looked_at : 0;
}

static void check_ceilings(struct http_batch *batch)
{
    char detail[CONTEXT_DETAIL_BYTES];
    if (batch->work > batch->view.config->limits.batch_max_work) {
        snprintf(detail, sizeof(detail), "the first %u requests need more work than limits.batch_max_work",
                 batch->items);
        fail(batch, 413, "", detail);
    } else if (batch->answer.failed) {
        fail(batch, 413, "", "the answer is longer than limits.answer_max_bytes");
    }
}

/* One context, or the list's end. False when the batch is through, well or not. */
static bool read_item(struct http_batch *batch)
{
    struct json_reader *reader = &batch->reader;
    struct worker *worker = batch->worker;
    /* An item ends within limits.body_max_bytes: the reader sees no more, so that no item holds the loop for long. */
    const char *end = reader->end;
    size_t item_max = batch->view.config->limits.body_max_bytes;
    reader->end = (size_t)(end - reader->at) > item_max ? reader->at + item_max : end;
    enum json_token token = json_reader_next(reader);
    if (token == JSON_ARRAY_END) {
        reader->end = end;
        read_closing(batch);
        return false;
    }
    enum context_outcome outcome =
        context_json_read(reader, token, &batch->view.rules, &worker->context, &worker->error);
    if (outcome == CONTEXT_MALFORMED) {
        reader->end < end
            ? fail(batch, 400, "/requests", "has an element that is longer than limits.body_max_bytes, or no JSON")
            : fail_json(batch);
        return false;
    }
    reader->end = end;
    if (batch->items == HTTP_BATCH_REQUESTS_MAX) {
        fail(batch, 400, "/requests", "has more than 1000 elements");
        return false;
    }
    append_result(batch, outcome);
    check_ceilings(batch);
    return batch->error.status == 0;
}

/* Working */

static void begin(struct http_batch *batch)
{
    struct worker *worker = batch->worker;
    struct http_connection *connection = batch->connection;
    const struct config *config = worker->view.config;
    int64_t waited_ns = clock_monotonic_ns() - batch->queued_ns;
    batch->view = worker->view;
    batch->has_begun = true;
    batch->is_late = config->is_breaker_on && waited_ns > config->breaker.queue_max_ms * INT64_C(1000000);
    worker->batches.begun++;
    worker->batches.snapshot = worker->view.snapshot;
    worker->batches.config = worker->view.config;
    text_init(&batch->answer, worker->view.config->limits.answer_max_bytes);
    text_append(&batch->answer, SLICE("{\"results\":["));
    json_reader_init(&batch->reader, connection->body.bytes, connection->body.length);
    read_opening(batch);
}

static bool may_begin(const struct worker *worker)
{
    const struct http_batches *batches = &worker->batches;
    return batches->begun == 0 ||
           (batches->snapshot == worker->view.snapshot && batches->config == worker->view.config);
}

/* Is it time to look at the clock? After some bytes or candidates: either is a few microseconds' work. */
static bool has_done_some(const struct http_batch *batch, const char *from, uint64_t work)
{
    return batch->reader.at - from >= CLOCK_BYTES || batch->work - work >= CLOCK_CANDIDATES;
}

/* True when it is through. */
static bool work_slice(struct http_batch *batch, int64_t until_ns)
{
    if (!batch->has_begun) {
        begin(batch);
    }
    const char *from = batch->reader.at;
    uint64_t work = batch->work;
    while (batch->error.status == 0 && read_item(batch)) {
        if (has_done_some(batch, from, work)) {
            if (clock_monotonic_ns() >= until_ns) {
                return false;
            }
            from = batch->reader.at;
            work = batch->work;
        }
    }
    return true;
}

/* The next in rotation that may be worked on; those that may not go behind it. */
static struct http_batch *next(struct worker *worker)
{
    bool fresh_may = may_begin(worker);
    struct http_batch *batch;
    TAILQ_FOREACH(batch, &worker->batches.rotation, links)
    {
        if (batch->has_begun || fresh_may) {
            return batch;
        }
    }
    return NULL;
}

void http_batches_work(struct worker *worker)
{
    struct http_batch *batch = next(worker);
    if (batch == NULL) {
        return;
    }
    int64_t begun_ns = clock_monotonic_ns();
    uint32_t items = batch->items;
    bool is_through = work_slice(batch, begun_ns + batch->worker->view.config->batch.slice_us * INT64_C(1000));
    counter_add(&worker->loop.metrics.batch_items, batch->items - items);
    if (is_through) {
        text_append(&batch->answer, SLICE("]}"));
        check_ceilings(batch);
        finish(batch);
    } else {
        TAILQ_REMOVE(&worker->batches.rotation, batch, links);
        TAILQ_INSERT_TAIL(&worker->batches.rotation, batch, links);
    }
    histogram_add(&worker->loop.metrics.batch_slice, clock_monotonic_ns() - begun_ns, 1);
}

int64_t http_batches_wait_ns(const struct http_batches *batches, int64_t now_ns)
{
    const struct http_batch *batch;
    TAILQ_FOREACH(batch, &batches->rotation, links)
    {
        if (!batch->has_begun) {
            return now_ns - batch->queued_ns;
        }
    }
    return 0;
}

void http_batches_abandon(struct worker *worker)
{
    struct http_batch *batch;
    while ((batch = TAILQ_FIRST(&worker->batches.rotation)) != NULL) {
        fail(batch, 503, "", "the gateway is stopping");
        finish(batch);
    }
}

/* Serving */

static enum http_outcome answer(struct http_batch *batch, struct http_answer *ret_answer)
{
    if (batch->error.status == 0) {
        ret_answer->status = 200;
        ret_answer->content = HTTP_CONTENT_JSON;
        ret_answer->owned_body = &batch->answer;
        ret_answer->items = batch->items;
        ret_answer->has_degraded = batch->has_degraded;
        return HTTP_ANSWERED;
    }
    struct text *text = &batch->worker->loop.text;
    text_reset(text);
    http_problem_append_context(text, &batch->error);
    ret_answer->status = (unsigned)batch->error.status;
    ret_answer->content = HTTP_CONTENT_PROBLEM;
    ret_answer->retry_after_s = batch->error.status == 503 ? 1 : 0;
    ret_answer->body = text_slice(text);
    return HTTP_ANSWERED;
}

enum http_outcome http_batch_serve(struct http_connection *connection, struct http_answer *ret_answer)
{
    if (connection->work != NULL) {
        return answer(batch_of(connection), ret_answer);
    }
    struct worker *worker = connection->loop->owner;
    struct decision_terms terms;
    if (!http_terms_read(connection, worker->waited_ns, &terms)) {
        *ret_answer = http_answer_fault(connection, http_terms_fault);
        return HTTP_ANSWERED;
    }
    struct http_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL) {
        *ret_answer = http_answer_fault(connection, (struct http_fault){503, "there is no memory for a batch"});
        ret_answer->retry_after_s = 1;
        return HTTP_ANSWERED;
    }
    batch->connection = connection;
    batch->worker = worker;
    batch->terms = terms;
    batch->queued_ns = clock_monotonic_ns();
    connection->work = batch;
    connection->work_end = batch_end;
    append(&worker->batches, batch);
    return HTTP_PENDING;
}
