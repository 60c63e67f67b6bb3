#include "policy/snapshot.h"

#include <criterion/criterion.h>

#include "policy/compiled.h"
#include "policy/scope.h"
#include "support.h"

#define AT(id, aois, more)                                                                                             \
    "{'id':'" id "','scope':{'type':'aoi','aois':[" aois "]" more "},'offer':{'coupon':'C','kind':'coupon'}}"

Test(snapshot, policies_stand_by_falling_priority_then_by_id)
{
    struct snapshot *snapshot = snapshot_of(
        FILES({"1.json", POLICY("b", "")}, {"2.json", POLICY("a", "")}, {"3.json", POLICY("z", ",'priority':1000000")},
              {"4.json", POLICY("c", ",'priority':-1000000")}, {"5.json", POLICY("a-b", "")},
              {"6.json", POLICY("a.b", "")}, {"7.json", POLICY("m", ",'priority':1")}));
    static const char *const walk[] = {"z", "m", "a", "a-b", "a.b", "b", "c"};
    for (uint32_t i = 0; i < 7; i++) {
        cr_expect(slice_equals(snapshot_text(snapshot, snapshot->policies[i].id), slice_of(walk[i])), "place %u", i);
    }
    snapshot_free(snapshot);
}

Test(snapshot, an_empty_set_compiles_and_answers)
{
    struct outcome outcome = outcome_at_noon(FILES({"settings.json", "{}"}));
    cr_expect_str_empty(outcome.offers);
    cr_expect_str_eq(outcome.decision,
                     json_of("{'release':0,'interface':'checkout','degraded':false,'offers':[],'discount':0,"
                             "'delivery_discount':0,'exposures':[],'reasons':[]}"));
}

Test(snapshot, its_facts_count_policies_codes_and_pairs)
{
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", AT("a", "'A','B'", ",'exclude':['C']")},
                                                  {"b.json", AT("b", "'B'", "")}, {"c.json", POLICY("c", "")}));
    struct snapshot_facts facts = snapshot_facts(snapshot);
    cr_expect_eq(facts.policies, 3);
    cr_expect_eq(facts.aois, 3);
    cr_expect_eq(facts.pairs, 4);
    cr_expect_eq(facts.release, 0);
    cr_expect_gt(facts.bytes, facts.string_bytes);
    snapshot_free(snapshot);
}

Test(snapshot, a_policy_is_found_by_its_id_and_tells_its_variants)
{
    struct snapshot *snapshot = snapshot_of(
        FILES({"a.json", POLICY("a", ",'priority':1")}, {"b.json", POLICY("b", ",'priority':2")},
              {"c.json",
               "{'id':'c','scope':{'type':'all'},'experiment':{'salt':'s','variants':[{'name':'x','weight':0,'offer':"
               "null},{'name':'say \\'y\\'','weight':10000,'offer':{'coupon':'C','kind':'coupon'}}]}}"}));
    uint32_t ordinal;
    cr_assert(snapshot_find_policy(snapshot, SLICE("a"), &ordinal));
    cr_expect_eq(ordinal, 1);
    cr_expect_not(snapshot_policy(snapshot, ordinal).is_experiment);
    cr_assert(snapshot_find_policy(snapshot, SLICE("c"), &ordinal));
    struct snapshot_policy policy = snapshot_policy(snapshot, ordinal);
    cr_expect_eq(policy.variant_count, 2);
    cr_expect(slice_equals(snapshot_variant_name(snapshot, policy, policy.variants_at), SLICE("x")));
    cr_expect(slice_equals(snapshot_variant_name(snapshot, policy, policy.variants_at + 1), SLICE("say \\\"y\\\"")));
    cr_expect_not(snapshot_find_policy(snapshot, SLICE("b0"), &ordinal));
    cr_expect_not(snapshot_find_policy(snapshot, SLICE(""), &ordinal));
    snapshot_free(snapshot);
}

static void count_end(void *companion)
{
    ++*(int *)companion;
}

Test(snapshot, what_is_kept_beside_it_ends_with_it)
{
    int ends = 0;
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", POLICY("a", "")}));
    cr_expect_null(snapshot_companion(snapshot));
    snapshot_set_companion(snapshot, &ends, count_end);
    cr_expect_eq(snapshot_companion(snapshot), &ends);
    cr_expect_eq(ends, 0);
    snapshot_free(snapshot);
    cr_expect_eq(ends, 1);
}

Test(snapshot, its_release_is_the_low_53_bits_of_the_contents_hash)
{
    struct policy_set *set = set_of(FILES({"a.json", POLICY("a", "")}));
    set->hash = UINT64_C(0xFFFFFFFFFFFFFFFF);
    cr_expect_eq(snapshot_release_of(set), UINT64_C(0x1FFFFFFFFFFFFF));
    set->hash = UINT64_C(0xE000000000000005);
    cr_expect_eq(snapshot_release_of(set), 5);
    policy_set_free(set);
}

Test(snapshot, documents_become_a_snapshot_in_one_step_with_the_release_of_their_content)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    const char *json = json_of(POLICY("a", ""));
    cr_assert(documents_add(&documents, "a.json", exact_copy(json, strlen(json)), strlen(json)));
    const struct snapshot_limits limits = {.candidates_max = 1};
    struct snapshot *snapshot = snapshot_from_documents(&documents, 0, &limits, &problems);
    struct policy_set *set = set_of(FILES({"other.json", POLICY("a", "")}));
    cr_assert_not_null(snapshot);
    cr_expect_eq(snapshot_facts(snapshot).release, snapshot_release_of(set));
    cr_assert(documents_add(&documents, "b.json", exact_copy("{", 1), 1));
    cr_expect_null(snapshot_from_documents(&documents, 0, &limits, &problems));
    cr_expect_eq(problems.total, 1);
    policy_set_free(set);
    snapshot_free(snapshot);
    documents_clear(&documents);
    problems_clear(&problems);
}

static struct snapshot *compile(const struct file *files, uint32_t candidates_max, struct problems *problems)
{
    struct policy_set *set = set_of(files);
    struct snapshot *snapshot =
        snapshot_compile(set, 7, &(struct snapshot_limits){.candidates_max = candidates_max}, problems);
    policy_set_free(set);
    return snapshot;
}

static void expect_worst_case(const struct file *files, uint32_t expected)
{
    struct problems problems;
    problems_init(&problems);
    struct snapshot *snapshot = compile(files, expected, &problems);
    cr_assert_not_null(snapshot, "%u is enough", expected);
    cr_expect_eq(snapshot_facts(snapshot).candidates_max, expected, "told as %u",
                 snapshot_facts(snapshot).candidates_max);
    cr_expect_eq(problems.total, 0);
    snapshot_free(snapshot);
    if (expected > 0) {
        cr_expect_null(compile(files, expected - 1, &problems), "%u is not", expected - 1);
        cr_expect_eq(problems.total, 1);
    }
    problems_clear(&problems);
}

Test(snapshot, a_release_whose_worst_case_is_over_the_limit_is_refused)
{
    expect_worst_case(FILES({"a.json", POLICY("a", "")}, {"b.json", POLICY("b", "")}), 2);
    expect_worst_case(
        FILES({"a.json", AT("a", "'A','B'", "")}, {"b.json", AT("b", "'B','C'", "")}, {"c.json", AT("c", "'D'", "")}),
        3);
    expect_worst_case(FILES({"settings.json", "{}"}), 0);
    expect_worst_case(FILES({"a.json", AT("a", "", "")}), 0);
    expect_worst_case(FILES({"a.json", POLICY("a", ",'state':'paused'")}, {"b.json", POLICY("b", "")}), 1);
}

Test(snapshot, the_refusal_names_the_setting_and_both_numbers)
{
    struct problems problems;
    problems_init(&problems);
    cr_expect_null(compile(FILES({"a.json", POLICY("a", "")}, {"b.json", POLICY("b", "")}), 1, &problems));
    cr_expect_str_eq(problems.items[0].file, "");
    cr_expect_str_eq(problems.items[0].reason,
                     "one evaluation may have to look at 2 policies, more than limits.max_candidates = 1");
    problems_clear(&problems);
}

/* How many policies a request at these codes has to look at. */
static uint32_t looked_at(const struct snapshot *snapshot, const struct slice *aois, uint32_t count)
{
    static struct context context;
    struct scope_walk walk;
    struct scope_match match;
    context.aoi_count = count;
    memcpy(context.aois, aois, count * sizeof(*aois));
    scope_walk_begin(&walk, snapshot, &context);
    uint32_t policies = 0;
    while (scope_walk_next(&walk, &match)) {
        policies++;
    }
    return policies;
}
#define LOOKED_AT(snapshot, ...)                                                                                       \
    looked_at(snapshot, (const struct slice[]){__VA_ARGS__},                                                           \
              sizeof((const struct slice[]){__VA_ARGS__}) / sizeof(struct slice))

Test(snapshot, a_request_looks_only_at_the_policies_that_its_codes_concern)
{
    struct snapshot *snapshot =
        snapshot_of(FILES({"a.json", AT("a", "'A'", "")}, {"b.json", AT("b", "'B'", "")}, {"c.json", POLICY("c", "")},
                          {"d.json", POLICY("d", ",'state':'paused'")}));
    cr_expect_eq(LOOKED_AT(snapshot, SLICE("X")), 1);
    cr_expect_eq(LOOKED_AT(snapshot, SLICE("A")), 2);
    cr_expect_eq(LOOKED_AT(snapshot, SLICE("A"), SLICE("B"), SLICE("A")), 3);
    snapshot_free(snapshot);
}

Test(snapshot, no_request_looks_at_more_policies_than_the_worst_case_says)
{
    /* 40 policies at places of their own, which all exclude one common place. */
    struct file files[41] = {0};
    for (unsigned i = 0; i < 40; i++) {
        files[i].name = format("%u.json", i);
        files[i].json =
            format("{'id':'p%u','scope':{'type':'aoi','aois':['A%u'],'exclude':['X']},'offer':{'coupon':'C',"
                   "'kind':'coupon'}}",
                   i, i);
    }
    struct snapshot *snapshot = snapshot_of(files);
    uint32_t worst = snapshot_facts(snapshot).candidates_max;
    uint32_t looked_at_x = LOOKED_AT(snapshot, SLICE("X"));
    cr_expect_leq(looked_at_x, worst, "%u are looked at, at most %u are told", looked_at_x, worst);
    snapshot_free(snapshot);
}

Test(snapshot, a_set_is_compiled_the_same_whatever_its_files_names)
{
    const char *a = POLICY("a", ",'priority':3"), *b = AT("b", "'A1'", "");
    struct outcome one = outcome_at_noon(FILES({"1.json", a}, {"2.json", b}));
    struct outcome other = outcome_at_noon(FILES({"1.json", b}, {"2.json", a}));
    cr_expect_str_eq(one.decision, other.decision);
}

Test(snapshot, interfaces_that_a_gateway_does_not_know_are_counted)
{
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", POLICY("a", ",'interfaces':['checkout','cart','web']")},
                                                  {"b.json", POLICY("b", ",'interfaces':['cart']")}));
    const struct slice known[] = {SLICE("checkout"), SLICE("browse")};
    cr_expect_eq(snapshot_unknown_interfaces(snapshot, known, 2), 2);
    cr_expect_eq(snapshot_unknown_interfaces(snapshot, NULL, 0), 3);
    snapshot_free(snapshot);
}

Test(snapshot, every_one_of_the_most_interfaces_is_told_apart)
{
    struct file files[LIMIT_INTERFACES + 1] = {0};
    for (unsigned i = 0; i < LIMIT_INTERFACES; i++) {
        files[i].name = format("%u.json", i);
        files[i].json = format(POLICY("p%u", ",'interfaces':['i%u']"), i, i);
    }
    static const unsigned probes[] = {0, 63, 64, 511, 1023};
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        struct outcome outcome =
            outcome_of(files, NOON, format("{'user_id':'u','aoi':'A','amount':1,'interface':'i%u'}", probes[i]));
        cr_expect_str_eq(outcome.offers, format("p%u 0", probes[i]));
    }
}

Test(snapshot, freeing_NULL_is_allowed)
{
    snapshot_free(NULL);
}
