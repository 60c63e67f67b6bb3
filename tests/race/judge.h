/*
 * judge.h - is this answer, byte for byte, the one that its release and its configuration give?
 *
 *     floors before the question ─▶ ask ─▶ answer ─▶ release in it ─▶ number ─▶ edition's own answer ─▶ equal?
 *                                              └───▶ fallback's coupon ─▶ number ─▶ configuration's ─▶ equal?
 *
 * Of the answer itself only the decision's id, its release and the choice between decision and fallback are taken; both
 * choices must be possible at the time, and all results of a batch must rest on one release and one configuration.
 *
 * Threads  one judge a caller.
 */
#pragma once

#include "tests/race/chronicle.h"
#include "tests/race/question.h"

enum { JUDGE_REASON_BYTES = 128, JUDGE_TEXT_BYTES_MAX = 64 * 1024 };

/* What was settled before the question was asked. */
struct judge_floors {
    uint32_t edition, configuration;
};

struct judge {
    struct chronicle *editions, *configurations;
    struct text expected;            /* of the last decision */
    char reason[JUDGE_REASON_BYTES]; /* of the last refusal */
};

void judge_init(struct judge *judge, struct chronicle *editions, struct chronicle *configurations);
void judge_clear(struct judge *judge);

struct judge_floors judge_take_floors(const struct judge *judge);

/* `is_degraded` is what the header said. */
bool judge_decision(struct judge *judge, const struct judge_floors *floors, const struct question *question,
                    struct slice body, bool is_degraded);

bool judge_batch(struct judge *judge, const struct judge_floors *floors, const struct question *questions,
                 uint32_t count, struct slice body);
