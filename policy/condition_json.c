#include "policy/policy_json.h"

/* A condition while its members are read: what `value` may be depends on `op`, which may come behind it. */
struct draft {
    struct condition *condition;
    const cJSON *value;
    bool has_comparison;
};

static bool read_attribute(struct reading *reading, const cJSON *value, void *target)
{
    struct draft *draft = target;
    return reading_interned(reading, value, &reading->set->attributes, &draft->condition->attribute);
}

static bool read_comparison(struct reading *reading, const cJSON *value, void *target)
{
    static const char *const words[] = {
#define ROW(enumerator, name) [enumerator] = name,
        COMPARISONS(ROW)
#undef ROW
    };
    struct draft *draft = target;
    size_t index;
    if (!reading_word(reading, value, words, sizeof(words) / sizeof(words[0]), &index)) {
        return false;
    }
    draft->condition->comparison = (enum comparison)index;
    draft->has_comparison = true;
    return true;
}

static bool keep_value(struct reading *reading, const cJSON *value, void *target)
{
    (void)reading;
    ((struct draft *)target)->value = value;
    return true;
}

static bool read_scalar(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    struct value *scalar = &((struct value *)target)[index];
    if (cJSON_IsBool(value)) {
        scalar->kind = VALUE_BOOLEAN;
        return reading_boolean(reading, value, &scalar->boolean);
    }
    if (cJSON_IsString(value)) {
        scalar->kind = VALUE_STRING;
        return reading_string(reading, value, 0, LIMIT_STRING_BYTES, &scalar->string);
    }
    if (cJSON_IsNumber(value)) {
        scalar->kind = VALUE_INTEGER;
        return reading_integer(reading, value, -limit_integer, limit_integer, &scalar->integer);
    }
    return reading_problem(reading, "is neither a string, an integer nor a boolean");
}

/* `exists` takes a boolean, the orderings an integer. */
static bool check_kind(struct reading *reading, const cJSON *value, enum comparison comparison)
{
    switch (comparison) {
    case COMPARISON_EXISTS:
        return cJSON_IsBool(value) || reading_problem(reading, "is not a boolean, which `exists` needs");
    case COMPARISON_GT:
    case COMPARISON_GTE:
    case COMPARISON_LT:
    case COMPARISON_LTE:
        return cJSON_IsNumber(value) || reading_problem(reading, "is not an integer, which an ordering needs");
    case COMPARISON_EQ:
    case COMPARISON_NE:
    case COMPARISON_IN:
    case COMPARISON_NOT_IN:
        return true;
    }
    return false;
}

static bool read_value(struct reading *reading, const struct draft *draft)
{
    struct condition *condition = draft->condition;
    const cJSON *value = draft->value;
    bool is_list = condition->comparison == COMPARISON_IN || condition->comparison == COMPARISON_NOT_IN;
    uint32_t count = is_list && cJSON_IsArray(value) ? (uint32_t)cJSON_GetArraySize(value) : 1;
    condition->values = reading_allocate(reading, count, sizeof(*condition->values));
    if (condition->values == NULL) {
        return false;
    }
    condition->value_count = count;
    if (is_list) {
        return reading_list(reading, value, 1, LIMIT_CONDITION_VALUES, read_scalar, condition->values);
    }
    return check_kind(reading, value, condition->comparison) && read_scalar(reading, value, 0, condition->values);
}

static bool read_condition(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    static const struct field fields[] = {
        {"attr", true, read_attribute},
        {"op", true, read_comparison},
        {"value", true, keep_value},
    };
    struct draft draft = {.condition = &((struct condition *)target)[index]};
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), &draft);
    if (draft.value == NULL || !draft.has_comparison) {
        return false;
    }
    reading_enter_name(reading, SLICE("value"));
    is_well &= read_value(reading, &draft);
    reading_leave(reading);
    return is_well;
}

bool conditions_json_read(struct reading *reading, const cJSON *value, void *target)
{
    struct policy *policy = target;
    uint32_t count = cJSON_IsArray(value) ? (uint32_t)cJSON_GetArraySize(value) : 0;
    if (count <= LIMIT_CONDITIONS) {
        policy->conditions = reading_allocate(reading, count, sizeof(*policy->conditions));
        if (policy->conditions == NULL) {
            return false;
        }
        policy->condition_count = count;
    }
    return reading_list(reading, value, 0, LIMIT_CONDITIONS, read_condition, policy->conditions);
}
