#include "tests/race/judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "service/ulid.h"
#include "tests/race/configuration.h"
#include "tests/race/edition.h"

/* What an answer, or all results of a batch, rest on. */
struct ground {
    uint32_t edition;       /* 0: not known yet */
    uint32_t configuration; /* 0: likewise */
    bool has_parity;        /* of the configuration: an undegraded result tells no more */
    uint32_t parity;
};

void judge_init(struct judge *judge, struct chronicle *editions, struct chronicle *configurations)
{
    *judge = (struct judge){.editions = editions, .configurations = configurations};
    text_init(&judge->expected, JUDGE_TEXT_BYTES_MAX);
}

void judge_clear(struct judge *judge)
{
    text_clear(&judge->expected);
}

struct judge_floors judge_take_floors(const struct judge *judge)
{
    return (struct judge_floors){.edition = chronicle_floor(judge->editions),
                                 .configuration = chronicle_floor(judge->configurations)};
}

__attribute__((format(printf, 2, 3))) static bool refuse(struct judge *judge, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(judge->reason, sizeof(judge->reason), format, arguments);
    va_end(arguments);
    return false;
}

/* Does the body go on as expected so far? */
static bool agrees(struct judge *judge, struct slice body)
{
    const struct text *expected = &judge->expected;
    if (expected->failed || expected->length > body.length || memcmp(expected->bytes, body.at, expected->length) != 0) {
        return refuse(judge, "differs");
    }
    return true;
}

static uint64_t read_number(struct slice body, size_t at)
{
    uint64_t number = 0;
    for (; at < body.length && body.at[at] >= '0' && body.at[at] <= '9'; at++) {
        number = number * 10 + (uint64_t)(body.at[at] - '0');
    }
    return number;
}

/* The decision's id is taken as it is: ULID_BYTES capitals and digits. */
static bool take_id(struct judge *judge, struct slice body)
{
    text_append(&judge->expected, SLICE("{\"decision_id\":\""));
    size_t at = judge->expected.length;
    for (size_t i = at; i < at + ULID_BYTES; i++) {
        if (i >= body.length ||
            !((body.at[i] >= '0' && body.at[i] <= '9') || (body.at[i] >= 'A' && body.at[i] <= 'Z'))) {
            return refuse(judge, "has no decision_id");
        }
    }
    text_append(&judge->expected, (struct slice){.at = body.at + at, .length = ULID_BYTES});
    return true;
}

static bool ground_edition(struct judge *judge, const struct judge_floors *floors, uint64_t release,
                           struct ground *ground)
{
    uint32_t number = chronicle_number_of(judge->editions, release);
    if (number == 0) {
        return refuse(judge, "is of release %" PRIu64 ", which nobody announced", release);
    }
    if (number < floors->edition) {
        return refuse(judge, "is of edition %u, but %u was in force before the question", number, floors->edition);
    }
    if (ground->edition != 0 && ground->edition != number) {
        return refuse(judge, "mixes editions %u and %u", ground->edition, number);
    }
    ground->edition = number;
    return true;
}

static bool ground_parity(struct judge *judge, const struct judge_floors *floors, uint32_t parity,
                          struct ground *ground)
{
    bool is_settled = floors->configuration == chronicle_ceiling(judge->configurations);
    if (is_settled && floors->configuration % 2 != parity) {
        return refuse(judge, "is not of configuration %u, the only one in force", floors->configuration);
    }
    if (ground->has_parity && ground->parity != parity) {
        return refuse(judge, "mixes configurations");
    }
    ground->has_parity = true;
    ground->parity = parity;
    return true;
}

static bool ground_configuration(struct judge *judge, const struct judge_floors *floors, uint32_t number,
                                 struct ground *ground)
{
    if (number < floors->configuration || number > chronicle_ceiling(judge->configurations)) {
        return refuse(judge, "is of configuration %u, but %u was in force before the question", number,
                      floors->configuration);
    }
    if (ground->configuration != 0 && ground->configuration != number) {
        return refuse(judge, "mixes configurations %u and %u", ground->configuration, number);
    }
    ground->configuration = number;
    return ground_parity(judge, floors, number % 2, ground);
}

/* From `"degraded":` on. */
static bool judge_outcome(struct judge *judge, const struct judge_floors *floors, const struct question *question,
                          struct slice body, struct ground *ground)
{
    struct text *expected = &judge->expected;
    uint32_t at = (uint32_t)expected->length;
    if (at < body.length && body.at[at] == 'f') {
        uint32_t parity = configuration_degrades(0, question->interface) ? 1 : 0;
        text_append(expected, SLICE("false,"));
        edition_append_decision(ground->edition, question, expected);
        return agrees(judge, body) && ground_parity(judge, floors, parity, ground);
    }
    uint32_t number;
    struct slice rest = {.at = body.at + at, .length = body.length - at};
    if (!configuration_of_answer(rest, &number) || !ground_configuration(judge, floors, number, ground)) {
        return false;
    }
    if (!configuration_degrades(number, question->interface)) {
        return refuse(judge, "is degraded, which configuration %u does not say", number);
    }
    text_append(expected, SLICE("true,\"cause\":\"switch\","));
    configuration_append_fallback(number, question, expected);
    return agrees(judge, body);
}

/* The decision at the body's begin; its length is then that of `expected`. */
static bool judge_one(struct judge *judge, const struct judge_floors *floors, const struct question *question,
                      struct slice body, struct ground *ground)
{
    struct text *expected = &judge->expected;
    text_reset(expected);
    judge->reason[0] = '\0';
    if (!take_id(judge, body)) {
        return false;
    }
    text_append_format(expected, "\",\"request_id\":\"%s\",\"release\":", question->request_id);
    if (!agrees(judge, body)) {
        return false;
    }
    uint64_t release = read_number(body, expected->length);
    if (!ground_edition(judge, floors, release, ground)) {
        return false;
    }
    text_append_format(expected, "%" PRIu64 ",\"interface\":\"%s\",\"degraded\":", release,
                       question_interface_name(question));
    return agrees(judge, body) && judge_outcome(judge, floors, question, body, ground);
}

bool judge_decision(struct judge *judge, const struct judge_floors *floors, const struct question *question,
                    struct slice body, bool is_degraded)
{
    struct ground ground = {0};
    if (!judge_one(judge, floors, question, body, &ground)) {
        return false;
    }
    if (judge->expected.length != body.length) {
        return refuse(judge, "goes on behind its end");
    }
    if (is_degraded != (ground.configuration != 0)) {
        return refuse(judge, "and X-Promo-Degraded say different things");
    }
    return true;
}

/* Takes the text off the body's begin. */
static bool take(struct judge *judge, struct slice *body, struct slice text)
{
    if (body->length < text.length || memcmp(body->at, text.at, text.length) != 0) {
        return refuse(judge, "lacks %.*s", (int)text.length, text.at);
    }
    body->at += text.length;
    body->length -= text.length;
    return true;
}

bool judge_batch(struct judge *judge, const struct judge_floors *floors, const struct question *questions,
                 uint32_t count, struct slice body)
{
    struct ground ground = {0};
    if (!take(judge, &body, SLICE("{\"results\":["))) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if ((i > 0 && !take(judge, &body, SLICE(","))) || !judge_one(judge, floors, &questions[i], body, &ground)) {
            return false;
        }
        body.at += judge->expected.length;
        body.length -= (uint32_t)judge->expected.length;
    }
    return take(judge, &body, SLICE("]}")) && (body.length == 0 || refuse(judge, "goes on behind its end"));
}
