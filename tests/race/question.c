#include "tests/race/question.h"

#include <inttypes.h>
#include <stdio.h>

/* xorshift64: G. Marsaglia, "Xorshift RNGs", 2003. */
uint64_t question_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static uint32_t below(uint64_t *random, uint32_t limit)
{
    return (uint32_t)(question_random(random) >> 32) % limit;
}

static void draw_aois(struct question *question, uint64_t *random)
{
    question->aoi_count = 1 + below(random, QUESTION_AOIS_MAX);
    snprintf(question->aois[0], QUESTION_NAME_BYTES, "A-%u", below(random, 4));
    if (question->aoi_count > 1) {
        bool is_listed = below(random, 2) == 0;
        snprintf(question->aois[1], QUESTION_NAME_BYTES, "%s-%u", is_listed ? "B" : "X", below(random, 8));
    }
}

void question_draw(struct question *question, uint64_t *random, uint32_t caller, uint32_t number)
{
    static const char *const tiers[] = {"gold", "silver", NULL};
    snprintf(question->request_id, QUESTION_NAME_BYTES, "q-%u-%u", caller, number);
    snprintf(question->user_id, QUESTION_NAME_BYTES, "u-%u", below(random, 10000));
    draw_aois(question, random);
    question->amount_fen = below(random, 20000);
    question->delivery_fee_fen = below(random, 500);
    question->interface = below(random, 2) == 0 ? QUESTION_CHECKOUT : QUESTION_BROWSE;
    question->is_interface_named = question->interface == QUESTION_BROWSE || below(random, 2) == 0;
    question->tier = tiers[below(random, 3)];
}

const char *question_interface_name(const struct question *question)
{
    return question->interface == QUESTION_CHECKOUT ? "checkout" : "browse";
}

bool question_has_aoi(const struct question *question, const char *code)
{
    for (uint32_t i = 0; i < question->aoi_count; i++) {
        if (strcmp(question->aois[i], code) == 0) {
            return true;
        }
    }
    return false;
}

void question_append_query(const struct question *question, struct text *text)
{
    text_append_format(text, "request_id=%s&user_id=%s&amount=%" PRId64 "&delivery_fee=%" PRId64, question->request_id,
                       question->user_id, question->amount_fen, question->delivery_fee_fen);
    for (uint32_t i = 0; i < question->aoi_count; i++) {
        text_append_format(text, "&aoi=%s", question->aois[i]);
    }
    if (question->is_interface_named) {
        text_append_format(text, "&interface=%s", question_interface_name(question));
    }
    if (question->tier != NULL) {
        text_append_format(text, "&tier=%s", question->tier);
    }
}

void question_append_json(const struct question *question, struct text *text)
{
    text_append_format(text,
                       "{\"request_id\":\"%s\",\"user_id\":\"%s\",\"amount\":%" PRId64 ",\"delivery_fee\":%" PRId64,
                       question->request_id, question->user_id, question->amount_fen, question->delivery_fee_fen);
    if (question->aoi_count == 1) {
        text_append_format(text, ",\"aoi\":\"%s\"", question->aois[0]);
    } else {
        text_append_format(text, ",\"aoi\":[\"%s\",\"%s\"]", question->aois[0], question->aois[1]);
    }
    if (question->is_interface_named) {
        text_append_format(text, ",\"interface\":\"%s\"", question_interface_name(question));
    }
    if (question->tier != NULL) {
        text_append_format(text, ",\"attributes\":{\"tier\":\"%s\"}", question->tier);
    }
    text_append_byte(text, '}');
}
