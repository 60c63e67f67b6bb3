/*
 * question.h - what one request asks, drawn at random from a small world in which editions (edition.h) differ.
 *
 * The request id is of the question alone: an answer that went to another caller is a wrong one.
 *
 * Units   money in fen.
 * Threads a question is its caller's; `random` is the caller's state, never 0.
 */
#pragma once

#include "policy/text.h"

enum { QUESTION_AOIS_MAX = 2, QUESTION_NAME_BYTES = 32 };

enum question_interface { QUESTION_CHECKOUT, QUESTION_BROWSE };

struct question {
    char request_id[QUESTION_NAME_BYTES];
    char user_id[QUESTION_NAME_BYTES];
    char aois[QUESTION_AOIS_MAX][QUESTION_NAME_BYTES];
    uint32_t aoi_count;
    int64_t amount_fen, delivery_fee_fen;
    enum question_interface interface;
    bool is_interface_named; /* else it is left to the default, which is checkout */
    const char *tier;        /* NULL: the request has none */
};

uint64_t question_random(uint64_t *random);

/* The number-th question of a caller. */
void question_draw(struct question *question, uint64_t *random, uint32_t caller, uint32_t number);

const char *question_interface_name(const struct question *question);
bool question_has_aoi(const struct question *question, const char *code);

/* "user_id=u-1&aoi=A-0&..." */
void question_append_query(const struct question *question, struct text *text);
void question_append_json(const struct question *question, struct text *text);
