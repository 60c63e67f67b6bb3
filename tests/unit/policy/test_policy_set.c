#include "policy/policy_set.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "support.h"

Test(policy_set, the_problems_of_all_files_are_told_in_the_order_in_which_they_come)
{
    cr_expect_str_eq(problems_in(FILES({"settings.json", "{'max_offers':0}"}, {"c.json", "{"},
                                       {"a.json", POLICY("A", ",'priority':1.5")}, {"b.json", POLICY("b", "")},
                                       {"d.json", POLICY("d", ",'x':1,'y':2")})),
                     "settings.json /max_offers, c.json ., a.json /priority, a.json /id, d.json /x, d.json /y");
}

Test(policy_set, each_problem_says_what_is_wrong_and_what_is_allowed)
{
    cr_expect_str_eq(complaints_in(FILES({"a.json", POLICY("a", ",'priority':1000001,'state':'off','x':1")})),
                     "a.json /priority: is not between -1000000 and 1000000, a.json /state: is none of \"active\", "
                     "\"paused\", a.json /x: is not a known member");
}

Test(policy_set, ids_are_unique_in_the_set)
{
    cr_expect_str_eq(complaints_in(FILES({"1.json", POLICY("a", "")}, {"2.json", POLICY("b", "")},
                                         {"3.json", POLICY("a", "")}, {"4.json", POLICY("a", "")})),
                     "3.json /id: is also the id of 1.json, 4.json /id: is also the id of 3.json");
    cr_expect_str_empty(problems_in(FILES({"1.json", POLICY("a", "")}, {"2.json", POLICY("a.", "")})));
}

Test(policy_set, an_id_is_claimed_even_by_a_policy_with_other_problems)
{
    cr_expect_str_eq(problems_in(FILES({"1.json", POLICY("a", ",'x':1")}, {"2.json", POLICY("a", "")})),
                     "1.json /x, 2.json /id");
}

Test(policy_set, an_empty_set_is_a_set)
{
    struct policy_set *set = set_of(FILES({"settings.json", "{}"}));
    cr_expect_eq(set->count, 0);
    policy_set_free(set);
    struct documents none;
    struct problems problems;
    documents_init(&none);
    problems_init(&problems);
    set = policy_set_parse(&none, &problems);
    cr_assert_not_null(set);
    cr_expect_eq(problems.total, 0);
    policy_set_free(set);
}

Test(policy_set, policies_stand_by_id_whatever_their_files_names)
{
    struct policy_set *set =
        set_of(FILES({"1.json", POLICY("c", "")}, {"2.json", POLICY("a", "")}, {"3.json", POLICY("b", "")},
                     {"4.json", POLICY("a.1", "")}, {"5.json", POLICY("a-1", "")}, {"6.json", POLICY("0", "")}));
    static const char *const ids[] = {"0", "a", "a-1", "a.1", "b", "c"};
    cr_assert_eq(set->count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        cr_expect(slice_equals(set->policies[i].id, slice_of(ids[i])), "place %u", i);
    }
    policy_set_free(set);
}

static uint64_t hash_of(const struct file *files)
{
    struct policy_set *set = set_of(files);
    uint64_t hash = set->hash;
    policy_set_free(set);
    return hash;
}

Test(policy_set, its_hash_is_that_of_the_content_not_of_the_files_names)
{
    uint64_t hash = hash_of(FILES({"1.json", POLICY("a", "")}, {"2.json", POLICY("b", "")}));
    cr_expect_eq(hash, hash_of(FILES({"x.json", POLICY("b", "")}, {"y.json", POLICY("a", "")})));
    cr_expect_neq(hash, hash_of(FILES({"1.json", POLICY("a", "")})));
    cr_expect_neq(hash, hash_of(FILES({"1.json", POLICY("a", ",'priority':1")}, {"2.json", POLICY("b", "")})));
    cr_expect_neq(hash, hash_of(FILES({"1.json", POLICY("a", "")}, {"2.json", POLICY("b", "")},
                                      {"settings.json", "{'max_offers':9}"})));
}

Test(policy_set, problems_that_were_there_before_do_not_refuse_a_sound_set)
{
    struct problems problems;
    problems_init(&problems);
    problems_add(&problems, "other", "", "of another set");
    struct documents documents;
    documents_init(&documents);
    const char *json = json_of(POLICY("a", ""));
    cr_assert(documents_add(&documents, "a.json", exact_copy(json, strlen(json)), strlen(json)));
    struct policy_set *set = policy_set_parse(&documents, &problems);
    cr_expect_not_null(set);
    policy_set_free(set);
    documents_clear(&documents);
    problems_clear(&problems);
}

Test(policy_set, more_problems_than_the_ceiling_are_counted)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    const char *json = json_of(format("{'id':'p','scope':{'type':'aoi','aois':[%s]},'offer':{'coupon':'C','kind':"
                                      "'coupon'}}",
                                      listed("''", 20000)));
    cr_assert(documents_add(&documents, "a.json", exact_copy(json, strlen(json)), strlen(json)));
    cr_expect_null(policy_set_parse(&documents, &problems));
    cr_expect_eq(problems.count, PROBLEMS_MAX);
    cr_expect_eq(problems.total, 20000);
    documents_clear(&documents);
    problems_clear(&problems);
}

Test(policy_set, a_set_of_more_documents_than_the_ceiling_is_refused)
{
    struct documents documents = {.count = (size_t)DOCUMENTS_COUNT_MAX + 1};
    struct problems problems;
    problems_init(&problems);
    cr_expect_null(policy_set_parse(&documents, &problems), "before one of them is looked at");
    cr_assert_eq(problems.count, 1);
    cr_expect_str_eq(problems.items[0].reason, "has more than 100000 documents");
    problems_clear(&problems);
}

Test(policy_set, freeing_NULL_is_allowed)
{
    policy_set_free(NULL);
}
