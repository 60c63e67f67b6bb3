#include "policy/offer.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "support.h"

/* An offer that stands alone, the request's amount and delivery fee, and "reason goods delivery". */
struct row {
    const char *offer;
    int64_t amount, delivery_fee;
    const char *outcome;
};

static void expect_outcomes(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct outcome outcome = outcome_of(FILES({"p.json", policy_giving(format("'offer':%s", row->offer))}), NOON,
                                            format("{'user_id':'u','aoi':'A','amount':%lld,'delivery_fee':%lld}",
                                                   (long long)row->amount, (long long)row->delivery_fee));
        long long goods = -1, delivery = -1;
        const char *totals = strstr(outcome.decision, "],\"discount\":");
        cr_assert_not_null(totals);
        cr_assert_eq(sscanf(totals, "],\"discount\":%lld,\"delivery_discount\":%lld", &goods, &delivery), 2);
        const char *actual = format("%s %lld %lld", strchr(outcome.reasons, ' ') + 1, goods, delivery);
        cr_expect_str_eq(actual, row->outcome, "%s of %lld and %lld: %s, not %s", row->offer, (long long)row->amount,
                         (long long)row->delivery_fee, actual, row->outcome);
    }
}
#define EXPECT_OUTCOMES(rows) expect_outcomes(rows, sizeof(rows) / sizeof(rows[0]))

#define TIERS(tiers)     "{'coupon':'C','kind':'amount_off','tiers':[" tiers "]}"
#define PERCENT(bp, cap) "{'coupon':'C','kind':'percent_off','bp':" bp ",'cap':" cap "}"
#define FIXED(price)     "{'coupon':'C','kind':'fixed_price','price':" price "}"
#define DELIVERY(cap)    "{'coupon':'C','kind':'free_delivery','cap':" cap "}"

Test(offer, amount_off_gives_the_highest_tier_that_the_amount_reaches)
{
#define THREE TIERS("{'reach':5000,'off':800},{'reach':10000,'off':2000},{'reach':20000,'off':1000}")
    static const struct row rows[] = {
        {THREE, 4999, 0, "below_threshold 0 0"},     {THREE, 5000, 0, "offered 800 0"},
        {THREE, 9999, 0, "offered 800 0"},           {THREE, 10000, 0, "offered 2000 0"},
        {THREE, 19999, 0, "offered 2000 0"},         {THREE, 20000, 0, "offered 1000 0"},
        {THREE, 1000000000000, 0, "offered 1000 0"}, {THREE, 0, 500, "below_threshold 0 0"},
    };
    EXPECT_OUTCOMES(rows);
}

Test(offer, amount_off_gives_at_most_what_remains)
{
    static const struct row rows[] = {
        {TIERS("{'reach':0,'off':800}"), 799, 0, "offered 799 0"},
        {TIERS("{'reach':0,'off':800}"), 800, 0, "offered 800 0"},
        {TIERS("{'reach':0,'off':800}"), 0, 0, "no_value 0 0"},
        {TIERS("{'reach':0,'off':0}"), 100, 0, "no_value 0 0"},
        {TIERS("{'reach':100,'off':500}"), 100, 0, "offered 100 0"},
        {TIERS("{'reach':1000000000000,'off':1000000000000}"), 1000000000000, 0, "offered 1000000000000 0"},
        {TIERS("{'reach':1000000000000,'off':1}"), 999999999999, 0, "below_threshold 0 0"},
    };
    EXPECT_OUTCOMES(rows);
}

Test(offer, percent_off_is_rounded_down_and_capped)
{
    static const struct row rows[] = {
        {PERCENT("1000", "100000"), 6200, 0, "offered 620 0"},
        {PERCENT("1250", "100000"), 99, 0, "offered 12 0"},
        {PERCENT("1", "100000"), 9999, 0, "no_value 0 0"},
        {PERCENT("1", "100000"), 10000, 0, "offered 1 0"},
        {PERCENT("9999", "100000"), 1, 0, "no_value 0 0"},
        {PERCENT("10000", "100000"), 1, 0, "offered 1 0"},
        {PERCENT("1000", "619"), 6200, 0, "offered 619 0"},
        {PERCENT("1000", "620"), 6200, 0, "offered 620 0"},
        {PERCENT("1000", "1"), 6200, 0, "offered 1 0"},
        {PERCENT("10000", "1000000000000"), 1000000000000, 0, "offered 1000000000000 0"},
        {PERCENT("9999", "1000000000000"), 1000000000000, 0, "offered 999900000000 0"},
        {PERCENT("3333", "1000000000000"), 999999999999, 0, "offered 333299999999 0"},
        {PERCENT("1000", "100"), 0, 500, "no_value 0 0"},
    };
    EXPECT_OUTCOMES(rows);
}

Test(offer, fixed_price_gives_what_is_above_the_price)
{
    static const struct row rows[] = {
        {FIXED("990"), 6200, 0, "offered 5210 0"},
        {FIXED("6199"), 6200, 0, "offered 1 0"},
        {FIXED("6200"), 6200, 0, "no_value 0 0"},
        {FIXED("6201"), 6200, 0, "no_value 0 0"},
        {FIXED("0"), 6200, 0, "offered 6200 0"},
        {FIXED("0"), 0, 0, "no_value 0 0"},
        {FIXED("0"), 1000000000000, 0, "offered 1000000000000 0"},
    };
    EXPECT_OUTCOMES(rows);
}

Test(offer, free_delivery_is_counted_apart_and_capped)
{
    static const struct row rows[] = {
        {DELIVERY("500"), 6200, 499, "offered 0 499"},
        {DELIVERY("500"), 6200, 500, "offered 0 500"},
        {DELIVERY("500"), 6200, 501, "offered 0 500"},
        {DELIVERY("500"), 6200, 0, "no_value 0 0"},
        {DELIVERY("1"), 0, 1000000000000, "offered 0 1"},
        {DELIVERY("1000000000000"), 0, 1000000000000, "offered 0 1000000000000"},
    };
    EXPECT_OUTCOMES(rows);
}

Test(offer, a_coupon_is_offered_whatever_the_amount)
{
    static const struct row rows[] = {
        {"{'coupon':'C','kind':'coupon'}", 0, 0, "offered 0 0"},
        {"{'coupon':'C','kind':'coupon'}", 6200, 500, "offered 0 0"},
    };
    EXPECT_OUTCOMES(rows);
}
