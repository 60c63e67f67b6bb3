/* The checks, in the contract's order. The walk over the candidates is in test_evaluate_walk.c. */
#include "policy/evaluate.h"

#include <criterion/criterion.h>

#include "support.h"

#define REQUEST "{'user_id':'u1','aoi':'A1','amount':10000}"

static void expect_reason(const char *member, const char *expected)
{
    const char *reason = reason_of(policy_with(member), NOON, REQUEST);
    cr_expect_str_eq(reason, expected, "%s is %s, not %s", member, reason, expected);
}

Test(evaluate, a_paused_policy_is_paused_whatever_else_it_says)
{
    expect_reason("'state':'active'", "offered");
    expect_reason("'state':'paused'", "paused");
    expect_reason("'state':'paused','interfaces':['cart'],'schedule':{'to':'2000-01-01T00:00:00Z'}", "paused");
}

Test(evaluate, a_list_of_interfaces_holds_the_requests_or_misses_it)
{
    expect_reason("'interfaces':['cart','checkout']", "offered");
    expect_reason("'interfaces':['cart']", "interface_miss");
    expect_reason("'interfaces':['checkout2','Checkout']", "interface_miss");
    expect_reason("'interfaces':['cart'],'schedule':{'to':'2000-01-01T00:00:00Z'}", "interface_miss");
}

Test(evaluate, the_schedule_has_three_reasons)
{
    expect_reason("'schedule':{'from':'2026-02-12T12:00:00Z','to':'2026-02-12T12:00:01Z'}", "offered");
    expect_reason("'schedule':{'from':'2026-02-12T12:00:01Z'}", "not_started");
    expect_reason("'schedule':{'to':'2026-02-12T12:00:00Z'}", "ended");
    expect_reason("'schedule':{'utc_offset':'+00:00','windows':[{'from':'13:00','to':'14:00'}]}", "outside_window");
}

/* A policy that fails every check from the given one on. */
static const char *failing_from(unsigned first)
{
    static const char *const parts[][2] = {
        {"'state':'active'", "'state':'paused'"},
        {"'interfaces':['checkout']", "'interfaces':['cart']"},
        {"'schedule':{}", "'schedule':{'to':'2000-01-01T00:00:00Z'}"},
        {"'scope':{'type':'aoi','aois':['A1']}", "'scope':{'type':'aoi','aois':['A1'],'exclude':['A1']}"},
        {"'conditions':[]", "'conditions':[{'attr':'tier','op':'exists','value':true}]"},
        {"'rollout':{'salt':'r1','share':10000}", "'rollout':{'salt':'r1','share':0}"},
    };
    const char *members = "'id':'p'";
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        members = format("%s,%s", members, parts[i][i >= first]);
    }
    /* The layer slot of u1 under r1 is 8847, its variant slot 1330. */
    return format("{%s,'experiment':{'salt':'r1','layer':{'salt':'r1',%s},'variants':[{'name':'n','weight':%s,'offer':"
                  "null},{'name':'c','weight':%s,'offer':{'coupon':'C','kind':'coupon'}}]}}",
                  members, first <= 6 ? "'from':0,'to':8847" : "'from':8847,'to':8848", first <= 7 ? "1331" : "1330",
                  first <= 7 ? "8669" : "8670");
}

Test(evaluate, the_first_check_that_fails_is_the_reason)
{
    static const char *const reasons[] = {"paused",   "interface_miss", "ended",        "aoi_excluded", "attr_missing",
                                          "ramp_out", "layer_out",      "variant_none", "offered"};
    for (unsigned first = 0; first < sizeof(reasons) / sizeof(reasons[0]); first++) {
        const char *reason = reason_of(failing_from(first), NOON, REQUEST);
        cr_expect_str_eq(reason, reasons[first], "%s, not %s", reason, reasons[first]);
    }
}

Test(evaluate, the_ramp_lets_slots_below_the_share_in)
{
    /* The ramp slot of u1 under r1 is 433. */
    expect_reason("'rollout':{'salt':'r1','share':0}", "ramp_out");
    expect_reason("'rollout':{'salt':'r1','share':433}", "ramp_out");
    expect_reason("'rollout':{'salt':'r1','share':434}", "offered");
    expect_reason("'rollout':{'salt':'r1','share':10000}", "offered");
}

Test(evaluate, the_share_in_force_is_that_of_the_last_step_that_has_begun)
{
    const char *policy = policy_with("'rollout':{'salt':'r1','steps':[{'from':'2026-01-01T00:00:00Z','share':434},"
                                     "{'from':'2026-01-02T00:00:00Z','share':100},{'from':'2026-01-03T08:00:00+08:00',"
                                     "'share':10000}]}");
    static const struct {
        const char *at, *reason;
    } rows[] = {
        {"2025-12-31T23:59:59Z", "ramp_out"}, {"2026-01-01T00:00:00Z", "offered"},  {"2026-01-01T23:59:59Z", "offered"},
        {"2026-01-02T00:00:00Z", "ramp_out"}, {"2026-01-02T23:59:59Z", "ramp_out"}, {"2026-01-03T00:00:00Z", "offered"},
        {"2030-01-01T00:00:00Z", "offered"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_str_eq(reason_of(policy, rows[i].at, REQUEST), rows[i].reason, "at %s", rows[i].at);
    }
}

#define OFFERING "'offer':{'coupon':'C','kind':'coupon'}"
#define NOTHING  "'offer':null"

static const char *experiment(const char *unit, const char *layer, const char *variants)
{
    return format(
        "{'id':'p','scope':{'type':'aoi','aois':['A1','310115-0001']},'experiment':{'salt':'r1','unit':'%s'%s,"
        "'variants':[%s]}}",
        unit, layer, variants);
}

static const char *halves_at(unsigned weight)
{
    return format("{'name':'a','weight':%u," OFFERING "},{'name':'b','weight':%u," NOTHING "}", weight, 10000 - weight);
}

Test(evaluate, a_layer_owns_its_slots_from_its_first_to_before_its_end)
{
    /* The layer slot of u1 under r1 is 8847. */
    static const struct {
        const char *layer, *reason;
    } rows[] = {
        {"'from':8847,'to':8848", "offered"},
        {"'from':8848,'to':10000", "layer_out"},
        {"'from':0,'to':8847", "layer_out"},
        {"'from':0,'to':10000", "offered"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *layer = format(",'layer':{'salt':'r1',%s}", rows[i].layer);
        cr_expect_str_eq(reason_of(experiment("user_id", layer, halves_at(10000)), NOON, REQUEST), rows[i].reason, "%s",
                         rows[i].layer);
    }
}

Test(evaluate, the_variant_is_the_first_whose_cumulative_weight_is_above_the_slot)
{
    /* The variant slot of u1 under r1 is 1330. */
    static const struct {
        unsigned weight;
        const char *reason;
    } rows[] = {{0, "variant_none"}, {1330, "variant_none"}, {1331, "offered"}, {10000, "offered"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_str_eq(reason_of(experiment("user_id", "", halves_at(rows[i].weight)), NOON, REQUEST), rows[i].reason,
                         "weight %u", rows[i].weight);
    }
}

Test(evaluate, variants_without_weight_are_never_chosen)
{
    const char *variants =
        "{'name':'a','weight':0," NOTHING "},{'name':'b','weight':1330," NOTHING "},{'name':'c',"
        "'weight':0," NOTHING "},{'name':'d','weight':8670," OFFERING "},{'name':'e','weight':0," NOTHING "}";
    struct outcome outcome = outcome_at_noon(FILES({"p.json", experiment("user_id", "", variants)}));
    cr_expect_str_eq(outcome.offers, "p 0");
    cr_expect_not_null(strstr(outcome.decision, json_of("'variant':'d'")));
}

static const char *variant_at(const char *scope, const char *aois)
{
    /* Under r1 A1 has the variant slot 9870, 310115-0001 has 5893: the cut lies between them. */
    struct outcome outcome = outcome_of(
        FILES({"p.json", format("{'id':'p','scope':%s,'experiment':{'salt':'r1','unit':'aoi','variants':[{'name':'low',"
                                "'weight':7882," OFFERING "},{'name':'high','weight':2118," OFFERING "}]}}",
                                scope)}),
        NOON, format("{'user_id':'u1','aoi':%s,'amount':1}", aois));
    return strstr(outcome.decision, json_of("'variant':'low'")) != NULL    ? "low"
           : strstr(outcome.decision, json_of("'variant':'high'")) != NULL ? "high"
                                                                           : "none";
}

Test(evaluate, the_unit_aoi_is_the_first_code_of_the_request_that_the_policy_lists)
{
#define BOTH "{'type':'aoi','aois':['310115-0001','A1']}"
    cr_expect_str_eq(variant_at(BOTH, "'A1'"), "high");
    cr_expect_str_eq(variant_at(BOTH, "'310115-0001'"), "low");
    cr_expect_str_eq(variant_at(BOTH, "['A1','310115-0001']"), "high");
    cr_expect_str_eq(variant_at(BOTH, "['310115-0001','A1']"), "low");
    cr_expect_str_eq(variant_at(BOTH, "['X','A1','310115-0001']"), "high", "X is not in the list");
    cr_expect_str_eq(variant_at("{'type':'aoi','aois':['A1']}", "['310115-0001','A1']"), "high");
    cr_expect_str_eq(variant_at("{'type':'all'}", "['310115-0001','A1']"), "low", "the first of the request");
    cr_expect_str_eq(variant_at("{'type':'all'}", "['A1','310115-0001']"), "high");
}

Test(evaluate, the_units_of_layer_and_variant_are_the_same_and_the_ramps_is_always_the_user)
{
    /* Under L1 310115-0001 has the layer slot 5178; u1 has the ramp slot 433 under r1. */
    const char *layer = ",'layer':{'salt':'L1','from':5178,'to':5179}";
    const char *policy = experiment("aoi", layer, halves_at(10000));
    cr_expect_str_eq(reason_of(policy, NOON, "{'user_id':'u1','aoi':'310115-0001','amount':1}"), "offered");
    cr_expect_str_eq(reason_of(policy, NOON, "{'user_id':'u2','aoi':'310115-0001','amount':1}"), "offered");
    cr_expect_str_eq(reason_of(policy, NOON, "{'user_id':'u1','aoi':'A1','amount':1}"), "layer_out");
    const char *ramp = format("{'id':'p','scope':{'type':'all'},'rollout':{'salt':'r1','share':434},'experiment':{"
                              "'salt':'r1','unit':'aoi','variants':[%s]}}",
                              halves_at(10000));
    cr_expect_str_eq(reason_of(ramp, NOON, "{'user_id':'u1','aoi':'310115-0001','amount':1}"), "offered");
    cr_expect_str_eq(reason_of(ramp, NOON, "{'user_id':'u1','aoi':'A1','amount':1}"), "offered");
}

Test(evaluate, an_experiment_that_reaches_the_variant_check_is_an_exposure)
{
    struct outcome offered = outcome_at_noon(FILES({"p.json", experiment("user_id", "", halves_at(10000))}));
    cr_expect_not_null(strstr(offered.decision, json_of("'exposures':[{'policy':'p','variant':'a','offered':true}]")));
    struct outcome none = outcome_at_noon(FILES({"p.json", experiment("user_id", "", halves_at(0))}));
    cr_expect_not_null(strstr(none.decision, json_of("'exposures':[{'policy':'p','variant':'b','offered':false}]")));
    struct outcome out = outcome_at_noon(
        FILES({"p.json", experiment("user_id", ",'layer':{'salt':'r1','from':0,'to':1}", halves_at(10000))}));
    cr_expect_not_null(strstr(out.decision, json_of("'exposures':[]")));
    struct outcome plain = outcome_at_noon(FILES({"p.json", POLICY("p", "")}));
    cr_expect_not_null(strstr(plain.decision, json_of("'exposures':[]")));
}

Test(evaluate, users_that_are_not_ASCII_have_the_slot_of_their_UTF8_bytes)
{
    /* The ramp slot of 用户42 under r1 is 2329. */
    static const char *const spellings[] = {"用户42", "\\u7528\\u6237\\u0034\\u0032"};
    for (size_t i = 0; i < 2; i++) {
        const char *context = format("{'user_id':'%s','aoi':'A','amount':1}", spellings[i]);
        cr_expect_str_eq(reason_of(policy_with("'rollout':{'salt':'r1','share':2330}"), NOON, context), "offered");
        cr_expect_str_eq(reason_of(policy_with("'rollout':{'salt':'r1','share':2329}"), NOON, context), "ramp_out");
    }
}

Test(evaluate, every_policy_of_the_set_has_its_reason)
{
    struct outcome outcome = outcome_of(
        FILES({"a.json", POLICY("a", ",'state':'paused'")}, {"b.json", POLICY("b", ",'interfaces':['cart']")},
              {"c.json", "{'id':'c','scope':{'type':'aoi','aois':['Z']},'offer':{'coupon':'C','kind':'coupon'}}"},
              {"d.json", POLICY("d", ",'priority':9")},
              {"e.json", "{'id':'e','scope':{'type':'aoi','aois':[]},'offer':{'coupon':'C','kind':'coupon'}}"}),
        NOON, REQUEST);
    cr_expect_str_eq(outcome.reasons, "a paused, b interface_miss, c aoi_miss, d offered, e aoi_miss");
}
