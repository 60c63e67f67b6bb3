#include "policy/policy_json.h"

static bool read_salt(struct reading *reading, const cJSON *value, void *target)
{
    return reading_name(reading, value, &((struct experiment *)target)->salt);
}

static bool read_unit(struct reading *reading, const cJSON *value, void *target)
{
    static const char *const words[] = {[UNIT_USER_ID] = "user_id", [UNIT_AOI] = "aoi"};
    size_t index;
    if (!reading_word(reading, value, words, 2, &index)) {
        return false;
    }
    ((struct experiment *)target)->unit = (enum experiment_unit)index;
    return true;
}

/* Layer */

static bool read_layer_salt(struct reading *reading, const cJSON *value, void *target)
{
    return reading_name(reading, value, &((struct experiment *)target)->layer_salt);
}

static bool read_slot(struct reading *reading, const cJSON *value, uint32_t *ret_slot)
{
    int64_t slot;
    if (!reading_integer(reading, value, 0, LIMIT_SHARE_BP, &slot)) {
        return false;
    }
    *ret_slot = (uint32_t)slot;
    return true;
}

static bool read_layer_from(struct reading *reading, const cJSON *value, void *target)
{
    return read_slot(reading, value, &((struct experiment *)target)->layer_from);
}

static bool read_layer_to(struct reading *reading, const cJSON *value, void *target)
{
    return read_slot(reading, value, &((struct experiment *)target)->layer_to);
}

static bool read_layer(struct reading *reading, const cJSON *value, void *target)
{
    static const struct field fields[] = {
        {"salt", true, read_layer_salt},
        {"from", true, read_layer_from},
        {"to", true, read_layer_to},
    };
    struct experiment *experiment = target;
    experiment->has_layer = true;
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), experiment);
    if (is_well && experiment->layer_from >= experiment->layer_to) {
        return reading_problem(reading, "has a `from` that is not below its `to`");
    }
    return is_well;
}

/* Variants */

static bool read_variant_name(struct reading *reading, const cJSON *value, void *target)
{
    return reading_name(reading, value, &((struct variant *)target)->name);
}

static bool read_weight(struct reading *reading, const cJSON *value, void *target)
{
    return read_slot(reading, value, &((struct variant *)target)->weight_bp);
}

static bool read_offer(struct reading *reading, const cJSON *value, void *target)
{
    if (cJSON_IsNull(value)) {
        return true;
    }
    struct variant *variant = target;
    variant->offer = reading_allocate(reading, 1, sizeof(*variant->offer));
    return variant->offer != NULL && offer_json_read(reading, value, variant->offer);
}

static bool read_variant(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    static const struct field fields[] = {
        {"name", true, read_variant_name},
        {"weight", true, read_weight},
        {"offer", true, read_offer},
    };
    struct experiment *experiment = target;
    struct variant *variants = experiment->variants;
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), &variants[index]);
    for (uint32_t i = 0; i < index && variants[index].name.length > 0; i++) {
        if (slice_equals(variants[i].name, variants[index].name)) {
            return reading_problem(reading, "has the name of variant %u", i);
        }
    }
    return is_well;
}

static bool read_variants(struct reading *reading, const cJSON *value, void *target)
{
    struct experiment *experiment = target;
    if (!reading_list(reading, value, LIMIT_VARIANTS_MIN, LIMIT_VARIANTS, read_variant, experiment)) {
        return false;
    }
    experiment->variant_count = (uint8_t)cJSON_GetArraySize(value);
    uint32_t sum_bp = 0;
    for (uint32_t i = 0; i < experiment->variant_count; i++) {
        sum_bp += experiment->variants[i].weight_bp;
    }
    return sum_bp == LIMIT_SHARE_BP || reading_problem(reading, "has weights that sum to %u, not 10000", sum_bp);
}

bool experiment_json_read(struct reading *reading, const cJSON *value, void *target)
{
    static const struct field fields[] = {
        {"salt", true, read_salt},
        {"unit", false, read_unit},
        {"layer", false, read_layer},
        {"variants", true, read_variants},
    };
    return reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), target);
}
