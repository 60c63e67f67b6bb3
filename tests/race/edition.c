#include "tests/race/edition.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "policy/bucket.h"

enum { DOCUMENT_TEXT_BYTES = 4096, REACH_FEN = 5000, REACHED_FEN = 1000, PERCENT_CAP_FEN = 700 };

/* What derives from the number. */

static uint32_t off_fen(uint32_t number)
{
    return 100 + number % 900;
}

static uint32_t control_weight(uint32_t number)
{
    return number * 37 % 10001;
}

static uint32_t percent_bp(uint32_t number)
{
    return 1 + number % 3000;
}

static uint32_t delivery_cap_fen(uint32_t number)
{
    return 1 + number % 300;
}

static uint32_t share_bp(uint32_t number)
{
    return number * 53 % 10001;
}

static uint32_t offers_max(uint32_t number)
{
    return 2 + number % 4;
}

/* The set */

__attribute__((format(printf, 3, 4))) static bool add_format(struct documents *documents, const char *name,
                                                             const char *format, ...)
{
    char bytes[DOCUMENT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(bytes, sizeof(bytes), format, arguments);
    va_end(arguments);
    assert(length > 0);
    assert((size_t)length < sizeof(bytes));
    char *copy = strndup(bytes, (size_t)length);
    return copy != NULL && documents_add(documents, name, copy, (size_t)length);
}

static bool add_base(uint32_t number, struct documents *documents)
{
    struct text text;
    text_init(&text, DOCUMENT_TEXT_BYTES);
    text_append_format(&text,
                       "{\"id\":\"aoi-base\",\"priority\":300,\"group\":\"order\",\"scope\":{\"type\":\"aoi\","
                       "\"exclude\":[\"X-%u\"],\"aois\":[\"A-0\",\"A-1\",\"A-2\",\"B-%u\"",
                       number % 4, number % 8);
    for (uint32_t i = 0; i < number % 40; i++) { /* so that snapshots differ in size */
        text_append_format(&text, ",\"F-%u-%u\"", number, i);
    }
    text_append_format(&text,
                       "]},\"offer\":{\"coupon\":\"C-%u\",\"kind\":\"amount_off\",\"tiers\":["
                       "{\"reach\":0,\"off\":%u},{\"reach\":%d,\"off\":%u}]}}",
                       number, off_fen(number), REACH_FEN, off_fen(number) + REACHED_FEN);
    if (text.failed) {
        text_clear(&text);
        return false;
    }
    return documents_add(documents, "aoi-base.json", text.bytes, text.length);
}

static bool add_experiment(uint32_t number, struct documents *documents)
{
    return add_format(
        documents, "ab-test.json",
        "{\"id\":\"ab-test\",\"priority\":200,%s\"scope\":{\"type\":\"all\"},\"experiment\":{\"salt\":\"s%u\","
        "\"variants\":[{\"name\":\"control\",\"weight\":%u,\"offer\":null},"
        "{\"name\":\"b\",\"weight\":%u,\"offer\":"
        "{\"coupon\":\"D-%u\",\"kind\":\"percent_off\",\"bp\":%u,\"cap\":%d}}]}}",
        number % 2 == 1 ? "\"group\":\"order\"," : "", number, control_weight(number), 10000 - control_weight(number),
        number, percent_bp(number), PERCENT_CAP_FEN);
}

static bool add_gold(uint32_t number, struct documents *documents)
{
    return add_format(documents, "gold.json",
                      "{\"id\":\"gold-%u\",\"priority\":100,\"scope\":{\"type\":\"all\"},"
                      "\"conditions\":[{\"attr\":\"tier\",\"op\":\"eq\",\"value\":\"gold\"}],"
                      "\"offer\":{\"coupon\":\"G-%u\",\"kind\":\"free_delivery\",\"cap\":%u}}",
                      number % 5, number, delivery_cap_fen(number));
}

static bool add_grant(uint32_t number, struct documents *documents)
{
    return add_format(documents, "grant.json",
                      "{\"id\":\"grant\",\"priority\":50,\"state\":\"%s\",%s\"scope\":{\"type\":\"all\"},"
                      "\"offer\":{\"coupon\":\"K-%u\",\"kind\":\"coupon\"}}",
                      number % 3 == 0 ? "paused" : "active", number % 2 == 0 ? "\"interfaces\":[\"checkout\"]," : "",
                      number);
}

static bool add_ramp(uint32_t number, struct documents *documents)
{
    return add_format(documents, "ramp.json",
                      "{\"id\":\"ramp\",\"priority\":10,\"scope\":{\"type\":\"all\"},\"rollout\":{\"salt\":\"r%u\","
                      "\"share\":%u},\"offer\":{\"coupon\":\"R-%u\",\"kind\":\"amount_off\",\"tiers\":["
                      "{\"reach\":0,\"off\":1}]}}",
                      number, share_bp(number), number);
}

static bool add_others(uint32_t number, struct documents *documents)
{
    bool is_added = true;
    for (uint32_t i = 0; i < number % 4 && is_added; i++) {
        char name[32];
        snprintf(name, sizeof(name), "other-%u.json", i);
        is_added = add_format(documents, name,
                              "{\"id\":\"other-%u\",\"scope\":{\"type\":\"aoi\",\"aois\":[\"Z-%u\"]},"
                              "\"offer\":{\"coupon\":\"Z-%u\",\"kind\":\"coupon\"}}",
                              i, number, number);
    }
    return is_added;
}

bool edition_documents(uint32_t number, struct documents *documents)
{
    return add_format(documents, "settings.json",
                      "{\"groups\":[{\"name\":\"order\",\"pick\":\"first\"}],\"max_offers\":%u}", offers_max(number)) &&
           add_base(number, documents) && add_experiment(number, documents) && add_gold(number, documents) &&
           add_grant(number, documents) && add_ramp(number, documents) && add_others(number, documents);
}

/* The right answer: the walk, one policy after the other */

struct walk {
    uint32_t number;
    const struct question *question;
    struct text *text;
    int64_t remaining_fen, delivery_remaining_fen;
    uint32_t accepted;
    bool is_order_taken;
};

struct offer_shape {
    const char *policy, *coupon, *kind, *variant; /* the coupon is followed by the number, the variant is JSON */
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static uint32_t slot_of(const struct walk *walk, char salt, const char *purpose)
{
    char key[128];
    int length = snprintf(key, sizeof(key), "%c%u\x1f%s\x1f%s", salt, walk->number, purpose, walk->question->user_id);
    return bucket_slot((struct slice){.at = key, .length = (uint32_t)length}, BUCKET_SLOTS, BUCKET_SEED);
}

/* False when as many offers as may be are there already. */
static bool accept(struct walk *walk, const struct offer_shape *shape, int64_t discount_fen)
{
    if (walk->accepted == offers_max(walk->number)) {
        return false;
    }
    text_append_format(walk->text,
                       "%s{\"policy\":\"%s\",\"coupon\":\"%s-%u\",\"kind\":\"%s\",\"variant\":%s,\"discount\":%" PRId64
                       "}",
                       walk->accepted > 0 ? "," : "", shape->policy, shape->coupon, walk->number, shape->kind,
                       shape->variant, discount_fen);
    walk->accepted++;
    return true;
}

static bool accept_goods(struct walk *walk, const struct offer_shape *shape, int64_t discount_fen)
{
    int64_t worth_fen = smaller(discount_fen, walk->remaining_fen);
    bool is_accepted = worth_fen > 0 && accept(walk, shape, worth_fen);
    walk->remaining_fen -= is_accepted ? worth_fen : 0;
    return is_accepted;
}

static bool is_base_place(const struct walk *walk)
{
    char listed[QUESTION_NAME_BYTES], excluded[QUESTION_NAME_BYTES];
    snprintf(listed, sizeof(listed), "B-%u", walk->number % 8);
    snprintf(excluded, sizeof(excluded), "X-%u", walk->number % 4);
    const struct question *question = walk->question;
    bool is_listed = question_has_aoi(question, "A-0") || question_has_aoi(question, "A-1") ||
                     question_has_aoi(question, "A-2") || question_has_aoi(question, listed);
    return is_listed && !question_has_aoi(question, excluded);
}

static void visit_base(struct walk *walk)
{
    static const struct offer_shape shape = {"aoi-base", "C", "amount_off", "null"};
    if (is_base_place(walk)) {
        bool is_reached = walk->question->amount_fen >= REACH_FEN;
        walk->is_order_taken = accept_goods(walk, &shape, off_fen(walk->number) + (is_reached ? REACHED_FEN : 0));
    }
}

/* The exposure that it leaves. */
static const char *visit_experiment(struct walk *walk)
{
    static const struct offer_shape shape = {"ab-test", "D", "percent_off", "\"b\""};
    if (slot_of(walk, 's', "variant") < control_weight(walk->number)) {
        return "{\"policy\":\"ab-test\",\"variant\":\"control\",\"offered\":false}";
    }
    bool is_group_taken = walk->number % 2 == 1 && walk->is_order_taken;
    int64_t share_fen = walk->remaining_fen * percent_bp(walk->number) / 10000;
    bool is_accepted = !is_group_taken && accept_goods(walk, &shape, smaller(share_fen, PERCENT_CAP_FEN));
    return is_accepted ? "{\"policy\":\"ab-test\",\"variant\":\"b\",\"offered\":true}"
                       : "{\"policy\":\"ab-test\",\"variant\":\"b\",\"offered\":false}";
}

static void visit_gold(struct walk *walk)
{
    char policy[QUESTION_NAME_BYTES];
    snprintf(policy, sizeof(policy), "gold-%u", walk->number % 5);
    const struct offer_shape shape = {policy, "G", "free_delivery", "null"};
    const char *tier = walk->question->tier;
    int64_t worth_fen = smaller(walk->delivery_remaining_fen, delivery_cap_fen(walk->number));
    if (tier != NULL && strcmp(tier, "gold") == 0 && worth_fen > 0 && accept(walk, &shape, worth_fen)) {
        walk->delivery_remaining_fen -= worth_fen;
    }
}

static void visit_grant(struct walk *walk)
{
    static const struct offer_shape shape = {"grant", "K", "coupon", "null"};
    bool is_here = walk->number % 2 == 1 || walk->question->interface == QUESTION_CHECKOUT;
    if (walk->number % 3 != 0 && is_here) {
        accept(walk, &shape, 0);
    }
}

static void visit_ramp(struct walk *walk)
{
    static const struct offer_shape shape = {"ramp", "R", "amount_off", "null"};
    if (slot_of(walk, 'r', "ramp") < share_bp(walk->number)) {
        accept_goods(walk, &shape, 1);
    }
}

void edition_append_decision(uint32_t number, const struct question *question, struct text *text)
{
    struct walk walk = {.number = number,
                        .question = question,
                        .text = text,
                        .remaining_fen = question->amount_fen,
                        .delivery_remaining_fen = question->delivery_fee_fen};
    text_append(text, SLICE("\"offers\":["));
    visit_base(&walk);
    const char *exposure = visit_experiment(&walk);
    visit_gold(&walk);
    visit_grant(&walk);
    visit_ramp(&walk);
    text_append_format(text, "],\"discount\":%" PRId64 ",\"delivery_discount\":%" PRId64 ",\"exposures\":[%s]}",
                       question->amount_fen - walk.remaining_fen,
                       question->delivery_fee_fen - walk.delivery_remaining_fen, exposure);
}
