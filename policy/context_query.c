#include "policy/context_query.h"

#include "policy/bytes.h"
#include "policy/hex.h"
#include "policy/json_reader.h"
#include "policy/utf8.h"

static uint64_t encoded(uint64_t word)
{
    return bytes_mask_equal(word, '%') | bytes_mask_equal(word, '+') | bytes_mask_not_ascii(word);
}

/* Decodes [at, end) in place. False for a bad escape or what is not UTF-8 then. */
static bool decode(char *at, const char *end, struct slice *ret_value)
{
    *ret_value = (struct slice){.at = at, .length = (uint32_t)(end - at)};
    if (!bytes_have(at, ret_value->length, encoded)) {
        return true;
    }
    char *out = at;
    bool is_ascii = true;
    for (; at < end; at++) {
        if (*at == '%') {
            int high = end - at > 2 ? hex_digit(at[1]) : -1;
            int low = high >= 0 ? hex_digit(at[2]) : -1;
            if (low < 0) {
                return false;
            }
            *out = (char)(high << 4 | low);
            at += 2;
        } else {
            *out = *at == '+' ? ' ' : *at;
        }
        is_ascii &= (unsigned char)*out++ < 0x80;
    }
    ret_value->length = (uint32_t)(out - ret_value->at);
    return is_ascii || utf8_is_valid(*ret_value);
}

static bool to_integer(struct slice value, int64_t *ret_value)
{
    struct json_reader reader;
    bool has_space =
        value.length == 0 || (unsigned char)value.at[0] <= ' ' || (unsigned char)value.at[value.length - 1] <= ' ';
    json_reader_init(&reader, (char *)value.at, value.length); /* writes only where strings have escapes */
    if (has_space || json_reader_next(&reader) != JSON_INTEGER || json_reader_next(&reader) != JSON_END) {
        return false;
    }
    *ret_value = reader.integer;
    return true;
}

static bool set_attribute(struct context *context, struct slice name, struct slice value, struct context_error *reterr)
{
    struct attribute *attribute = context_add_attribute(context, name, reterr);
    if (attribute == NULL) {
        return false;
    }
    attribute->value = (struct value){.kind = VALUE_STRING, .string = value};
    return context_check_attribute_string(attribute, value, reterr);
}

static bool set_integer(struct context *context, enum context_member member, struct slice value,
                        struct context_error *reterr)
{
    int64_t integer;
    if (!to_integer(value, &integer)) {
        return context_fail_member(reterr, member, "is not an integer between 0 and 1000000000000");
    }
    return context_set_integer(context, member, integer, reterr);
}

static bool set_parameter(struct context *context, struct slice name, struct slice value, struct context_error *reterr)
{
    enum context_member member = context_member_of(name);
    if (member == CONTEXT_AOI) {
        uint32_t index = context->aoi_count;
        context->members |= UINT32_C(1) << CONTEXT_AOI;
        if (!context_add_aoi(context, value, reterr)) {
            return index > 0 && index < LIMIT_REQUEST_AOIS && context_fail_element(reterr, index);
        }
        return true;
    }
    if (member == CONTEXT_MEMBER_COUNT || member == CONTEXT_ATTRIBUTES) {
        return set_attribute(context, name, value, reterr);
    }
    if (!context_claim(context, member, reterr)) {
        return false;
    }
    bool is_integer = member == CONTEXT_AMOUNT || member == CONTEXT_DELIVERY_FEE;
    return is_integer ? set_integer(context, member, value, reterr)
                      : context_set_string(context, member, value, reterr);
}

static bool read_parameter(char *at, char *end, struct context *context, struct context_error *reterr)
{
    char *equals = memchr(at, '=', (size_t)(end - at));
    char *name_end = equals == NULL ? end : equals;
    char *value_at = equals == NULL ? end : equals + 1;
    struct slice name, value;
    if (!decode(at, name_end, &name)) {
        return context_fail(reterr, "", "the name of a query parameter has a bad escape or is not UTF-8");
    }
    if (!decode(value_at, end, &value)) {
        enum context_member member = context_member_of(name);
        bool is_attribute = member == CONTEXT_MEMBER_COUNT || member == CONTEXT_ATTRIBUTES;
        const char *detail = "has a bad escape or is not UTF-8";
        return is_attribute ? context_fail_attribute(reterr, name, detail)
                            : context_fail_member(reterr, member, detail);
    }
    return set_parameter(context, name, value, reterr);
}

bool context_query_parse(char *bytes, size_t length, const struct context_rules *rules, struct context *context,
                         struct context_error *reterr)
{
    context_init(context);
    uint32_t parameters = 0;
    char *end = bytes + length;
    for (char *at = bytes; at < end;) {
        char *amper = memchr(at, '&', (size_t)(end - at));
        char *stop = amper == NULL ? end : amper;
        if (stop > at) {
            if (++parameters > LIMIT_QUERY_PARAMETERS) {
                context_fail(reterr, "", "has more than 48 query parameters");
                reterr->status = 414;
                reterr->title = "URI Too Long";
                return false;
            }
            if (!read_parameter(at, stop, context, reterr)) {
                return false;
            }
        }
        at = stop + 1;
    }
    return context_finish(context, rules, reterr);
}
