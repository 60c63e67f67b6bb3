#include <criterion/criterion.h>

#include "policy/policy_set.h"
#include "support.h"

static const char *giving(const char *offer)
{
    return policy_giving(format("'offer':%s", offer));
}

static const char *of_tiers(const char *tiers)
{
    return giving(format("{'coupon':'C','kind':'amount_off','tiers':[%s]}", tiers));
}

static const char *percent(const char *bp, const char *cap)
{
    return giving(format("{'coupon':'C','kind':'percent_off','bp':%s,'cap':%s}", bp, cap));
}

Test(offer_json, every_kind_has_its_members_and_no_others)
{
    const struct pointers_row rows[] = {
        {"coupon", giving("{'coupon':'C','kind':'coupon'}"), ""},
        {"coupon with a cap", giving("{'coupon':'C','kind':'coupon','cap':1}"), "/offer/cap"},
        {"amount_off without tiers", giving("{'coupon':'C','kind':'amount_off'}"), "/offer/tiers"},
        {"amount_off with a cap", giving("{'coupon':'C','kind':'amount_off','tiers':[{'reach':1,'off':1}],'cap':1}"),
         "/offer/cap"},
        {"percent_off without both", giving("{'coupon':'C','kind':'percent_off'}"), "/offer/bp, /offer/cap"},
        {"percent_off without cap", giving("{'coupon':'C','kind':'percent_off','bp':1}"), "/offer/cap"},
        {"percent_off with a price", giving("{'coupon':'C','kind':'percent_off','bp':1,'cap':1,'price':1}"),
         "/offer/price"},
        {"fixed_price", giving("{'coupon':'C','kind':'fixed_price','price':100}"), ""},
        {"fixed_price without price", giving("{'coupon':'C','kind':'fixed_price'}"), "/offer/price"},
        {"free_delivery", giving("{'coupon':'C','kind':'free_delivery','cap':500}"), ""},
        {"free_delivery without cap", giving("{'coupon':'C','kind':'free_delivery'}"), "/offer/cap"},
        {"free_delivery with bp", giving("{'coupon':'C','kind':'free_delivery','cap':500,'bp':1}"), "/offer/bp"},
        {"another kind", giving("{'coupon':'C','kind':'gift'}"), "/offer/kind"},
        {"a kind with a capital", giving("{'coupon':'C','kind':'Coupon'}"), "/offer/kind"},
        {"no kind", giving("{'coupon':'C'}"), "/offer/kind"},
        {"kind twice", giving("{'coupon':'C','kind':'coupon','kind':'coupon'}"), "/offer/kind"},
        {"a list", giving("[]"), "/offer"},
        {"a string", giving("'C'"), "/offer"},
    };
    EXPECT_POINTERS(rows);
}

Test(offer_json, coupons_are_1_to_64_bytes)
{
    const struct pointers_row rows[] = {
        {"64 bytes", giving(format("{'coupon':'%s','kind':'coupon'}", repeated("c", 64))), ""},
        {"65 bytes", giving(format("{'coupon':'%s','kind':'coupon'}", repeated("c", 65))), "/offer/coupon"},
        {"63 bytes of three-byte characters", giving(format("{'coupon':'%s','kind':'coupon'}", repeated("券", 21))),
         ""},
        {"66 bytes of three-byte characters", giving(format("{'coupon':'%s','kind':'coupon'}", repeated("券", 22))),
         "/offer/coupon"},
        {"none", giving("{'coupon':'','kind':'coupon'}"), "/offer/coupon"},
        {"a number", giving("{'coupon':300,'kind':'coupon'}"), "/offer/coupon"},
        {"missing", giving("{'kind':'coupon'}"), "/offer/coupon"},
    };
    EXPECT_POINTERS(rows);
}

Test(offer_json, a_bad_kind_hides_no_problem_of_the_coupon)
{
    cr_expect_str_eq(pointers_in(giving("{'coupon':300,'kind':'gift'}")), "/offer/kind, /offer/coupon");
    cr_expect_str_eq(pointers_in(giving("{}")), "/offer/kind, /offer/coupon");
    cr_expect_str_eq(pointers_in(giving("{'coupon':'C','kind':'gift','note':1}")), "/offer/kind, /offer/note");
    cr_expect_str_eq(pointers_in(giving("{'coupon':'C','kind':'gift','tiers':[],'bp':0,'cap':1,'price':1}")),
                     "/offer/kind", "any kind's members may be meant");
}

Test(offer_json, money_is_from_0_to_10_to_the_12)
{
    const struct pointers_row rows[] = {
        {"reach 0 and off 0", of_tiers("{'reach':0,'off':0}"), ""},
        {"reach 10^12 and off 10^12", of_tiers("{'reach':1000000000000,'off':1000000000000}"), ""},
        {"reach 10^12 + 1", of_tiers("{'reach':1000000000001,'off':1}"), "/offer/tiers/0/reach"},
        {"off 10^12 + 1", of_tiers("{'reach':1,'off':1000000000001}"), "/offer/tiers/0/off"},
        {"reach -1", of_tiers("{'reach':-1,'off':1}"), "/offer/tiers/0/reach"},
        {"off -1", of_tiers("{'reach':1,'off':-1}"), "/offer/tiers/0/off"},
        {"price 0", giving("{'coupon':'C','kind':'fixed_price','price':0}"), ""},
        {"price 10^12", giving("{'coupon':'C','kind':'fixed_price','price':1000000000000}"), ""},
        {"price 10^12 + 1", giving("{'coupon':'C','kind':'fixed_price','price':1000000000001}"), "/offer/price"},
        {"price -1", giving("{'coupon':'C','kind':'fixed_price','price':-1}"), "/offer/price"},
        {"delivery cap 0", giving("{'coupon':'C','kind':'free_delivery','cap':0}"), "/offer/cap"},
        {"delivery cap 1", giving("{'coupon':'C','kind':'free_delivery','cap':1}"), ""},
        {"delivery cap 10^12 + 1", giving("{'coupon':'C','kind':'free_delivery','cap':1000000000001}"), "/offer/cap"},
        {"money as a string", giving("{'coupon':'C','kind':'fixed_price','price':'100'}"), "/offer/price"},
        {"money with a fraction", giving("{'coupon':'C','kind':'fixed_price','price':1.5}"), "/offer/price"},
        {"money with an exponent", giving("{'coupon':'C','kind':'fixed_price','price':1e3}"), "/offer/price"},
        {"money past all integers", giving("{'coupon':'C','kind':'fixed_price','price':1e999}"), "/offer/price"},
    };
    EXPECT_POINTERS(rows);
}

Test(offer_json, percentages_are_1_to_10000_basis_points_with_a_cap)
{
    const struct pointers_row rows[] = {
        {"bp 0", percent("0", "1"), "/offer/bp"},
        {"bp 1", percent("1", "1"), ""},
        {"bp 10000", percent("10000", "1"), ""},
        {"bp 10001", percent("10001", "1"), "/offer/bp"},
        {"cap 0", percent("1", "0"), "/offer/cap"},
        {"cap 10^12", percent("1", "1000000000000"), ""},
        {"cap 10^12 + 1", percent("1", "1000000000001"), "/offer/cap"},
        {"both bad", percent("-1", "null"), "/offer/bp, /offer/cap"},
    };
    EXPECT_POINTERS(rows);
}

Test(offer_json, tiers_are_1_to_5_of_strictly_increasing_reach)
{
    const struct pointers_row rows[] = {
        {"none", of_tiers(""), "/offer/tiers"},
        {"5", of_tiers(numbered("{'reach':", ",'off':1}", 5)), ""},
        {"6", of_tiers(numbered("{'reach':", ",'off':1}", 6)), "/offer/tiers"},
        {"equal reach", of_tiers("{'reach':5,'off':1},{'reach':5,'off':2}"), "/offer/tiers/1"},
        {"falling reach", of_tiers("{'reach':5,'off':1},{'reach':9,'off':2},{'reach':8,'off':2}"), "/offer/tiers/2"},
        {"a higher tier that gives less", of_tiers("{'reach':5,'off':2},{'reach':6,'off':1}"), ""},
        {"off above reach", of_tiers("{'reach':5,'off':6}"), ""},
        {"no reach", of_tiers("{'off':1}"), "/offer/tiers/0/reach"},
        {"no off", of_tiers("{'reach':1}"), "/offer/tiers/0/off"},
        {"an unknown member", of_tiers("{'reach':1,'off':1,'repeat':true}"), "/offer/tiers/0/repeat"},
        {"an object", giving("{'coupon':'C','kind':'amount_off','tiers':{'reach':1,'off':1}}"), "/offer/tiers"},
        {"a number in it", of_tiers("1,{'reach':1,'off':1}"), "/offer/tiers/0"},
    };
    EXPECT_POINTERS(rows);
}

Test(offer_json, an_offer_keeps_what_its_document_says)
{
    struct policy_set *set =
        set_of(FILES({"a.json", "{'id':'a','scope':{'type':'all'},'offer':{'tiers':[{'off':800,'reach':5000},{'reach':"
                                "1000000000000,'off':3}],'kind':'amount_off','coupon':'C-300'}}"},
                     {"b.json", "{'id':'b','scope':{'type':'all'},'offer':{'coupon':'C','kind':'percent_off','bp':1234,"
                                "'cap':999999999999}}"}));
    const struct offer *tiers = set->policies[0].offer, *share = set->policies[1].offer;
    cr_expect_eq(tiers->kind, OFFER_AMOUNT_OFF);
    cr_expect(slice_equals(tiers->coupon, SLICE("C-300")));
    cr_assert_eq(tiers->tier_count, 2);
    cr_expect_eq(tiers->tiers[0].reach_fen, 5000);
    cr_expect_eq(tiers->tiers[0].off_fen, 800);
    cr_expect_eq(tiers->tiers[1].reach_fen, 1000000000000);
    cr_expect_eq(share->kind, OFFER_PERCENT_OFF);
    cr_expect_eq(share->share_bp, 1234);
    cr_expect_eq(share->cap_fen, 999999999999);
    policy_set_free(set);
}
