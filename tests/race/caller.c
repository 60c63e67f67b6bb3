#include "tests/race/caller.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

enum { REQUEST_BYTES_MAX = 256 * 1024 };

static const char *const kind_names[] = {[CALLER_GET] = "GET", [CALLER_POST] = "POST", [CALLER_BATCH] = "batch"};

/* Asking */

static void draw(struct caller *caller, struct caller_line *line)
{
    uint64_t random = question_random(&caller->random) >> 32;
    line->kind = (enum caller_kind)(random % 3);
    line->count = 1;
    if (line->kind == CALLER_BATCH) {
        line->count = random / 3 % 8 == 0 ? CALLER_BATCH_LARGE : 1 + (uint32_t)(random / 24 % CALLER_BATCH_SMALL);
    }
    for (uint32_t i = 0; i < line->count; i++) {
        question_draw(&line->questions[i], &caller->random, caller->number, caller->questions++);
    }
}

static void append_body(const struct caller_line *line, struct text *text)
{
    if (line->kind == CALLER_POST) {
        question_append_json(&line->questions[0], text);
        return;
    }
    text_append(text, SLICE("{\"requests\":["));
    for (uint32_t i = 0; i < line->count; i++) {
        text_append(text, i > 0 ? SLICE(",") : SLICE(""));
        question_append_json(&line->questions[i], text);
    }
    text_append(text, SLICE("]}"));
}

/* The body's length has a fixed width, so that it can be written in once the body is there. */
static void append_request(const struct caller_line *line, struct text *text)
{
    if (line->kind == CALLER_GET) {
        text_append(text, SLICE("GET /v1/evaluate?"));
        question_append_query(&line->questions[0], text);
        text_append(text, SLICE(" HTTP/1.1\r\nHost: race\r\n\r\n"));
        return;
    }
    char digits[16];
    text_append_format(text,
                       "POST /v1/evaluate%s HTTP/1.1\r\nHost: race\r\nContent-Type: application/json\r\n"
                       "Content-Length: ",
                       line->kind == CALLER_BATCH ? "/batch" : "");
    size_t length_at = text->length;
    text_append(text, SLICE("00000000\r\n\r\n"));
    size_t body_at = text->length;
    append_body(line, text);
    snprintf(digits, sizeof(digits), "%08u", (unsigned)(text->length - body_at));
    if (!text->failed) {
        memcpy(text->bytes + length_at, digits, 8);
    }
}

static bool renew(struct caller *caller, struct caller_line *line)
{
    if (line->asked++ % CALLER_QUESTIONS_PER_CONNECTION != 0) {
        return true;
    }
    connection_close(&line->connection);
    return connection_open(&line->connection, &caller->address);
}

static bool ask(struct caller *caller, struct caller_line *line)
{
    if (!renew(caller, line)) {
        return false;
    }
    draw(caller, line);
    text_reset(&caller->request);
    append_request(line, &caller->request);
    line->floors = judge_take_floors(&caller->judge);
    return connection_send(&line->connection, &caller->request);
}

/* Judging */

static void tell_wrong(struct caller *caller, const struct caller_line *line, const struct connection_answer *answer)
{
    caller->wrong++;
    fprintf(stderr, "caller %u: status %u: the answer to a %s %s\n  got      %.*s\n  expected %.*s\n", caller->number,
            answer->status, kind_names[line->kind], caller->judge.reason, (int)answer->body.length, answer->body.at,
            (int)caller->judge.expected.length, caller->judge.expected.bytes);
}

static bool take_answer(struct caller *caller, struct caller_line *line)
{
    struct connection_answer answer;
    if (!connection_receive(&line->connection, &answer)) {
        return false;
    }
    bool is_right =
        answer.status == 200 &&
        (line->kind == CALLER_BATCH
             ? judge_batch(&caller->judge, &line->floors, line->questions, line->count, answer.body)
             : judge_decision(&caller->judge, &line->floors, line->questions, answer.body, answer.is_degraded));
    counter_add(&caller->answers, 1);
    caller->decisions += line->count;
    if (!is_right) {
        tell_wrong(caller, line, &answer);
    }
    return true;
}

/* False when a connection broke. */
static bool go_round(struct caller *caller)
{
    for (uint32_t i = 0; i < CALLER_CONNECTIONS; i++) {
        if (!ask(caller, &caller->lines[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < CALLER_CONNECTIONS; i++) {
        if (!take_answer(caller, &caller->lines[i])) {
            return false;
        }
    }
    return true;
}

/* Life */

static void *run(void *argument)
{
    struct caller *caller = argument;
    bool is_last = false;
    while (!is_last && caller->wrong < CALLER_WRONG_MAX) {
        is_last = atomic_load_explicit(&caller->is_finishing, memory_order_acquire);
        if (!go_round(caller)) {
            caller->wrong++;
            fprintf(stderr, "caller %u: a connection broke: %s\n", caller->number, strerror(errno));
            break;
        }
    }
    for (uint32_t i = 0; i < CALLER_CONNECTIONS; i++) {
        connection_close(&caller->lines[i].connection);
    }
    text_clear(&caller->request);
    judge_clear(&caller->judge);
    atomic_store_explicit(&caller->has_ended, true, memory_order_relaxed);
    return NULL;
}

bool caller_start(struct caller *caller, uint32_t number, const struct sockaddr_in *address, const struct judge *judge)
{
    *caller = (struct caller){.number = number, .address = *address, .random = number * UINT64_C(0x9E3779B97F4A7C15)};
    judge_init(&caller->judge, judge->editions, judge->configurations);
    text_init(&caller->request, REQUEST_BYTES_MAX);
    for (uint32_t i = 0; i < CALLER_CONNECTIONS; i++) {
        caller->lines[i].connection.socket = -1;
    }
    return pthread_create(&caller->thread, NULL, run, caller) == 0;
}

void caller_finish(struct caller *caller)
{
    atomic_store_explicit(&caller->is_finishing, true, memory_order_release);
}

void caller_join(struct caller *caller)
{
    pthread_join(caller->thread, NULL);
}
