#include "policy/condition.h"

#include <criterion/criterion.h>

#include "support.h"

#define HOLDS    "offered"
#define MISMATCH "attr_mismatch"
#define MISSING  "attr_missing"

/* A condition's op and value, the request's attribute `a` (NULL: absent), and what becomes of the policy. */
struct row {
    const char *op, *value, *attribute, *reason;
};

static void expect_reasons(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        const char *policy =
            policy_with(format("'conditions':[{'attr':'a','op':'%s','value':%s}]", row->op, row->value));
        const char *attributes = row->attribute == NULL ? "" : format("'a':%s", row->attribute);
        const char *reason = reason_of(policy, NOON,
                                       format("{'user_id':'u','aoi':'A','amount':1,'attributes':{'b':1,%s%s'c':'x'}}",
                                              attributes, row->attribute == NULL ? "" : ","));
        cr_expect_str_eq(reason, row->reason, "%s %s with %s is %s, not %s", row->op, row->value,
                         row->attribute == NULL ? "nothing" : row->attribute, reason, row->reason);
    }
}
#define EXPECT_REASONS(rows) expect_reasons(rows, sizeof(rows) / sizeof(rows[0]))

Test(condition, an_absent_attribute_fails_every_op_but_exists_false)
{
    static const struct row rows[] = {
        {"eq", "'x'", NULL, MISSING},       {"ne", "'x'", NULL, MISSING}, {"in", "['x']", NULL, MISSING},
        {"not_in", "['x']", NULL, MISSING}, {"gt", "1", NULL, MISSING},   {"gte", "1", NULL, MISSING},
        {"lt", "1", NULL, MISSING},         {"lte", "1", NULL, MISSING},  {"exists", "true", NULL, MISSING},
        {"exists", "false", NULL, HOLDS},
    };
    EXPECT_REASONS(rows);
}

Test(condition, exists_asks_for_presence_whatever_the_value)
{
    static const char *const values[] = {"'x'", "''", "0", "false", "true", "[]", "['x']"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const struct row rows[] = {{"exists", "true", values[i], HOLDS}, {"exists", "false", values[i], MISMATCH}};
        EXPECT_REASONS(rows);
    }
}

Test(condition, eq_and_ne_compare_bytes)
{
    static const struct row rows[] = {
        {"eq", "'gold'", "'gold'", HOLDS},
        {"eq", "'gold'", "'Gold'", MISMATCH},
        {"eq", "'gold'", "'gol'", MISMATCH},
        {"eq", "'gold'", "'golde'", MISMATCH},
        {"eq", "''", "''", HOLDS},
        {"eq", "'金'", "'\\u91d1'", HOLDS},
        {"ne", "'gold'", "'gold'", MISMATCH},
        {"ne", "'gold'", "'silver'", HOLDS},
        {"ne", "''", "''", MISMATCH},
        {"eq", "'\\u00e9'", "'e\\u0301'", MISMATCH},
    };
    EXPECT_REASONS(rows);
}

Test(condition, eq_and_ne_compare_integers_and_booleans)
{
    static const struct row rows[] = {
        {"eq", "5", "5", HOLDS},
        {"eq", "5", "6", MISMATCH},
        {"eq", "-0", "0", HOLDS},
        {"eq", "9007199254740992", "9007199254740992", HOLDS},
        {"eq", "9007199254740992", "9007199254740991", MISMATCH},
        {"eq", "-9007199254740992", "-9007199254740992", HOLDS},
        {"ne", "5", "6", HOLDS},
        {"ne", "5", "5", MISMATCH},
        {"eq", "true", "true", HOLDS},
        {"eq", "true", "false", MISMATCH},
        {"eq", "false", "false", HOLDS},
        {"ne", "false", "true", HOLDS},
    };
    EXPECT_REASONS(rows);
}

Test(condition, types_never_convert)
{
    static const struct row rows[] = {
        {"eq", "'5'", "5", MISMATCH},
        {"eq", "5", "'5'", MISMATCH},
        {"ne", "'5'", "5", HOLDS},
        {"ne", "5", "'5'", HOLDS},
        {"eq", "1", "true", MISMATCH},
        {"eq", "true", "1", MISMATCH},
        {"ne", "true", "1", HOLDS},
        {"eq", "'true'", "true", MISMATCH},
        {"eq", "0", "false", MISMATCH},
        {"eq", "0", "''", MISMATCH},
        {"in", "['5',true]", "5", MISMATCH},
        {"not_in", "['5',true]", "5", HOLDS},
        {"in", "[1,'true']", "true", MISMATCH},
        {"gt", "1", "'2'", MISMATCH},
        {"lt", "1", "false", MISMATCH},
        {"gte", "0", "true", MISMATCH},
        {"lte", "5", "''", MISMATCH},
    };
    EXPECT_REASONS(rows);
}

Test(condition, in_and_not_in_ask_for_membership)
{
    static const struct row rows[] = {
        {"in", "['gold','silver']", "'silver'", HOLDS},
        {"in", "['gold','silver']", "'bronze'", MISMATCH},
        {"in", "[3,1,2]", "1", HOLDS},
        {"in", "[3,1,2]", "4", MISMATCH},
        {"in", "['a',1,true,'b',2]", "true", HOLDS},
        {"in", "['a',1,true,'b',2]", "2", HOLDS},
        {"in", "['a',1,true,'b',2]", "'b'", HOLDS},
        {"in", "['a',1,true,'b',2]", "false", MISMATCH},
        {"in", "['x','x']", "'x'", HOLDS},
        {"in", "['']", "''", HOLDS},
        {"not_in", "['gold','silver']", "'gold'", MISMATCH},
        {"not_in", "['gold','silver']", "'bronze'", HOLDS},
        {"not_in", "[false]", "true", HOLDS},
        {"in", "['b','a','ab','']", "'ab'", HOLDS},
    };
    EXPECT_REASONS(rows);
}

Test(condition, every_value_of_the_longest_list_is_found_and_nothing_else)
{
    const char *list = format("[%s]", numbered("", "", 1000));
    for (int value = -1; value <= 1000; value += 7) {
        const char *number = format("%d", value);
        const struct row rows[] = {{"in", list, number, value >= 0 && value < 1000 ? HOLDS : MISMATCH},
                                   {"not_in", list, number, value >= 0 && value < 1000 ? MISMATCH : HOLDS}};
        EXPECT_REASONS(rows);
    }
}

Test(condition, orderings_compare_integers_at_their_bounds)
{
    static const struct row rows[] = {
        {"gt", "5", "5", MISMATCH},
        {"gt", "5", "6", HOLDS},
        {"gt", "-5", "-4", HOLDS},
        {"gte", "5", "4", MISMATCH},
        {"gte", "5", "5", HOLDS},
        {"lt", "5", "5", MISMATCH},
        {"lt", "5", "4", HOLDS},
        {"lt", "0", "-1", HOLDS},
        {"lte", "5", "6", MISMATCH},
        {"lte", "5", "5", HOLDS},
        {"gt", "9007199254740991", "9007199254740992", HOLDS},
        {"lt", "-9007199254740991", "-9007199254740992", HOLDS},
    };
    EXPECT_REASONS(rows);
}

Test(condition, of_an_array_eq_and_in_want_some_element_and_ne_and_not_in_none)
{
    static const struct row rows[] = {
        {"eq", "'x'", "['w','x']", HOLDS},
        {"eq", "'x'", "['w']", MISMATCH},
        {"eq", "'x'", "[]", MISMATCH},
        {"eq", "5", "['5']", MISMATCH},
        {"ne", "'x'", "['w','x']", MISMATCH},
        {"ne", "'x'", "['w']", HOLDS},
        {"ne", "'x'", "[]", HOLDS},
        {"ne", "5", "['5']", HOLDS},
        {"in", "['x','y']", "['w','y']", HOLDS},
        {"in", "['x','y']", "['w','z']", MISMATCH},
        {"in", "['x','y']", "[]", MISMATCH},
        {"not_in", "['x','y']", "['w','y']", MISMATCH},
        {"not_in", "['x','y']", "['w','z']", HOLDS},
        {"not_in", "['x','y']", "[]", HOLDS},
        {"gt", "1", "['2']", MISMATCH},
        {"lte", "1", "[]", MISMATCH},
    };
    EXPECT_REASONS(rows);
}

static void expect_built_in(const char *condition, const char *context, const char *expected)
{
    const char *reason = reason_of(policy_with(format("'conditions':[%s]", condition)), NOON, context);
    cr_expect_str_eq(reason, expected, "%s with %s is %s, not %s", condition, context, reason, expected);
}

Test(condition, the_members_of_the_request_are_attributes_too_defaults_included)
{
#define REQUEST "{'user_id':'u','aoi':'A','amount':6200}"
    expect_built_in("{'attr':'amount','op':'gte','value':6200}", REQUEST, HOLDS);
    expect_built_in("{'attr':'amount','op':'gt','value':6200}", REQUEST, MISMATCH);
    expect_built_in("{'attr':'amount','op':'eq','value':'6200'}", REQUEST, MISMATCH);
    expect_built_in("{'attr':'delivery_fee','op':'eq','value':0}", REQUEST, HOLDS);
    expect_built_in("{'attr':'delivery_fee','op':'exists','value':true}", REQUEST, HOLDS);
    expect_built_in("{'attr':'delivery_fee','op':'exists','value':false}", REQUEST, MISMATCH);
    expect_built_in("{'attr':'interface','op':'eq','value':'checkout'}", REQUEST, HOLDS);
    expect_built_in("{'attr':'interface','op':'eq','value':'cart'}",
                    "{'user_id':'u','aoi':'A','amount':1,'interface':'cart'}", HOLDS);
    expect_built_in("{'attr':'user_id','op':'in','value':['v','u']}", REQUEST, HOLDS);
    expect_built_in("{'attr':'user_id','op':'gt','value':0}", REQUEST, MISMATCH);
}

Test(condition, each_array_has_its_own_elements)
{
#define ARRAYS "{'user_id':'u','aoi':'A','amount':1,'attributes':{'a':['x','w'],'e':[],'b':['y'],'c':['z']}}"
    expect_built_in("{'attr':'a','op':'eq','value':'w'}", ARRAYS, HOLDS);
    expect_built_in("{'attr':'b','op':'eq','value':'y'}", ARRAYS, HOLDS);
    expect_built_in("{'attr':'b','op':'in','value':['w','x','z']}", ARRAYS, MISMATCH);
    expect_built_in("{'attr':'c','op':'eq','value':'z'}", ARRAYS, HOLDS);
    expect_built_in("{'attr':'e','op':'not_in','value':['w','x','y','z']}", ARRAYS, HOLDS);
}

Test(condition, aoi_and_request_id_are_no_built_in_attributes)
{
#define WITH_ID "{'user_id':'u','aoi':'A','amount':1,'request_id':'r'}"
    expect_built_in("{'attr':'aoi','op':'exists','value':true}", WITH_ID, MISSING);
    expect_built_in("{'attr':'request_id','op':'exists','value':true}", WITH_ID, MISSING);
    expect_built_in("{'attr':'aoi','op':'eq','value':'B'}",
                    "{'user_id':'u','aoi':'A','amount':1,'attributes':{'aoi':'B'}}", HOLDS);
}

Test(condition, all_must_hold_and_the_first_that_does_not_gives_the_reason)
{
#define PRESENT_BUT_OTHER "{'attr':'b','op':'eq','value':1}"
#define ABSENT            "{'attr':'x','op':'eq','value':1}"
#define TRUE_OF_B         "{'attr':'b','op':'eq','value':2}"
#define CONTEXT           "{'user_id':'u','aoi':'A','amount':1,'attributes':{'b':2}}"
    expect_built_in(TRUE_OF_B "," TRUE_OF_B, CONTEXT, HOLDS);
    expect_built_in(TRUE_OF_B "," PRESENT_BUT_OTHER "," ABSENT, CONTEXT, MISMATCH);
    expect_built_in(TRUE_OF_B "," ABSENT "," PRESENT_BUT_OTHER, CONTEXT, MISSING);
    expect_built_in("", CONTEXT, HOLDS);
}
