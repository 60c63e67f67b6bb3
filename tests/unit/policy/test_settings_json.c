#include <criterion/criterion.h>

#include "policy/policy_set.h"
#include "support.h"

struct row {
    const char *what, *settings, *pointers;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *pointers = pointers_in_settings(rows[i].settings);
        cr_expect_str_eq(pointers, rows[i].pointers, "%s: problems at \"%s\", not \"%s\"", rows[i].what, pointers,
                         rows[i].pointers);
    }
}
#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof(rows[0]))

Test(settings_json, max_offers_is_1_to_64)
{
    const struct row rows[] = {
        {"0", "{'max_offers':0}", "/max_offers"},
        {"1", "{'max_offers':1}", ""},
        {"64", "{'max_offers':64}", ""},
        {"65", "{'max_offers':65}", "/max_offers"},
        {"-1", "{'max_offers':-1}", "/max_offers"},
        {"a fraction", "{'max_offers':8.0}", "/max_offers"},
        {"a string", "{'max_offers':'8'}", "/max_offers"},
        {"null", "{'max_offers':null}", "/max_offers"},
    };
    EXPECT_ROWS(rows);
}

static const char *with_name(const char *name)
{
    return format("{'groups':[{'name':%s,'pick':'best'}]}", name);
}

Test(settings_json, groups_have_a_name_and_a_pick)
{
    const struct row rows[] = {
        {"first", "{'groups':[{'name':'order','pick':'first'}]}", ""},
        {"best", "{'groups':[{'pick':'best','name':'order'}]}", ""},
        {"another pick", "{'groups':[{'name':'order','pick':'all'}]}", "/groups/0/pick"},
        {"no pick", "{'groups':[{'name':'order'}]}", "/groups/0/pick"},
        {"no name", "{'groups':[{'pick':'best'}]}", "/groups/0/name"},
        {"empty", "{'groups':[{}]}", "/groups/0/name, /groups/0/pick"},
        {"64 bytes", with_name(format("'%s'", repeated("g", 64))), ""},
        {"65 bytes", with_name(format("'%s'", repeated("g", 65))), "/groups/0/name"},
        {"an empty name", with_name("''"), "/groups/0/name"},
        {"a control character", with_name("'a\\u0001'"), "/groups/0/name"},
        {"an unknown member", "{'groups':[{'name':'order','pick':'best','max':2}]}", "/groups/0/max"},
        {"a string", "{'groups':['order']}", "/groups/0"},
        {"no group", "{'groups':[]}", "/groups"},
        {"an object", "{'groups':{}}", "/groups"},
        {"null", "{'groups':null}", "/groups"},
        {"one twice", "{'groups':[{'name':'a','pick':'best'},{'name':'b','pick':'best'},{'name':'a','pick':'first'}]}",
         "/groups/2"},
        {"all problems", "{'groups':[{'name':'','pick':'x'},{'name':'a','pick':'best'},{'name':'a','pick':1}],'x':1}",
         "/groups/0/name, /groups/0/pick, /groups/2/pick, /groups/2, /x"},
    };
    EXPECT_ROWS(rows);
}

Test(settings_json, the_document_is_an_object_without_other_members)
{
    const struct row rows[] = {
        {"empty", "{}", ""},
        {"a list", "[]", "."},
        {"no JSON", "{'max_offers':8,}", "."},
        {"an unknown member", "{'maxOffers':8}", "/maxOffers"},
        {"one twice", "{'max_offers':8,'max_offers':8}", "/max_offers"},
        {"groups twice", "{'groups':[{'name':'a','pick':'best'}],'groups':[{'name':'b','pick':'best'}]}", "/groups"},
    };
    EXPECT_ROWS(rows);
}

Test(settings_json, without_the_file_max_offers_is_8_and_groups_pick_the_first)
{
    struct policy_set *set = set_of(FILES({"p.json", POLICY("p", ",'group':'order'")}));
    cr_expect_eq(set->max_offers, 8);
    cr_expect_eq(set->group_pick_count, 0);
    policy_set_free(set);
}

Test(settings_json, listed_groups_keep_their_picks_whatever_the_files_order)
{
    struct policy_set *set =
        set_of(FILES({"a.json", POLICY("a", ",'group':'zebra'")}, {"b.json", POLICY("b", ",'group':'order'")},
                     {"settings.json",
                      "{'groups':[{'name':'order','pick':'best'},{'name':'other','pick':'first'}],'max_offers':3}"}));
    cr_expect_eq(set->max_offers, 3);
    cr_assert_eq(set->group_pick_count, 2);
    cr_expect_eq(set->group_picks[0], PICK_BEST);
    cr_expect_eq(set->group_picks[1], PICK_FIRST);
    cr_expect_eq(set->policies[1].group, 0);
    cr_expect_eq(set->policies[0].group, 2);
    policy_set_free(set);
}
