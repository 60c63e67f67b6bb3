#include "policy/policy_json.h"

static const char *const kind_names[] = {
#define ROW(enumerator, name) [enumerator] = (name),
    OFFER_KINDS(ROW)
#undef ROW
};

enum { KIND_COUNT = sizeof(kind_names) / sizeof(kind_names[0]) };

static bool read_coupon(struct reading *reading, const cJSON *value, void *target)
{
    return reading_string(reading, value, 1, LIMIT_NAME_BYTES, &((struct offer *)target)->coupon);
}

static bool read_kind(struct reading *reading, const cJSON *value, void *target)
{
    (void)reading, (void)value, (void)target;
    return true; /* offer_json_read has read it: the other members depend on it */
}

static bool read_reach(struct reading *reading, const cJSON *value, void *target)
{
    return reading_money(reading, value, 0, &((struct tier *)target)->reach_fen);
}

static bool read_off(struct reading *reading, const cJSON *value, void *target)
{
    return reading_money(reading, value, 0, &((struct tier *)target)->off_fen);
}

static bool read_tier(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    static const struct field fields[] = {{"reach", true, read_reach}, {"off", true, read_off}};
    struct offer *offer = target;
    struct tier *tier = &offer->tiers[index];
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), tier);
    if (is_well && index > 0 && tier->reach_fen <= offer->tiers[index - 1].reach_fen) {
        return reading_problem(reading, "has a `reach` that is not above that of the tier before");
    }
    return is_well;
}

static bool read_tiers(struct reading *reading, const cJSON *value, void *target)
{
    bool is_well = reading_list(reading, value, 1, LIMIT_TIERS, read_tier, target);
    if (is_well) {
        ((struct offer *)target)->tier_count = (uint8_t)cJSON_GetArraySize(value);
    }
    return is_well;
}

static bool read_share(struct reading *reading, const cJSON *value, void *target)
{
    int64_t share_bp;
    if (!reading_integer(reading, value, 1, LIMIT_SHARE_BP, &share_bp)) {
        return false;
    }
    ((struct offer *)target)->share_bp = (uint32_t)share_bp;
    return true;
}

static bool read_cap(struct reading *reading, const cJSON *value, void *target)
{
    return reading_money(reading, value, 1, &((struct offer *)target)->cap_fen);
}

static bool read_price(struct reading *reading, const cJSON *value, void *target)
{
    return reading_money(reading, value, 0, &((struct offer *)target)->price_fen);
}

/* Each kind's members; `coupon` and `kind` are everyone's. */
static const struct field fields_of_kind[KIND_COUNT][4] = {
    [OFFER_AMOUNT_OFF] = {{"coupon", true, read_coupon}, {"kind", true, read_kind}, {"tiers", true, read_tiers}},
    [OFFER_PERCENT_OFF] = {{"coupon", true, read_coupon},
                           {"kind", true, read_kind},
                           {"bp", true, read_share},
                           {"cap", true, read_cap}},
    [OFFER_FIXED_PRICE] = {{"coupon", true, read_coupon}, {"kind", true, read_kind}, {"price", true, read_price}},
    [OFFER_FREE_DELIVERY] = {{"coupon", true, read_coupon}, {"kind", true, read_kind}, {"cap", true, read_cap}},
    [OFFER_COUPON] = {{"coupon", true, read_coupon}, {"kind", true, read_kind}},
};

static size_t field_count_of(enum offer_kind kind)
{
    size_t count = 0;
    while (count < 4 && fields_of_kind[kind][count].name != NULL) {
        count++;
    }
    return count;
}

static bool read_anything(struct reading *reading, const cJSON *value, void *target)
{
    (void)reading, (void)value, (void)target;
    return true;
}

/* Which members there may be is unknown with the kind: of what every kind has, problems are told all the same. */
static bool read_common(struct reading *reading, const cJSON *value, struct offer *offer)
{
    static const struct field fields[] = {
        {"kind", true, read_kind},    {"coupon", true, read_coupon}, {"tiers", false, read_anything},
        {"bp", false, read_anything}, {"cap", false, read_anything}, {"price", false, read_anything},
    };
    reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), offer);
    return false;
}

bool offer_json_read(struct reading *reading, const cJSON *value, void *target)
{
    struct offer *offer = target;
    if (!cJSON_IsObject(value)) {
        return reading_problem(reading, "is not an object");
    }
    const cJSON *kind = cJSON_GetObjectItemCaseSensitive(value, "kind");
    if (kind == NULL) {
        return read_common(reading, value, offer); /* tells that `kind` is missing */
    }
    size_t index = KIND_COUNT;
    reading_enter_name(reading, SLICE("kind"));
    bool is_known = reading_word(reading, kind, kind_names, KIND_COUNT, &index);
    reading_leave(reading);
    if (!is_known) {
        return read_common(reading, value, offer);
    }
    offer->kind = (enum offer_kind)index;
    return reading_object(reading, value, fields_of_kind[index], field_count_of(offer->kind), offer);
}
