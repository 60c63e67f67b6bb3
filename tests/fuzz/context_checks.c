#include "context_checks.h"

#include <assert.h>

#include "policy/json_reader.h"
#include "policy/text.h"
#include "policy/utf8.h"

static void check_id(struct slice id, uint32_t min, uint32_t max)
{
    assert(id.length >= min && id.length <= max);
    assert(utf8_is_valid(id));
    assert(!utf8_has_control(id));
}

static void check_string(struct slice string)
{
    assert(string.length <= LIMIT_STRING_BYTES);
    assert(utf8_is_valid(string));
}

static void check_attribute(const struct attribute *attribute)
{
    check_id(attribute->name, 1, LIMIT_NAME_BYTES);
    switch (attribute->value.kind) {
    case VALUE_STRING:
        check_string(attribute->value.string);
        break;
    case VALUE_STRINGS:
        assert(attribute->value.strings.count <= LIMIT_ATTRIBUTE_STRINGS);
        for (uint32_t i = 0; i < attribute->value.strings.count; i++) {
            check_string(attribute->value.strings.at[i]);
        }
        break;
    case VALUE_INTEGER:
        assert(attribute->value.integer >= -limit_integer && attribute->value.integer <= limit_integer);
        break;
    case VALUE_BOOLEAN:
        break;
    }
}

void check_context(const struct context *context)
{
    check_id(context->user_id, 1, LIMIT_USER_ID_BYTES);
    check_id(context->interface, 1, LIMIT_NAME_BYTES);
    if (context->request_id.at != NULL) {
        check_id(context->request_id, 0, LIMIT_REQUEST_ID_BYTES);
    }
    assert(context->amount >= 0 && context->amount <= limit_money_fen);
    assert(context->delivery_fee >= 0 && context->delivery_fee <= limit_money_fen);
    assert(context->aoi_count >= 1 && context->aoi_count <= LIMIT_REQUEST_AOIS);
    for (uint32_t i = 0; i < context->aoi_count; i++) {
        check_id(context->aois[i], 1, LIMIT_NAME_BYTES);
        assert(memchr(context->aois[i].at, ' ', context->aois[i].length) == NULL);
    }
    assert(context->attribute_count <= LIMIT_ATTRIBUTES);
    for (uint32_t i = 0; i < context->attribute_count; i++) {
        check_attribute(&context->attributes[i]);
        for (uint32_t k = 0; k < i; k++) {
            assert(!slice_equals(context->attributes[i].name, context->attributes[k].name));
        }
    }
}

void check_context_error(const struct context_error *error)
{
    assert(error->status == 400 || error->status == 414);
    assert(error->detail[0] != '\0');
    assert(error->pointer[0] == '\0' || error->pointer[0] == '/');
    struct text text;
    text_init(&text, 8192);
    context_error_append(&text, error);
    assert(!text.failed);
    struct json_reader reader;
    json_reader_init(&reader, text.bytes, text.length);
    enum json_token token;
    while ((token = json_reader_next(&reader)) != JSON_END) {
        assert(token != JSON_ERROR);
    }
    text_clear(&text);
}
