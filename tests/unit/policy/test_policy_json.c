#include <criterion/criterion.h>

#include "policy/policy_set.h"
#include "support.h"

#define OFFER "'offer':{'coupon':'C','kind':'coupon'}"
#define SCOPE "'scope':{'type':'all'}"

static const char *with_id(const char *id)
{
    return format("{'id':%s," SCOPE "," OFFER "}", id);
}

static const char *with_scope(const char *scope)
{
    return format("{'id':'p','scope':%s," OFFER "}", scope);
}

Test(policy_json, ids_match_their_pattern)
{
    const struct pointers_row rows[] = {
        {"one letter", with_id("'a'"), ""},
        {"one digit", with_id("'0'"), ""},
        {"all kinds", with_id("'a0._-z'"), ""},
        {"64 bytes", with_id(format("'%s'", repeated("a", 64))), ""},
        {"65 bytes", with_id(format("'%s'", repeated("a", 65))), "/id"},
        {"empty", with_id("''"), "/id"},
        {"a dot first", with_id("'.a'"), "/id"},
        {"a dash first", with_id("'-a'"), "/id"},
        {"an underscore first", with_id("'_a'"), "/id"},
        {"a capital", with_id("'aB'"), "/id"},
        {"a space", with_id("'a b'"), "/id"},
        {"a slash", with_id("'a/b'"), "/id"},
        {"not ASCII", with_id("'é'"), "/id"},
        {"a newline at the end", with_id("'a\\n'"), "/id"},
        {"a number", with_id("7"), "/id"},
        {"null", with_id("null"), "/id"},
        {"missing", "{" SCOPE "," OFFER "}", "/id"},
    };
    EXPECT_POINTERS(rows);
}

Test(policy_json, names_have_up_to_128_characters)
{
    const struct pointers_row rows[] = {
        {"empty", policy_with("'name':''"), ""},
        {"128 characters of one byte", policy_with(format("'name':'%s'", repeated("a", 128))), ""},
        {"129 characters of one byte", policy_with(format("'name':'%s'", repeated("a", 129))), "/name"},
        {"128 characters of three bytes", policy_with(format("'name':'%s'", repeated("午", 128))), ""},
        {"129 characters of three bytes", policy_with(format("'name':'%s'", repeated("午", 129))), "/name"},
        {"128 characters of four bytes", policy_with(format("'name':'%s'", repeated("😀", 128))), ""},
        {"129 characters of four bytes", policy_with(format("'name':'%s'", repeated("😀", 129))), "/name"},
        {"128 escaped pairs", policy_with(format("'name':'%s'", repeated("\\uD83D\\uDE00", 128))), ""},
        {"a tab", policy_with("'name':'a\\tb'"), ""},
        {"a number", policy_with("'name':1"), "/name"},
        {"a lone surrogate", policy_with("'name':'\\uD83D'"), "."},
    };
    EXPECT_POINTERS(rows);
}

Test(policy_json, plain_members_take_their_type_and_range)
{
    const struct pointers_row rows[] = {
        {"active", policy_with("'state':'active'"), ""},
        {"paused", policy_with("'state':'paused'"), ""},
        {"another state", policy_with("'state':'ended'"), "/state"},
        {"a state with a capital", policy_with("'state':'Paused'"), "/state"},
        {"priority 10^6", policy_with("'priority':1000000"), ""},
        {"priority 10^6 + 1", policy_with("'priority':1000001"), "/priority"},
        {"priority -10^6", policy_with("'priority':-1000000"), ""},
        {"priority -10^6 - 1", policy_with("'priority':-1000001"), "/priority"},
        {"priority -0", policy_with("'priority':-0"), ""},
        {"priority with a fraction", policy_with("'priority':1.0"), "/priority"},
        {"priority with an exponent", policy_with("'priority':1e2"), "/priority"},
        {"priority as a string", policy_with("'priority':'1'"), "/priority"},
        {"exclusive", policy_with("'exclusive':true"), ""},
        {"exclusive as a number", policy_with("'exclusive':1"), "/exclusive"},
        {"exclusive null", policy_with("'exclusive':null"), "/exclusive"},
        {"a group of 64 bytes", policy_with(format("'group':'%s'", repeated("g", 64))), ""},
        {"a group of 65 bytes", policy_with(format("'group':'%s'", repeated("g", 65))), "/group"},
        {"an empty group", policy_with("'group':''"), "/group"},
        {"a group with a control character", policy_with("'group':'a\\u001fb'"), "/group"},
        {"group null", policy_with("'group':null"), "/group"},
        {"an unknown member", policy_with("'note':'x'"), "/note"},
        {"a member in another case", policy_with("'Priority':1"), "/Priority"},
        {"a member twice", policy_with("'priority':1,'priority':1"), "/priority"},
        {"a member twice, once escaped", policy_with("'priority':1,'\\u0070riority':2"), "/priority"},
        {"an unknown member with ~ and /", policy_with("'a~/b':1"), "/a~0~1b"},
    };
    EXPECT_POINTERS(rows);
}

Test(policy_json, interfaces_are_a_list_of_names)
{
    const struct pointers_row rows[] = {
        {"one", policy_with("'interfaces':['checkout']"), ""},
        {"64 bytes", policy_with(format("'interfaces':['%s']", repeated("i", 64))), ""},
        {"65 bytes", policy_with(format("'interfaces':['%s']", repeated("i", 65))), "/interfaces/0"},
        {"an empty name", policy_with("'interfaces':['a','']"), "/interfaces/1"},
        {"a control character", policy_with("'interfaces':['a\\u007f']"), "/interfaces/0"},
        {"not ASCII", policy_with("'interfaces':['结算']"), ""},
        {"an empty list", policy_with("'interfaces':[]"), "/interfaces"},
        {"a string", policy_with("'interfaces':'checkout'"), "/interfaces"},
        {"null", policy_with("'interfaces':null"), "/interfaces"},
        {"a number in it", policy_with("'interfaces':['a',1,'b',null]"), "/interfaces/1, /interfaces/3"},
        {"1024 names", policy_with(format("'interfaces':[%s]", numbered("'i", "'", 1024))), ""},
        {"1025 names", policy_with(format("'interfaces':[%s]", numbered("'i", "'", 1025))), "/interfaces/1024"},
    };
    EXPECT_POINTERS(rows);
}

Test(policy_json, the_scope_needs_its_type_and_the_type_its_members)
{
    const struct pointers_row rows[] = {
        {"all", with_scope("{'type':'all'}"), ""},
        {"all with exclude", with_scope("{'type':'all','exclude':['A']}"), ""},
        {"all with an empty exclude", with_scope("{'type':'all','exclude':[]}"), ""},
        {"all with aois", with_scope("{'type':'all','aois':['A']}"), "/scope"},
        {"aoi", with_scope("{'type':'aoi','aois':['A']}"), ""},
        {"aoi with an empty list", with_scope("{'type':'aoi','aois':[]}"), ""},
        {"aoi with exclude", with_scope("{'type':'aoi','aois':['A'],'exclude':['A','B']}"), ""},
        {"aoi without aois", with_scope("{'type':'aoi','exclude':['A']}"), "/scope"},
        {"no type", with_scope("{'aois':['A']}"), "/scope/type"},
        {"another type", with_scope("{'type':'city','aois':['A']}"), "/scope/type"},
        {"an unknown member", with_scope("{'type':'all','sets':[]}"), "/scope/sets"},
        {"a list", with_scope("[]"), "/scope"},
        {"null", with_scope("null"), "/scope"},
        {"missing", "{'id':'p'," OFFER "}", "/scope"},
    };
    EXPECT_POINTERS(rows);
}

static const char *with_aois(const char *aois)
{
    return with_scope(format("{'type':'aoi','aois':[%s]}", aois));
}

Test(policy_json, AOI_codes_are_1_to_64_bytes_without_controls_and_spaces)
{
    const struct pointers_row rows[] = {
        {"64 bytes", with_aois(format("'%s'", repeated("a", 64))), ""},
        {"65 bytes", with_aois(format("'%s'", repeated("a", 65))), "/scope/aois/0"},
        {"63 bytes of three-byte characters", with_aois(format("'%s'", repeated("海", 21))), ""},
        {"66 bytes of three-byte characters", with_aois(format("'%s'", repeated("海", 22))), "/scope/aois/0"},
        {"empty", with_aois("'A',''"), "/scope/aois/1"},
        {"a space", with_aois("'A B','C'"), "/scope/aois/0"},
        {"a tab", with_aois("'A\\tB'"), "/scope/aois/0"},
        {"DEL", with_aois("'A\\u007f'"), "/scope/aois/0"},
        {"U+0000", with_aois("'A\\u0000'"), "/scope/aois/0"},
        {"twice", with_aois("'A','B','A','B'"), "/scope/aois/2, /scope/aois/3"},
        {"twice, once escaped", with_aois("'A','\\u0041'"), "/scope/aois/1"},
        {"in another case", with_aois("'A','a'"), ""},
        {"a number", with_aois("'A',310115"), "/scope/aois/1"},
    };
    EXPECT_POINTERS(rows);
}

Test(policy_json, a_list_of_codes_goes_to_100000)
{
    const struct pointers_row rows[] = {
        {"aois 100000", with_aois(numbered("'A", "'", 100000)), ""},
        {"aois 100001", with_aois(numbered("'A", "'", 100001)), "/scope/aois"},
        {"exclude 100000", with_scope(format("{'type':'all','exclude':[%s]}", numbered("'A", "'", 100000))), ""},
        {"exclude 100001", with_scope(format("{'type':'all','exclude':[%s]}", numbered("'A", "'", 100001))),
         "/scope/exclude"},
    };
    EXPECT_POINTERS(rows);
}

Test(policy_json, exactly_one_of_offer_and_experiment_is_there)
{
#define EXPERIMENT                                                                                                     \
    "'experiment':{'salt':'s','variants':[{'name':'a','weight':5000,'offer':null},"                                    \
    "{'name':'b','weight':5000,'offer':null}]}"
    const struct pointers_row rows[] = {
        {"an offer", "{'id':'p'," SCOPE "," OFFER "}", ""},
        {"an experiment", "{'id':'p'," SCOPE "," EXPERIMENT "}", ""},
        {"neither", "{'id':'p'," SCOPE "}", "."},
        {"both", "{'id':'p'," SCOPE "," OFFER "," EXPERIMENT "}", "."},
        {"an offer that is null", "{'id':'p'," SCOPE ",'offer':null}", "/offer"},
        {"an experiment that is null", "{'id':'p'," SCOPE ",'experiment':null}", "/experiment"},
    };
    EXPECT_POINTERS(rows);
}

Test(policy_json, a_document_is_an_object_of_strict_JSON)
{
    const struct pointers_row rows[] = {
        {"a list", "[]", "."},
        {"a string", "'x'", "."},
        {"null", "null", "."},
        {"empty", "", "."},
        {"a BOM", "\xEF\xBB\xBF{}", "."},
        {"a comment", "{'id':'p'/**/}", "."},
        {"a trailing comma", "{'id':'p',}", "."},
        {"something behind it", POLICY("p", "") "x", "."},
        {"invalid UTF-8", "{'id':'\xFF'}", "."},
        {"white space around it", "\n\t " POLICY("p", "") " \r\n", ""},
        {"65 members", format("{%s}", numbered("'m", "':1", 65)), NULL},
    };
    expect_pointers(rows, sizeof(rows) / sizeof(rows[0]) - 1);
    cr_expect_str_not_empty(pointers_in(rows[10].policy));
}

Test(policy_json, all_problems_of_a_policy_are_told_at_once)
{
    cr_expect_str_eq(
        pointers_in("{'id':'P','name':5,'state':'off','interfaces':['',1],'scope':{'type':'aoi','aois':['A','A',' ']},"
                    "'schedule':{'from':'x','windows':[{'days':[0,8],'from':'24:00','to':'24:01'}]},"
                    "'conditions':[{'attr':'','op':'x','value':1},{'op':'gt','value':'1'}],"
                    "'rollout':{'salt':'','share':10001},'group':'','priority':1.5,'exclusive':0,'more':{}}"),
        "/priority, /id, /name, /state, /interfaces/0, /interfaces/1, /scope/aois/1, /scope/aois/2, /schedule/from, "
        "/schedule/windows/0/days/0, /schedule/windows/0/days/1, /schedule/windows/0/from, /schedule/windows/0/to, "
        "/schedule, /conditions/0/attr, /conditions/0/op, /conditions/1/attr, /conditions/1/value, /rollout/salt, "
        "/rollout/share, /group, /exclusive, /more, .");
}

Test(policy_json, a_policy_keeps_what_its_document_says)
{
    struct policy_set *set = set_of(FILES({"p.json", "{'id':'p','name':'午餐','state':'paused','scope':{'type':'aoi',"
                                                     "'aois':['A','B'],'exclude':['B']},'priority':-7,"
                                                     "'exclusive':true,'group':'g'," OFFER "}"}));
    const struct policy *policy = &set->policies[0];
    cr_expect(slice_equals(policy->id, SLICE("p")));
    cr_expect(slice_equals(policy->title, SLICE("午餐")));
    cr_expect(policy->is_paused && policy->is_exclusive && !policy->is_for_all && !policy->has_interfaces);
    cr_expect_eq(policy->aoi_count, 2);
    cr_expect_eq(policy->excluded_count, 1);
    cr_expect_eq(policy->excluded[0], policy->aois[1]);
    cr_expect_eq(policy->priority, -7);
    cr_expect_str_eq(policy->file, "p.json");
    policy_set_free(set);
}

Test(policy_json, absent_members_have_their_defaults)
{
    struct policy_set *set = set_of(FILES({"p.json", POLICY("p", "")}));
    const struct policy *policy = &set->policies[0];
    cr_expect(!policy->is_paused && !policy->is_exclusive && policy->is_for_all && !policy->has_interfaces);
    cr_expect_eq(policy->priority, 0);
    cr_expect_eq(policy->group, NO_NUMBER);
    cr_expect_eq(policy->schedule.from_s, INT64_MIN);
    cr_expect_eq(policy->schedule.to_s, INT64_MAX);
    cr_expect_eq(policy->rollout.step_count, 0);
    policy_set_free(set);
}
