/*
 * caller.h - a thread that asks without pause over several keep-alive connections, and has every answer judged.
 *
 *     each round: a question on every connection (GET, POST or a batch, at random), then every answer
 *
 * A connection is given up for a fresh one after CALLER_QUESTIONS_PER_CONNECTION. The last round begins after
 * caller_finish, so its answers can only be of what is in force then.
 *
 * Threads  `answers` and `has_ended` are read by any, the other counts after caller_join.
 */
#pragma once

#include "service/counter.h"
#include "tests/race/connection.h"
#include "tests/race/judge.h"

enum {
    CALLER_CONNECTIONS = 8,
    CALLER_BATCH_SMALL = 8,  /* most batches have 1 to so many contexts */
    CALLER_BATCH_LARGE = 64, /* one in eight so many: it takes several turns of its worker */
    CALLER_QUESTIONS_PER_CONNECTION = 500,
    CALLER_WRONG_MAX = 20, /* then it gives up */
};

enum caller_kind { CALLER_GET, CALLER_POST, CALLER_BATCH };

struct caller_line {
    struct connection connection;
    uint32_t asked; /* on this connection */
    enum caller_kind kind;
    uint32_t count;
    struct question questions[CALLER_BATCH_LARGE];
    struct judge_floors floors;
};

struct caller {
    pthread_t thread;
    uint32_t number;
    struct sockaddr_in address;
    _Atomic bool is_finishing;
    uint64_t random;
    uint32_t questions;
    struct judge judge;
    struct text request;
    struct caller_line lines[CALLER_CONNECTIONS];

    counter answers; /* so far: from any thread */
    _Atomic bool has_ended;
    uint64_t wrong;
    uint64_t decisions; /* in these answers */
};

bool caller_start(struct caller *caller, uint32_t number, const struct sockaddr_in *address, const struct judge *judge);
void caller_finish(struct caller *caller);
void caller_join(struct caller *caller);
