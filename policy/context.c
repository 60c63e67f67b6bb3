#include "policy/context.h"

#include <assert.h>
#include <stdio.h>

#include "policy/text.h"
#include "policy/utf8.h"

static const char *const member_names[CONTEXT_MEMBER_COUNT] = {
    [CONTEXT_USER_ID] = "user_id",       [CONTEXT_AOI] = "aoi",
    [CONTEXT_AMOUNT] = "amount",         [CONTEXT_DELIVERY_FEE] = "delivery_fee",
    [CONTEXT_INTERFACE] = "interface",   [CONTEXT_REQUEST_ID] = "request_id",
    [CONTEXT_ATTRIBUTES] = "attributes",
};

enum context_member context_member_of(struct slice name)
{
    switch (name.length) { /* every length but 10 belongs to one member: one comparison each */
    case 3:
        return slice_equals(name, SLICE("aoi")) ? CONTEXT_AOI : CONTEXT_MEMBER_COUNT;
    case 6:
        return slice_equals(name, SLICE("amount")) ? CONTEXT_AMOUNT : CONTEXT_MEMBER_COUNT;
    case 7:
        return slice_equals(name, SLICE("user_id")) ? CONTEXT_USER_ID : CONTEXT_MEMBER_COUNT;
    case 9:
        return slice_equals(name, SLICE("interface")) ? CONTEXT_INTERFACE : CONTEXT_MEMBER_COUNT;
    case 10:
        return slice_equals(name, SLICE("request_id"))   ? CONTEXT_REQUEST_ID
               : slice_equals(name, SLICE("attributes")) ? CONTEXT_ATTRIBUTES
                                                         : CONTEXT_MEMBER_COUNT;
    case 12:
        return slice_equals(name, SLICE("delivery_fee")) ? CONTEXT_DELIVERY_FEE : CONTEXT_MEMBER_COUNT;
    default:
        return CONTEXT_MEMBER_COUNT;
    }
}

void context_init(struct context *context)
{
    context->user_id = context->request_id = context->interface = (struct slice){0};
    context->interface_index = 0;
    context->amount = context->delivery_fee = 0;
    context->aoi_count = context->attribute_count = context->string_count = 0;
    context->members = 0;
}

/* Errors */

bool context_fail(struct context_error *reterr, const char *pointer, const char *detail)
{
    reterr->status = 400;
    reterr->title = "Bad Request";
    snprintf(reterr->detail, sizeof(reterr->detail), "%s", detail);
    snprintf(reterr->pointer, sizeof(reterr->pointer), "%s", pointer);
    return false;
}

/* Appends a name as RFC 6901 escapes it, cut to whole characters that fit LIMIT_NAME_BYTES. */
static void append_name(char *pointer, struct slice name)
{
    size_t at = strlen(pointer);
    const char *end = name.at + name.length;
    uint32_t taken = 0;
    for (const char *from = name.at; from < end;) {
        unsigned bytes = utf8_character_bytes(from, end);
        taken += bytes;
        if (bytes == 0 || taken > LIMIT_NAME_BYTES) {
            break;
        }
        if (*from == '~' || *from == '/') {
            pointer[at++] = '~';
            pointer[at++] = *from == '~' ? '0' : '1';
        } else {
            memcpy(pointer + at, from, bytes);
            at += bytes;
        }
        from += bytes;
    }
    pointer[at] = '\0';
}

static_assert(CONTEXT_POINTER_BYTES > sizeof("/attributes/") + (size_t)2 * LIMIT_NAME_BYTES + sizeof("/4294967295"),
              "a pointer holds the longest name and an index");

bool context_fail_attribute(struct context_error *reterr, struct slice name, const char *detail)
{
    context_fail(reterr, "/attributes/", detail);
    append_name(reterr->pointer, name);
    return false;
}

bool context_fail_unknown(struct context_error *reterr, struct slice name)
{
    context_fail(reterr, "/", "is not a member of a request");
    append_name(reterr->pointer, name);
    return false;
}

bool context_fail_member(struct context_error *reterr, enum context_member member, const char *detail)
{
    context_fail(reterr, "/", detail);
    append_name(reterr->pointer, slice_of(member_names[member]));
    return false;
}

bool context_fail_element(struct context_error *reterr, uint32_t index)
{
    size_t at = strlen(reterr->pointer);
    snprintf(reterr->pointer + at, sizeof(reterr->pointer) - at, "/%u", index);
    return false;
}

void context_error_append(struct text *text, const struct context_error *error)
{
    text_append(text, SLICE("{\"type\":\"about:blank\",\"title\":"));
    text_append_json_string(text, slice_of(error->title));
    text_append(text, SLICE(",\"status\":"));
    text_append_integer(text, error->status);
    text_append(text, SLICE(",\"detail\":"));
    text_append_json_string(text, slice_of(error->detail));
    text_append(text, SLICE(",\"pointer\":"));
    text_append_json_string(text, slice_of(error->pointer));
    text_append_byte(text, '}');
}

/* Setters */

bool context_claim(struct context *context, enum context_member member, struct context_error *reterr)
{
    uint32_t bit = UINT32_C(1) << member;
    if ((context->members & bit) != 0) {
        return context_fail_member(reterr, member, "occurs more than once");
    }
    context->members |= bit;
    return true;
}

bool context_set_string(struct context *context, enum context_member member, struct slice value,
                        struct context_error *reterr)
{
    struct slice *target = member == CONTEXT_USER_ID      ? &context->user_id
                           : member == CONTEXT_REQUEST_ID ? &context->request_id
                                                          : &context->interface;
    uint32_t limit = member == CONTEXT_INTERFACE ? LIMIT_NAME_BYTES : LIMIT_USER_ID_BYTES;
    if (member != CONTEXT_REQUEST_ID && value.length == 0) {
        return context_fail_member(reterr, member, "is empty");
    }
    if (value.length > limit) {
        return context_fail_member(reterr, member,
                                   limit == LIMIT_NAME_BYTES ? "is longer than 64 bytes" : "is longer than 128 bytes");
    }
    if (utf8_has_control(value)) {
        return context_fail_member(reterr, member, "has a control character");
    }
    *target = value;
    return true;
}

static_assert(LIMIT_USER_ID_BYTES == 128 && LIMIT_REQUEST_ID_BYTES == 128 && LIMIT_NAME_BYTES == 64,
              "the messages above name the ceilings");

bool context_set_integer(struct context *context, enum context_member member, int64_t value,
                         struct context_error *reterr)
{
    assert(member == CONTEXT_AMOUNT || member == CONTEXT_DELIVERY_FEE);
    if (value < 0 || value > limit_money_fen) {
        return context_fail_member(reterr, member, "is not between 0 and 1000000000000");
    }
    *(member == CONTEXT_AMOUNT ? &context->amount : &context->delivery_fee) = value;
    return true;
}

static const char *aoi_fault(struct slice code)
{
    if (code.length == 0 || code.length > LIMIT_NAME_BYTES) {
        return "is not 1 to 64 bytes long";
    }
    if (utf8_has_control(code) || memchr(code.at, ' ', code.length) != NULL) {
        return "has a control character or a space";
    }
    return NULL;
}

bool context_add_aoi(struct context *context, struct slice code, struct context_error *reterr)
{
    if (context->aoi_count == LIMIT_REQUEST_AOIS) {
        return context_fail_member(reterr, CONTEXT_AOI, "has more than 16 codes");
    }
    const char *fault = aoi_fault(code);
    if (fault != NULL) {
        return context_fail_member(reterr, CONTEXT_AOI, fault);
    }
    context->aois[context->aoi_count++] = code;
    return true;
}

static bool is_reserved(struct slice name)
{
    enum context_member member = context_member_of(name);
    return member == CONTEXT_AMOUNT || member == CONTEXT_DELIVERY_FEE || member == CONTEXT_INTERFACE ||
           member == CONTEXT_USER_ID;
}

static bool has_attribute(const struct context *context, struct slice name)
{
    for (uint32_t i = 0; i < context->attribute_count; i++) {
        if (slice_equals(context->attributes[i].name, name)) {
            return true;
        }
    }
    return false;
}

struct attribute *context_add_attribute(struct context *context, struct slice name, struct context_error *reterr)
{
    const char *fault = name.length == 0 || name.length > LIMIT_NAME_BYTES ? "has a name that is not 1 to 64 bytes long"
                        : utf8_has_control(name)                           ? "has a control character in its name"
                        : is_reserved(name)            ? "has a name that is reserved for a member of the request"
                        : has_attribute(context, name) ? "occurs more than once"
                                                       : NULL;
    if (fault != NULL) {
        context_fail_attribute(reterr, name, fault);
        return NULL;
    }
    if (context->attribute_count == LIMIT_ATTRIBUTES) {
        context_fail_member(reterr, CONTEXT_ATTRIBUTES, "has more than 64 members");
        return NULL;
    }
    struct attribute *attribute = &context->attributes[context->attribute_count++];
    attribute->name = name;
    attribute->value.kind = VALUE_BOOLEAN;
    return attribute;
}

bool context_check_attribute_string(const struct attribute *attribute, struct slice value, struct context_error *reterr)
{
    return value.length <= LIMIT_STRING_BYTES ||
           context_fail_attribute(reterr, attribute->name, "is longer than 256 bytes");
}

bool context_add_attribute_string(struct context *context, struct attribute *attribute, struct slice element,
                                  struct context_error *reterr)
{
    assert(attribute->value.kind == VALUE_STRINGS);
    if (attribute->value.strings.count == LIMIT_ATTRIBUTE_STRINGS) {
        return context_fail_attribute(reterr, attribute->name, "has more than 64 elements");
    }
    if (!context_check_attribute_string(attribute, element, reterr)) {
        return context_fail_element(reterr, attribute->value.strings.count);
    }
    assert(context->string_count < LIMIT_ATTRIBUTES * LIMIT_ATTRIBUTE_STRINGS);
    context->strings[context->string_count++] = element;
    attribute->value.strings.count++;
    return true;
}

static bool has(const struct context *context, enum context_member member)
{
    return (context->members >> member & 1) != 0;
}

static bool resolve_interface(struct context *context, const struct context_rules *rules, struct context_error *reterr)
{
    if (rules->interfaces == NULL) {
        if (!has(context, CONTEXT_INTERFACE)) {
            context->interface = rules->interface_default;
        }
        return true;
    }
    if (!has(context, CONTEXT_INTERFACE)) {
        context->interface = rules->interfaces[0];
        return true;
    }
    for (uint32_t i = 0; i < rules->interface_count; i++) {
        if (slice_equals(rules->interfaces[i], context->interface)) {
            context->interface_index = i;
            return true;
        }
    }
    return context_fail_member(reterr, CONTEXT_INTERFACE, "is not a configured interface");
}

bool context_finish(struct context *context, const struct context_rules *rules, struct context_error *reterr)
{
    static const enum context_member required[] = {CONTEXT_USER_ID, CONTEXT_AOI, CONTEXT_AMOUNT};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (!has(context, required[i])) {
            return context_fail_member(reterr, required[i], "is missing");
        }
    }
    return resolve_interface(context, rules, reterr);
}
