#include "tests/race/configuration.h"

#include <inttypes.h>
#include <stdio.h>

enum { SECOND_OFF_FEN = 7 };

static int64_t first_off_fen(uint32_t number)
{
    return 100 + number % 500;
}

/* The shortest slices, so that even small batches take several turns of their worker. */
static const char form[] = "listen = \"127.0.0.1:0\";\n"
                           "source = \"file:none\";\n"
                           "batch = { slice_us = 50; };\n"
                           "interfaces = ( { name = \"checkout\"; degrade = \"%s\"; fallback = \"safe\"; },\n"
                           "               { name = \"browse\"; degrade = \"%s\"; fallback = \"safe\"; } );\n"
                           "fallbacks = ( { name = \"safe\"; offers = ( { coupon = \"F-%u\"; off = %" PRId64 "; },\n"
                           "                                          { coupon = \"E-%u\"; off = %d; } ); } );\n";

static const char *mode(uint32_t number, enum question_interface interface)
{
    return configuration_degrades(number, interface) ? "on" : "auto";
}

struct config *configuration_create(uint32_t number)
{
    char bytes[1024];
    struct config_errors errors;
    snprintf(bytes, sizeof(bytes), form, mode(number, QUESTION_CHECKOUT), mode(number, QUESTION_BROWSE), number,
             first_off_fen(number), number, SECOND_OFF_FEN);
    struct config *config = config_parse(slice_of(bytes), "race.conf", &errors);
    if (config == NULL) {
        fprintf(stderr, "configuration %u: %s: %s\n", number, errors.items[0].setting, errors.items[0].reason);
    }
    return config;
}

bool configuration_degrades(uint32_t number, enum question_interface interface)
{
    return (number % 2 == 1) == (interface == QUESTION_CHECKOUT);
}

bool configuration_of_answer(struct slice answer, uint32_t *ret_number)
{
    const struct slice mark = SLICE("\"coupon\":\"F-");
    const char *at = memmem(answer.at, answer.length, mark.at, mark.length);
    uint32_t number = 0;
    if (at == NULL) {
        return false;
    }
    for (at += mark.length; at < answer.at + answer.length && *at >= '0' && *at <= '9'; at++) {
        number = number * 10 + (uint32_t)(*at - '0');
    }
    *ret_number = number;
    return true;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void configuration_append_fallback(uint32_t number, const struct question *question, struct text *text)
{
    int64_t first_fen = smaller(first_off_fen(number), question->amount_fen);
    int64_t second_fen = smaller(SECOND_OFF_FEN, question->amount_fen - first_fen);
    text_append_format(
        text,
        "\"offers\":[{\"policy\":\"fallback\",\"coupon\":\"F-%u\",\"kind\":\"amount_off\",\"variant\":null,"
        "\"discount\":%" PRId64 "},{\"policy\":\"fallback\",\"coupon\":\"E-%u\",\"kind\":\"amount_off\","
        "\"variant\":null,\"discount\":%" PRId64 "}],\"discount\":%" PRId64
        ",\"delivery_discount\":0,\"exposures\":[]}",
        number, first_fen, number, second_fen, first_fen + second_fen);
}
