#include <criterion/criterion.h>

#include "policy/policy_set.h"
#include "support.h"

#define HALVES "{'name':'a','weight':5000,'offer':null},{'name':'b','weight':5000,'offer':null}"

static const char *with(const char *experiment)
{
    return policy_giving(format("'experiment':%s", experiment));
}

static const char *with_variants(const char *variants)
{
    return with(format("{'salt':'k7Q2','variants':[%s]}", variants));
}

static const char *with_layer(const char *layer)
{
    return with(format("{'salt':'k7Q2','layer':%s,'variants':[" HALVES "]}", layer));
}

/* `count` variants, of which the first has the weight and the others none. */
static const char *variants_of(unsigned count, int weight)
{
    const char *variants = "";
    for (unsigned i = 0; i < count; i++) {
        variants =
            format("%s%s{'name':'v%u','weight':%d,'offer':null}", variants, i > 0 ? "," : "", i, i == 0 ? weight : 0);
    }
    return with_variants(variants);
}

Test(experiment_json, variants_are_2_to_8)
{
    const struct pointers_row rows[] = {
        {"1", variants_of(1, 10000), "/experiment/variants"},
        {"2", variants_of(2, 10000), ""},
        {"8", variants_of(8, 10000), ""},
        {"9", variants_of(9, 10000), "/experiment/variants"},
        {"none", with_variants(""), "/experiment/variants"},
        {"an object", with("{'salt':'s','variants':{}}"), "/experiment/variants"},
        {"missing", with("{'salt':'s'}"), "/experiment/variants"},
    };
    EXPECT_POINTERS(rows);
}

Test(experiment_json, weights_are_0_to_10000_and_sum_to_10000)
{
    const struct pointers_row rows[] = {
        {"sum 9999", variants_of(2, 9999), "/experiment/variants"},
        {"one weight 10001", variants_of(2, 10001), "/experiment/variants/0/weight"},
        {"one weight -1", variants_of(2, -1), "/experiment/variants/0/weight"},
        {"sum 10001", with_variants("{'name':'a','weight':5000,'offer':null},{'name':'b','weight':5001,'offer':null}"),
         "/experiment/variants"},
        {"sum 20000",
         with_variants("{'name':'a','weight':10000,'offer':null},{'name':'b','weight':10000,'offer':null}"),
         "/experiment/variants"},
        {"a fraction", with_variants("{'name':'a','weight':0.5,'offer':null},{'name':'b','weight':9999,'offer':null}"),
         "/experiment/variants/0/weight"},
        {"missing", with_variants("{'name':'a','offer':null},{'name':'b','weight':10000,'offer':null}"),
         "/experiment/variants/0/weight"},
    };
    EXPECT_POINTERS(rows);
}

static const char *with_names(const char *first, const char *second)
{
    return with_variants(
        format("{'name':%s,'weight':5000,'offer':null},{'name':%s,'weight':5000,'offer':null}", first, second));
}

Test(experiment_json, variants_have_distinct_names)
{
    const struct pointers_row rows[] = {
        {"distinct", with_names("'a'", "'b'"), ""},
        {"in another case", with_names("'a'", "'A'"), ""},
        {"equal", with_names("'a'", "'a'"), "/experiment/variants/1"},
        {"equal, once escaped", with_names("'a'", "'\\u0061'"), "/experiment/variants/1"},
        {"64 bytes", with_names(format("'%s'", repeated("v", 64)), "'b'"), ""},
        {"65 bytes", with_names(format("'%s'", repeated("v", 65)), "'b'"), "/experiment/variants/0/name"},
        {"empty", with_names("''", "'b'"), "/experiment/variants/0/name"},
        {"both empty", with_names("''", "''"), "/experiment/variants/0/name, /experiment/variants/1/name"},
        {"a control character", with_names("'a'", "'b\\u0085'"), "/experiment/variants/1/name"},
    };
    EXPECT_POINTERS(rows);
}

static const char *with_offer(const char *member)
{
    return with_variants(format("{'name':'a','weight':10000%s},{'name':'b','weight':0,'offer':null}", member));
}

Test(experiment_json, every_variant_has_its_offer_an_object_or_null)
{
    const struct pointers_row rows[] = {
        {"null", with_offer(",'offer':null"), ""},
        {"an offer", with_offer(",'offer':{'coupon':'C','kind':'coupon'}"), ""},
        {"missing", with_offer(""), "/experiment/variants/0/offer"},
        {"false", with_offer(",'offer':false"), "/experiment/variants/0/offer"},
        {"a bad offer", with_offer(",'offer':{'coupon':'','kind':'fixed_price','price':-1}"),
         "/experiment/variants/0/offer/coupon, /experiment/variants/0/offer/price"},
        {"an unknown member", with_offer(",'offer':null,'note':1"), "/experiment/variants/0/note"},
        {"a string as a variant", with_variants("'a','b'"), "/experiment/variants/0, /experiment/variants/1"},
    };
    EXPECT_POINTERS(rows);
}

Test(experiment_json, a_layer_is_a_range_of_the_10000_slots)
{
    const struct pointers_row rows[] = {
        {"all slots", with_layer("{'salt':'L','from':0,'to':10000}"), ""},
        {"one slot", with_layer("{'salt':'L','from':9999,'to':10000}"), ""},
        {"equal", with_layer("{'salt':'L','from':5,'to':5}"), "/experiment/layer"},
        {"falling", with_layer("{'salt':'L','from':6,'to':5}"), "/experiment/layer"},
        {"to 10001", with_layer("{'salt':'L','from':0,'to':10001}"), "/experiment/layer/to"},
        {"from -1", with_layer("{'salt':'L','from':-1,'to':5}"), "/experiment/layer/from"},
        {"a salt of 64 bytes", with_layer(format("{'salt':'%s','from':0,'to':1}", repeated("s", 64))), ""},
        {"of 65", with_layer(format("{'salt':'%s','from':0,'to':1}", repeated("s", 65))), "/experiment/layer/salt"},
        {"empty", with_layer("{}"), "/experiment/layer/salt, /experiment/layer/from, /experiment/layer/to"},
        {"an unknown member", with_layer("{'salt':'L','from':0,'to':1,'unit':'aoi'}"), "/experiment/layer/unit"},
        {"a string", with_layer("'L'"), "/experiment/layer"},
        {"null", with_layer("null"), "/experiment/layer"},
    };
    EXPECT_POINTERS(rows);
}

Test(experiment_json, salt_and_unit_are_checked)
{
    const struct pointers_row rows[] = {
        {"a salt of 64 bytes", with(format("{'salt':'%s','variants':[" HALVES "]}", repeated("s", 64))), ""},
        {"of 65", with(format("{'salt':'%s','variants':[" HALVES "]}", repeated("s", 65))), "/experiment/salt"},
        {"no salt", with("{'variants':[" HALVES "]}"), "/experiment/salt"},
        {"with the separator", with("{'salt':'\\u001f','variants':[" HALVES "]}"), "/experiment/salt"},
        {"user_id", with("{'salt':'s','unit':'user_id','variants':[" HALVES "]}"), ""},
        {"aoi", with("{'salt':'s','unit':'aoi','variants':[" HALVES "]}"), ""},
        {"another unit", with("{'salt':'s','unit':'user','variants':[" HALVES "]}"), "/experiment/unit"},
        {"an unknown member", with("{'salt':'s','name':'x','variants':[" HALVES "]}"), "/experiment/name"},
        {"a list", with("[]"), "/experiment"},
    };
    EXPECT_POINTERS(rows);
}

Test(experiment_json, an_experiment_keeps_what_its_document_says)
{
    struct policy_set *set = set_of(
        FILES({"p.json",
               with("{'salt':'k','unit':'aoi','layer':{'salt':'L','from':10,'to':20},'variants':[{'name':'a',"
                    "'weight':1,'offer':null},{'name':'b','weight':9999,'offer':{'coupon':'C','kind':'coupon'}}]}")}));
    const struct experiment *experiment = &set->policies[0].experiment;
    cr_expect_eq(experiment->unit, UNIT_AOI);
    cr_expect(experiment->has_layer);
    cr_expect_eq(experiment->layer_from, 10);
    cr_expect_eq(experiment->layer_to, 20);
    cr_assert_eq(experiment->variant_count, 2);
    cr_expect_eq(experiment->variants[0].weight_bp, 1);
    cr_expect_null(experiment->variants[0].offer);
    cr_expect_not_null(experiment->variants[1].offer);
    cr_expect_null(set->policies[0].offer);
    policy_set_free(set);
}
