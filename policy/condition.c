#include "policy/condition.h"

#include <assert.h>

void condition_number_attributes(const struct snapshot *snapshot, const struct context *context,
                                 struct attribute_numbers *ret_numbers)
{
    bool has_any = snapshot->attribute_count > ATTRIBUTES_BUILT_IN;
    for (uint32_t i = 0; i < context->attribute_count; i++) {
        ret_numbers->of[i] = has_any ? snapshot_find_attribute(snapshot, context->attributes[i].name) : NO_NUMBER;
    }
}

/* The attribute of that number; false: the request lacks it. */
static bool find_value(uint32_t attribute, const struct context *context, const struct attribute_numbers *numbers,
                       struct value *ret_value)
{
    switch (attribute) {
    case ATTRIBUTE_AMOUNT:
        *ret_value = (struct value){.kind = VALUE_INTEGER, .integer = context->amount};
        return true;
    case ATTRIBUTE_DELIVERY_FEE:
        *ret_value = (struct value){.kind = VALUE_INTEGER, .integer = context->delivery_fee};
        return true;
    case ATTRIBUTE_INTERFACE:
        *ret_value = (struct value){.kind = VALUE_STRING, .string = context->interface};
        return true;
    case ATTRIBUTE_USER_ID:
        *ret_value = (struct value){.kind = VALUE_STRING, .string = context->user_id};
        return true;
    default:
        break;
    }
    for (uint32_t i = 0; i < context->attribute_count; i++) {
        if (numbers->of[i] == attribute) {
            *ret_value = context->attributes[i].value;
            return true;
        }
    }
    return false;
}

static int compare_integers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

int condition_compare_values(const struct snapshot *snapshot, const struct compiled_value *a,
                             const struct compiled_value *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->kind == VALUE_STRING
               ? slice_compare(snapshot_text(snapshot, a->string), snapshot_text(snapshot, b->string))
               : compare_integers(a->integer, b->integer);
}

static int compare_to(const struct snapshot *snapshot, const struct value *value, const struct compiled_value *other)
{
    if (value->kind != (enum value_kind)other->kind) {
        return value->kind < (enum value_kind)other->kind ? -1 : 1;
    }
    if (value->kind == VALUE_STRING) {
        return slice_compare(value->string, snapshot_text(snapshot, other->string));
    }
    return compare_integers(value->kind == VALUE_BOOLEAN ? value->boolean : value->integer, other->integer);
}

/* Is the scalar among the condition's values? Binary search: a list may have LIMIT_CONDITION_VALUES. */
static bool is_among(const struct snapshot *snapshot, const struct compiled_condition *condition,
                     const struct value *scalar)
{
    const struct compiled_value *values = &snapshot->values[condition->values_at];
    uint32_t low = 0, high = condition->value_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_to(snapshot, scalar, &values[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

/* The value, or some element of it, is among the condition's values. */
static bool matches_any(const struct snapshot *snapshot, const struct compiled_condition *condition,
                        const struct value *value)
{
    if (value->kind != VALUE_STRINGS) {
        return is_among(snapshot, condition, value);
    }
    for (uint32_t i = 0; i < value->strings.count; i++) {
        struct value element = {.kind = VALUE_STRING, .string = value->strings.at[i]};
        if (is_among(snapshot, condition, &element)) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct snapshot *snapshot, const struct compiled_condition *condition,
                  const struct value *value)
{
    enum comparison comparison = (enum comparison)condition->comparison;
    int64_t bound = snapshot->values[condition->values_at].integer;
    switch (comparison) {
    case COMPARISON_EQ:
    case COMPARISON_IN:
        return matches_any(snapshot, condition, value);
    case COMPARISON_NE:
    case COMPARISON_NOT_IN:
        return !matches_any(snapshot, condition, value);
    case COMPARISON_EXISTS:
        return bound != 0;
    case COMPARISON_GT:
        return value->kind == VALUE_INTEGER && value->integer > bound;
    case COMPARISON_GTE:
        return value->kind == VALUE_INTEGER && value->integer >= bound;
    case COMPARISON_LT:
        return value->kind == VALUE_INTEGER && value->integer < bound;
    case COMPARISON_LTE:
        return value->kind == VALUE_INTEGER && value->integer <= bound;
    }
    assert(false);
    return false;
}

enum condition_state condition_check(const struct snapshot *snapshot, const struct compiled_condition *condition,
                                     const struct context *context, const struct attribute_numbers *numbers)
{
    struct value value;
    if (!find_value(condition->attribute, context, numbers, &value)) {
        bool wants_absence =
            condition->comparison == COMPARISON_EXISTS && snapshot->values[condition->values_at].integer == 0;
        return wants_absence ? CONDITION_HOLDS : CONDITION_MISSING;
    }
    return holds(snapshot, condition, &value) ? CONDITION_HOLDS : CONDITION_MISMATCH;
}
