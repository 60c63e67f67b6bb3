#include "policy/context_json.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "policy/text.h"
#include "support.h"

static struct context context;
static struct context_error error;
static char *request_bytes; /* of the last read: the context looks into them */

static const struct slice configured[] = {{"checkout", 8}, {"cart", 4}};
static const struct context_rules gateway = {.interfaces = configured, .interface_count = 2};
static const struct context_rules any_interface = {.interface_default = {"checkout", 8}};

/* "valid", "malformed", or the pointer to what is invalid ("." being the whole). */
static const char *read_as(const char *text, const struct context_rules *rules)
{
    const char *json = json_of(text);
    free(request_bytes);
    request_bytes = exact_copy(json, strlen(json));
    switch (context_json_parse(request_bytes, strlen(json), rules, &context, &error)) {
    case CONTEXT_VALID:
        return "valid";
    case CONTEXT_INVALID:
        cr_expect_eq(error.status, 400);
        return error.pointer[0] == '\0' ? "." : error.pointer;
    case CONTEXT_MALFORMED:
        cr_expect_eq(error.status, 400);
        cr_expect_str_empty(error.pointer);
        return "malformed";
    }
    return "";
}

struct row {
    const char *what, *json, *outcome;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *outcome = read_as(rows[i].json, &gateway);
        cr_expect_str_eq(outcome, rows[i].outcome, "%s: %s, not %s", rows[i].what, outcome, rows[i].outcome);
    }
    free(request_bytes);
    request_bytes = NULL;
}
#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof(rows[0]))

/* A sound request and members more. */
static const char *with(const char *members)
{
    return format("{'user_id':'u','aoi':'A','amount':1,%s}", members);
}

static const char *with_user(const char *user)
{
    return format("{'user_id':%s,'aoi':'A','amount':1}", user);
}

static const char *with_aoi(const char *aoi)
{
    return format("{'user_id':'u','aoi':%s,'amount':1}", aoi);
}

static const char *with_attribute(const char *value)
{
    return with(format("'attributes':{'a':%s}", value));
}

Test(context_json, user_aoi_and_amount_are_required)
{
    const struct row rows[] = {
        {"all three", "{'user_id':'u','aoi':'A','amount':0}", "valid"},
        {"no user", "{'aoi':'A','amount':1}", "/user_id"},
        {"no aoi", "{'user_id':'u','amount':1}", "/aoi"},
        {"no amount", "{'user_id':'u','aoi':'A'}", "/amount"},
        {"nothing", "{}", "/user_id"},
        {"a list", "[]", "."},
        {"a string", "'u'", "."},
        {"null", "null", "."},
        {"an unknown member", with("'tier':'gold'"), "/tier"},
        {"a member in another case", with("'Amount':1"), "/Amount"},
        {"an unknown member with / and ~", with("'a/~b':1"), "/a~1~0b"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, a_member_twice_is_refused)
{
    const struct row rows[] = {
        {"user_id", with("'user_id':'u'"), "/user_id"},
        {"aoi", with("'aoi':'B'"), "/aoi"},
        {"amount", with("'amount':1"), "/amount"},
        {"amount, once escaped", with("'\\u0061mount':1"), "/amount"},
        {"delivery_fee", with("'delivery_fee':1,'delivery_fee':1"), "/delivery_fee"},
        {"interface", with("'interface':'cart','interface':'cart'"), "/interface"},
        {"request_id", with("'request_id':'r','request_id':'r'"), "/request_id"},
        {"attributes", with("'attributes':{},'attributes':{}"), "/attributes"},
        {"an attribute", with("'attributes':{'a':1,'b':2,'a':1}"), "/attributes/a"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, user_ids_are_1_to_128_bytes_without_controls)
{
    const struct row rows[] = {
        {"128 bytes", with_user(format("'%s'", repeated("u", 128))), "valid"},
        {"129 bytes", with_user(format("'%s'", repeated("u", 129))), "/user_id"},
        {"126 bytes of three-byte characters", with_user(format("'%s'", repeated("用", 42))), "valid"},
        {"129 bytes of three-byte characters", with_user(format("'%s'", repeated("用", 43))), "/user_id"},
        {"empty", with_user("''"), "/user_id"},
        {"a tab", with_user("'a\\tb'"), "/user_id"},
        {"the separator", with_user("'a\\u001fb'"), "/user_id"},
        {"U+0000", with_user("'a\\u0000b'"), "/user_id"},
        {"DEL", with_user("'a\\u007f'"), "/user_id"},
        {"a C1 control", with_user("'a\\u0085'"), "/user_id"},
        {"a space", with_user("'a b'"), "valid"},
        {"a number", with_user("42"), "/user_id"},
        {"null", with_user("null"), "/user_id"},
        {"a list", with_user("['u']"), "/user_id"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, request_ids_have_up_to_128_bytes)
{
    const struct row rows[] = {
        {"empty", with("'request_id':''"), "valid"},
        {"128 bytes", with(format("'request_id':'%s'", repeated("r", 128))), "valid"},
        {"129 bytes", with(format("'request_id':'%s'", repeated("r", 129))), "/request_id"},
        {"a control character", with("'request_id':'a\\n'"), "/request_id"},
        {"a number", with("'request_id':1"), "/request_id"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, codes_are_one_or_a_list_of_1_to_16)
{
    const struct row rows[] = {
        {"one", with_aoi("'A'"), "valid"},
        {"a list of one", with_aoi("['A']"), "valid"},
        {"16", with_aoi(format("[%s]", numbered("'A", "'", 16))), "valid"},
        {"17", with_aoi(format("[%s]", numbered("'A", "'", 17))), "/aoi"},
        {"none", with_aoi("[]"), "/aoi"},
        {"64 bytes", with_aoi(format("'%s'", repeated("a", 64))), "valid"},
        {"65 bytes", with_aoi(format("'%s'", repeated("a", 65))), "/aoi"},
        {"empty", with_aoi("''"), "/aoi"},
        {"a space", with_aoi("'A B'"), "/aoi"},
        {"a control character", with_aoi("'A\\u0009'"), "/aoi"},
        {"the second is empty", with_aoi("['A','']"), "/aoi/1"},
        {"the first is empty", with_aoi("['','A']"), "/aoi/0"},
        {"the third is a number", with_aoi("['A','B',3]"), "/aoi/2"},
        {"a number", with_aoi("310115"), "/aoi"},
        {"null", with_aoi("null"), "/aoi"},
        {"an object", with_aoi("{}"), "/aoi"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, money_is_an_integer_from_0_to_10_to_the_12)
{
    static const char *const members[] = {"amount", "delivery_fee"};
    for (size_t i = 0; i < 2; i++) {
        const char *pointer = format("/%s", members[i]);
        static const struct {
            const char *value;
            bool is_valid;
        } rows[] = {
            {"0", true},
            {"-0", true},
            {"1000000000000", true},
            {"1000000000001", false},
            {"-1", false},
            {"1.0", false},
            {"1.5", false},
            {"1e3", false},
            {"'1'", false},
            {"null", false},
            {"true", false},
            {"9223372036854775808", false},
            {"1e999", false},
            {"[1]", false},
            {"18446744073709551617", false},
            {"-9223372036854775809", false},
        };
        for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
            const char *other = i == 0 ? "'aoi':'A'" : "'aoi':'A','amount':1";
            const char *outcome =
                read_as(format("{'user_id':'u',%s,'%s':%s}", other, members[i], rows[k].value), &gateway);
            cr_expect_str_eq(outcome, rows[k].is_valid ? "valid" : pointer, "%s %s", members[i], rows[k].value);
        }
    }
    free(request_bytes);
}

Test(context_json, the_interface_is_a_configured_one_the_first_by_default)
{
    cr_expect_str_eq(read_as(with("'interface':'cart'"), &gateway), "valid");
    cr_expect(slice_equals(context.interface, SLICE("cart")));
    cr_expect_eq(context.interface_index, 1);
    cr_expect_str_eq(read_as("{'user_id':'u','aoi':'A','amount':1}", &gateway), "valid");
    cr_expect(slice_equals(context.interface, SLICE("checkout")));
    cr_expect_eq(context.interface_index, 0);
    cr_expect_str_eq(read_as(with("'interface':'browse'"), &gateway), "/interface");
    cr_expect_str_eq(read_as(with("'interface':''"), &gateway), "/interface");
    cr_expect_str_eq(read_as(with("'interface':1"), &gateway), "/interface");
    cr_expect_str_eq(read_as(with("'interface':'anything'"), &any_interface), "valid");
    cr_expect_str_eq(read_as(with(format("'interface':'%s'", repeated("i", 64))), &any_interface), "valid");
    cr_expect_str_eq(read_as(with(format("'interface':'%s'", repeated("i", 65))), &any_interface), "/interface");
    cr_expect_str_eq(read_as("{'user_id':'u','aoi':'A','amount':1}", &any_interface), "valid");
    cr_expect(slice_equals(context.interface, SLICE("checkout")));
    free(request_bytes);
}

Test(context_json, attributes_are_strings_integers_booleans_or_lists_of_strings)
{
    const struct row rows[] = {
        {"none", with("'attributes':{}"), "valid"},
        {"a string", with_attribute("'gold'"), "valid"},
        {"an empty string", with_attribute("''"), "valid"},
        {"256 bytes", with_attribute(format("'%s'", repeated("x", 256))), "valid"},
        {"257 bytes", with_attribute(format("'%s'", repeated("x", 257))), "/attributes/a"},
        {"258 bytes of three-byte characters", with_attribute(format("'%s'", repeated("金", 86))), "/attributes/a"},
        {"2^53", with_attribute("9007199254740992"), "valid"},
        {"2^53 + 1", with_attribute("9007199254740993"), "/attributes/a"},
        {"-2^53", with_attribute("-9007199254740992"), "valid"},
        {"-2^53 - 1", with_attribute("-9007199254740993"), "/attributes/a"},
        {"past 64 bits", with_attribute("9223372036854775808"), "/attributes/a"},
        {"a fraction", with_attribute("1.0"), "/attributes/a"},
        {"a boolean", with_attribute("false"), "valid"},
        {"null", with_attribute("null"), "/attributes/a"},
        {"an object", with_attribute("{}"), "/attributes/a"},
        {"an empty list", with_attribute("[]"), "valid"},
        {"64 strings", with_attribute(format("[%s]", listed("'x'", 64))), "valid"},
        {"65 strings", with_attribute(format("[%s]", listed("'x'", 65))), "/attributes/a"},
        {"a number in a list", with_attribute("['x',1]"), "/attributes/a/1"},
        {"a list in a list", with_attribute("[['x']]"), "/attributes/a/0"},
        {"257 bytes in a list", with_attribute(format("['x','%s']", repeated("x", 257))), "/attributes/a/1"},
        {"a list", with("'attributes':[]"), "/attributes"},
        {"null", with("'attributes':null"), "/attributes"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, attributes_names_are_1_to_64_bytes_and_not_reserved)
{
    const struct row rows[] = {
        {"64 bytes", with(format("'attributes':{'%s':1}", repeated("n", 64))), "valid"},
        {"65 bytes", with(format("'attributes':{'%s':1}", repeated("n", 65))),
         format("/attributes/%s", repeated("n", 64))},
        {"none", with("'attributes':{'':1}"), "/attributes/"},
        {"a control character", with("'attributes':{'a\\u007f':1}"), "/attributes/a\x7F"},
        {"amount", with("'attributes':{'amount':1}"), "/attributes/amount"},
        {"delivery_fee", with("'attributes':{'delivery_fee':1}"), "/attributes/delivery_fee"},
        {"interface", with("'attributes':{'interface':'x'}"), "/attributes/interface"},
        {"user_id", with("'attributes':{'user_id':'x'}"), "/attributes/user_id"},
        {"aoi", with("'attributes':{'aoi':'x','request_id':'y','attributes':'z','Amount':1}"), "valid"},
        {"with / and ~", with("'attributes':{'a/~':null}"), "/attributes/a~1~0"},
        {"64 attributes", with(format("'attributes':{%s}", numbered("'a", "':1", 64))), "valid"},
        {"65 attributes", with(format("'attributes':{%s}", numbered("'a", "':1", 65))), "/attributes"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, the_largest_request_fits)
{
    const char *strings = format("[%s]", listed(format("'%s'", repeated("x", 256)), 64));
    const char *members = "";
    for (unsigned i = 0; i < 64; i++) {
        members = format("%s%s'a%u':%s", members, i > 0 ? "," : "", i, strings);
    }
    cr_expect_str_eq(read_as(with(format("'attributes':{%s}", members)), &gateway), "valid");
    cr_expect_eq(context.attribute_count, 64);
    cr_expect_eq(context.attributes[63].value.strings.count, 64);
    cr_expect_eq(context.attributes[63].value.strings.at[63].length, 256);
    free(request_bytes);
}

Test(context_json, what_is_not_JSON_is_malformed_wherever_it_stands)
{
    const struct row rows[] = {
        {"nothing", "", "malformed"},
        {"cut off", "{'user_id':'u','aoi':'A','amount':1", "malformed"},
        {"a trailing comma", with(""), "malformed"},
        {"a second value", "{'user_id':'u','aoi':'A','amount':1}{}", "malformed"},
        {"a BOM", "\xEF\xBB\xBF{'user_id':'u','aoi':'A','amount':1}", "malformed"},
        {"invalid UTF-8", with_user("'\xFF'"), "malformed"},
        {"a lone surrogate", with_user("'\\uD83D'"), "malformed"},
        {"a leading zero", with_attribute("01"), "malformed"},
        {"NaN", with_attribute("NaN"), "malformed"},
        {"too deep", with_attribute(format("%s%s", repeated("[", 40), repeated("]", 40))), "malformed"},
        {"behind an invalid member", "{'x':1,'user_id':'u','aoi':'A','amount':01}", "malformed"},
        {"a comment", "{'user_id':'u','aoi':'A','amount':1/**/}", "malformed"},
    };
    EXPECT_ROWS(rows);
}

Test(context_json, a_reader_stands_behind_each_element_of_a_batch_the_invalid_ones_too)
{
    const char *json = json_of("[{'user_id':'a','aoi':'A','amount':1},{'x':{'y':[1,{}]},'z':1},7,[{'a':1}],"
                               "{'user_id':'b','aoi':['A',{}],'amount':1},{'user_id':'c','aoi':'A','amount':1}]");
    static const enum context_outcome outcomes[] = {CONTEXT_VALID,   CONTEXT_INVALID, CONTEXT_INVALID,
                                                    CONTEXT_INVALID, CONTEXT_INVALID, CONTEXT_VALID};
    char *bytes = exact_copy(json, strlen(json));
    struct json_reader reader;
    json_reader_init(&reader, bytes, strlen(json));
    cr_assert_eq(json_reader_next(&reader), JSON_ARRAY_BEGIN);
    for (size_t i = 0; i < 6; i++) {
        enum json_token token = json_reader_next(&reader);
        cr_expect_eq(context_json_read(&reader, token, &gateway, &context, &error), outcomes[i], "element %zu", i);
    }
    cr_expect(slice_equals(context.user_id, SLICE("c")));
    cr_expect_eq(json_reader_next(&reader), JSON_ARRAY_END);
    cr_expect_eq(json_reader_next(&reader), JSON_END);
    free(bytes);
}

Test(context_json, a_context_keeps_nothing_of_the_one_before)
{
    cr_assert_str_eq(
        read_as(with("'delivery_fee':9,'request_id':'r','interface':'cart','attributes':{'a':['x']}"), &gateway),
        "valid");
    cr_expect_eq(context.delivery_fee, 9);
    cr_assert_str_eq(read_as("{'user_id':'u','aoi':'A','amount':1}", &gateway), "valid");
    cr_expect_eq(context.delivery_fee, 0);
    cr_expect_null(context.request_id.at);
    cr_expect_eq(context.attribute_count, 0);
    cr_expect_eq(context.aoi_count, 1);
    cr_expect_eq(context.interface_index, 0);
    free(request_bytes);
}

Test(context_json, an_error_is_a_problem_object)
{
    read_as(with("'attributes':{'\\u0022/':null}"), &gateway);
    struct text text;
    text_init(&text, 1000);
    context_error_append(&text, &error);
    text_append_byte(&text, '\0');
    cr_expect_str_eq(
        text.bytes,
        "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"is neither a "
        "string, an integer within 2^53, a boolean nor a list of strings\",\"pointer\":\"/attributes/\\\"~1\"}");
    text_clear(&text);
    free(request_bytes);
}

/* Written out, and read again. */
static const char *written(void)
{
    static struct text text;
    text_clear(&text);
    text_init(&text, 4096);
    context_json_append(&text, &context);
    text_append_byte(&text, '\0');
    cr_assert_not(text.failed);
    return text.bytes;
}

Test(context_json, a_context_is_written_as_it_was_understood_and_reads_the_same)
{
    static const struct row rows[] = {
        {"the least", "{'user_id':'u','aoi':'A','amount':1}",
         "{'user_id':'u','aoi':'A','amount':1,'delivery_fee':0,'interface':'checkout'}"},
        {"a list of one is one", "{'aoi':['A'],'user_id':'u','amount':1,'request_id':''}",
         "{'user_id':'u','aoi':'A','amount':1,'delivery_fee':0,'interface':'checkout','request_id':''}"},
        {"all of it",
         "{'request_id':'r','attributes':{'s':'x\\u0022y','i':-9007199254740992,'b':true,'f':false,'l':['p','q'],"
         "'e':[]},'interface':'cart','delivery_fee':500,'amount':6200,'aoi':['A','B'],'user_id':'u\\\\1'}",
         "{'user_id':'u\\\\1','aoi':['A','B'],'amount':6200,'delivery_fee':500,'interface':'cart','attributes':{"
         "'s':'x\\\"y','i':-9007199254740992,'b':true,'f':false,'l':['p','q'],'e':[]},'request_id':'r'}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert_str_eq(read_as(rows[i].json, &gateway), "valid", "%s", rows[i].what);
        cr_expect_str_eq(written(), json_of(rows[i].outcome), "%s", rows[i].what);
        cr_expect_str_eq(read_as(rows[i].outcome, &gateway), "valid", "%s", rows[i].what);
        cr_expect_str_eq(written(), json_of(rows[i].outcome), "%s", rows[i].what);
    }
}
