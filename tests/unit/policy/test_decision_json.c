#include "policy/decision_json.h"

#include <criterion/criterion.h>

#include "policy/evaluate.h"
#include "support.h"

Test(decision_json, members_stand_in_the_contracts_order)
{
    struct outcome outcome = outcome_of(
        FILES(
            {"a.json", "{'id':'aoi-0212-07','scope':{'type':'aoi','aois':['A']},'experiment':{'salt':'s','variants':["
                       "{'name':'b10','weight':10000,'offer':{'coupon':'C-300','kind':'amount_off','tiers':[{'reach':"
                       "5000,'off':1000}]}},{'name':'control','weight':0,'offer':null}]}}"},
            {"b.json", "{'id':'b','scope':{'type':'all'},'offer':{'coupon':'C-D','kind':'free_delivery','cap':300}}"}),
        NOON, "{'request_id':'r-1','user_id':'u','aoi':'A','amount':6200,'delivery_fee':500}");
    cr_expect_str_eq(
        outcome.decision,
        json_of("{'request_id':'r-1','release':0,'interface':'checkout','degraded':false,'offers':[{'policy':"
                "'aoi-0212-07','coupon':'C-300','kind':'amount_off','variant':'b10','discount':1000},{'policy':'b',"
                "'coupon':'C-D','kind':'free_delivery','variant':null,'discount':300}],'discount':1000,"
                "'delivery_discount':300,'exposures':[{'policy':'aoi-0212-07','variant':'b10','offered':true}],"
                "'reasons':[{'policy':'aoi-0212-07','reason':'offered'},{'policy':'b','reason':'offered'}]}"));
}

Test(decision_json, every_kind_is_spelled_as_in_its_policy)
{
    static const char *const offers[] = {"'kind':'amount_off','tiers':[{'reach':0,'off':1}]",
                                         "'kind':'percent_off','bp':1000,'cap':1", "'kind':'fixed_price','price':1",
                                         "'kind':'free_delivery','cap':1", "'kind':'coupon'"};
    for (size_t i = 0; i < 5; i++) {
        struct outcome outcome =
            outcome_at_noon(FILES({"p.json", policy_giving(format("'offer':{'coupon':'C',%s}", offers[i]))}));
        const char *kind = format("%.*s", (int)strcspn(offers[i], ","), offers[i]);
        cr_expect_not_null(strstr(outcome.decision, json_of(kind)), "%s in %s", kind, outcome.decision);
    }
}

Test(decision_json, strings_have_only_the_escapes_that_JSON_demands)
{
    struct outcome outcome = outcome_of(
        FILES({"p.json",
               "{'id':'p','scope':{'type':'all'},'experiment':{'salt':'s','variants':[{'name':'\\u4e0a\\/\\u0022',"
               "'weight':10000,'offer':{'coupon':'a\\\\b\\u0009','kind':'coupon'}},{'name':'w','weight':0,"
               "'offer':null}]}}"}),
        NOON, "{'request_id':'\\u00e9\\u0022','user_id':'u','aoi':'A','amount':1,'interface':'购\\\\'}");
    cr_expect_not_null(strstr(outcome.decision, "{\"request_id\":\"é\\\"\",\"release\":0,\"interface\":\"购\\\\\""));
    cr_expect_not_null(
        strstr(outcome.decision, "\"coupon\":\"a\\\\b\\t\",\"kind\":\"coupon\",\"variant\":\"上/\\\"\""));
    cr_expect_not_null(strstr(outcome.decision, "\"exposures\":[{\"policy\":\"p\",\"variant\":\"上/\\\"\""));
}

Test(decision_json, an_empty_request_id_is_echoed_and_an_absent_one_left_out)
{
    const struct file *files = FILES({"p.json", POLICY("p", ",'state':'paused'")});
    cr_expect_eq(strncmp(outcome_of(files, NOON, "{'request_id':'','user_id':'u','aoi':'A','amount':1}").decision,
                         "{\"request_id\":\"\",\"release\":0", 28),
                 0);
    cr_expect_eq(
        strncmp(outcome_of(files, NOON, "{'user_id':'u','aoi':'A','amount':1}").decision, "{\"release\":0", 12), 0);
}

static const struct decision_envelope envelope = {
    .decision_id = {"01J00000000000000000000000", 26},
    .interface = {"checkout", 8},
    .release = (UINT64_C(1) << 53) - 1,
};

Test(decision_json, a_decision_has_its_id_and_its_release_in_full)
{
    struct snapshot *snapshot = snapshot_of(FILES({"settings.json", "{}"}));
    struct evaluation evaluation = {.snapshot = snapshot};
    struct text text;
    text_init(&text, 1000);
    decision_json_append(&text, &envelope, &evaluation, NULL);
    text_append_byte(&text, '\0');
    cr_expect_str_eq(text.bytes, json_of("{'decision_id':'01J00000000000000000000000','release':9007199254740991,"
                                         "'interface':'checkout','degraded':false,'offers':[],'discount':0,"
                                         "'delivery_discount':0,'exposures':[]}"));
    text_clear(&text);
    snapshot_free(snapshot);
}

Test(decision_json, a_degraded_answer_has_the_same_shape_with_its_cause)
{
    struct text fragment, text;
    text_init(&fragment, 1000);
    text_init(&text, 1000);
    decision_json_fallback_fragment(&fragment, SLICE("C-SAFE"));
    decision_json_degraded_begin(&text, &envelope, SLICE("switch"));
    decision_json_degraded_offer(&text, text_slice(&fragment), 300, true);
    decision_json_degraded_offer(&text, text_slice(&fragment), 50, false);
    decision_json_degraded_end(&text, 350);
    text_append_byte(&text, '\0');
    cr_expect_str_eq(
        text.bytes,
        json_of("{'decision_id':'01J00000000000000000000000','release':9007199254740991,'interface':'checkout',"
                "'degraded':true,'cause':'switch','offers':[{'policy':'fallback','coupon':'C-SAFE','kind':"
                "'amount_off','variant':null,'discount':300},{'policy':'fallback','coupon':'C-SAFE','kind':"
                "'amount_off','variant':null,'discount':50}],'discount':350,'delivery_discount':0,'exposures':[]}"));
    text_clear(&fragment);
    text_clear(&text);
}

Test(decision_json, a_decision_is_the_same_bytes_each_time)
{
    const struct file *files = FILES({"a.json", POLICY("a", ",'priority':1")}, {"b.json", POLICY("b", "")});
    cr_expect_str_eq(outcome_at_noon(files).decision, outcome_at_noon(files).decision);
}
