#include <criterion/criterion.h>

#include "policy/policy_set.h"
#include "support.h"

static const char *with(const char *condition)
{
    return policy_with(format("'conditions':[%s]", condition));
}

static const char *comparing(const char *op, const char *value)
{
    return with(format("{'attr':'a','op':'%s','value':%s}", op, value));
}

static const char *string_of(const char *piece, unsigned count)
{
    return format("'%s'", repeated(piece, count));
}

Test(condition_json, there_are_up_to_16_conditions)
{
    const char *condition = "{'attr':'a','op':'eq','value':1}";
    const struct pointers_row rows[] = {
        {"none", with(""), ""},
        {"16", with(listed(condition, 16)), ""},
        {"17", with(listed(condition, 17)), "/conditions"},
        {"an object", policy_with("'conditions':{}"), "/conditions"},
        {"null", policy_with("'conditions':null"), "/conditions"},
        {"a string in it", with("'a'"), "/conditions/0"},
    };
    EXPECT_POINTERS(rows);
}

Test(condition_json, a_condition_has_attr_op_and_value)
{
    const struct pointers_row rows[] = {
        {"in any order", with("{'value':1,'op':'eq','attr':'a'}"), ""},
        {"no attr", with("{'op':'eq','value':1}"), "/conditions/0/attr"},
        {"no op", with("{'attr':'a','value':1}"), "/conditions/0/op"},
        {"no value", with("{'attr':'a','op':'eq'}"), "/conditions/0/value"},
        {"nothing", with("{}"), "/conditions/0/attr, /conditions/0/op, /conditions/0/value"},
        {"an unknown member", with("{'attr':'a','op':'eq','value':1,'not':true}"), "/conditions/0/not"},
        {"value twice", with("{'attr':'a','op':'eq','value':1,'value':2}"), "/conditions/0/value"},
        {"an attribute of 64 bytes", with(format("{'attr':%s,'op':'eq','value':1}", string_of("a", 64))), ""},
        {"of 65", with(format("{'attr':%s,'op':'eq','value':1}", string_of("a", 65))), "/conditions/0/attr"},
        {"of none", with("{'attr':'','op':'eq','value':1}"), "/conditions/0/attr"},
        {"with a control character", with("{'attr':'a\\n','op':'eq','value':1}"), "/conditions/0/attr"},
        {"a built-in one", with("{'attr':'amount','op':'gte','value':5000}"), ""},
        {"another op", comparing("nin", "1"), "/conditions/0/op"},
        {"an op with a capital", comparing("EQ", "1"), "/conditions/0/op"},
        {"op a number", with("{'attr':'a','op':1,'value':1}"), "/conditions/0/op"},
    };
    EXPECT_POINTERS(rows);
}

Test(condition_json, eq_and_ne_take_a_string_an_integer_or_a_boolean)
{
    static const char *const ops[] = {"eq", "ne"};
    for (size_t i = 0; i < 2; i++) {
        const struct pointers_row rows[] = {
            {"a string", comparing(ops[i], "'gold'"), ""},
            {"an empty string", comparing(ops[i], "''"), ""},
            {"256 bytes", comparing(ops[i], string_of("a", 256)), ""},
            {"257 bytes", comparing(ops[i], string_of("a", 257)), "/conditions/0/value"},
            {"255 bytes of three-byte characters", comparing(ops[i], string_of("海", 85)), ""},
            {"258 bytes of three-byte characters", comparing(ops[i], string_of("海", 86)), "/conditions/0/value"},
            {"2^53", comparing(ops[i], "9007199254740992"), ""},
            {"2^53 + 1", comparing(ops[i], "9007199254740993"), "/conditions/0/value"},
            {"-2^53", comparing(ops[i], "-9007199254740992"), ""},
            {"-2^53 - 1", comparing(ops[i], "-9007199254740993"), "/conditions/0/value"},
            {"a fraction", comparing(ops[i], "1.5"), "/conditions/0/value"},
            {"a boolean", comparing(ops[i], "false"), ""},
            {"null", comparing(ops[i], "null"), "/conditions/0/value"},
            {"a list", comparing(ops[i], "['a']"), "/conditions/0/value"},
            {"an object", comparing(ops[i], "{}"), "/conditions/0/value"},
        };
        EXPECT_POINTERS(rows);
    }
}

Test(condition_json, in_and_not_in_take_a_list_of_1_to_1000)
{
    static const char *const ops[] = {"in", "not_in"};
    for (size_t i = 0; i < 2; i++) {
        const struct pointers_row rows[] = {
            {"one", comparing(ops[i], "['gold']"), ""},
            {"of all kinds", comparing(ops[i], "['gold',1,true]"), ""},
            {"one twice", comparing(ops[i], "['gold','gold']"), ""},
            {"1000", comparing(ops[i], format("[%s]", numbered("", "", 1000))), ""},
            {"1001", comparing(ops[i], format("[%s]", numbered("", "", 1001))), "/conditions/0/value"},
            {"none", comparing(ops[i], "[]"), "/conditions/0/value"},
            {"a string", comparing(ops[i], "'gold'"), "/conditions/0/value"},
            {"257 bytes", comparing(ops[i], format("['a',%s]", string_of("a", 257))), "/conditions/0/value/1"},
            {"a list in it", comparing(ops[i], "[['a'],'b',null]"), "/conditions/0/value/0, /conditions/0/value/2"},
        };
        EXPECT_POINTERS(rows);
    }
}

Test(condition_json, orderings_take_an_integer)
{
    static const char *const ops[] = {"gt", "gte", "lt", "lte"};
    for (size_t i = 0; i < 4; i++) {
        const struct pointers_row rows[] = {
            {"2^53", comparing(ops[i], "9007199254740992"), ""},
            {"2^53 + 1", comparing(ops[i], "9007199254740993"), "/conditions/0/value"},
            {"-2^53", comparing(ops[i], "-9007199254740992"), ""},
            {"-2^53 - 1", comparing(ops[i], "-9007199254740993"), "/conditions/0/value"},
            {"a fraction of 0", comparing(ops[i], "1.0"), "/conditions/0/value"},
            {"a string", comparing(ops[i], "'1'"), "/conditions/0/value"},
            {"a boolean", comparing(ops[i], "true"), "/conditions/0/value"},
            {"a list", comparing(ops[i], "[1]"), "/conditions/0/value"},
        };
        EXPECT_POINTERS(rows);
    }
}

Test(condition_json, exists_takes_a_boolean)
{
    const struct pointers_row rows[] = {
        {"true", comparing("exists", "true"), ""},
        {"false", comparing("exists", "false"), ""},
        {"1", comparing("exists", "1"), "/conditions/0/value"},
        {"a string", comparing("exists", "'true'"), "/conditions/0/value"},
        {"null", comparing("exists", "null"), "/conditions/0/value"},
    };
    EXPECT_POINTERS(rows);
}

Test(condition_json, an_op_that_is_unknown_says_nothing_about_the_value)
{
    cr_expect_str_eq(pointers_in(comparing("nin", "['a']")), "/conditions/0/op");
}

Test(condition_json, the_built_in_attributes_have_their_numbers)
{
    struct policy_set *set = set_of(
        FILES({"p.json", with("{'attr':'user_id','op':'ne','value':'x'},{'attr':'tier','op':'eq','value':'gold'},"
                              "{'attr':'interface','op':'ne','value':'x'},{'attr':'delivery_fee','op':'gt','value':0},"
                              "{'attr':'amount','op':'gt','value':0}")}));
    const struct condition *conditions = set->policies[0].conditions;
    cr_expect_eq(conditions[0].attribute, ATTRIBUTE_USER_ID);
    cr_expect_eq(conditions[1].attribute, ATTRIBUTES_BUILT_IN);
    cr_expect_eq(conditions[2].attribute, ATTRIBUTE_INTERFACE);
    cr_expect_eq(conditions[3].attribute, ATTRIBUTE_DELIVERY_FEE);
    cr_expect_eq(conditions[4].attribute, ATTRIBUTE_AMOUNT);
    policy_set_free(set);
}
