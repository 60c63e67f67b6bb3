/* The walk over the candidates: rules 1 to 6 of the contract. The checks before it are in test_evaluate.c. */
#include <criterion/criterion.h>

#include "policy/evaluate.h"
#include "support.h"

/* Offers of a letter's policy. Priorities count down, so that the first named walks first. */
#define OFF(id, priority, off, more)                                                                                   \
    "{'id':'" id "','scope':{'type':'all'},'priority':" priority ",'offer':{'coupon':'C','kind':'amount_off','tiers':" \
    "[{'reach':0,'off':" off "}]}" more "}"
#define PERCENT(id, priority, bp, more)                                                                                \
    "{'id':'" id "','scope':{'type':'all'},'priority':" priority                                                       \
    ",'offer':{'coupon':'C','kind':'percent_off','bp':" bp ",'cap':1000000}" more "}"
#define FIXED(id, priority, price, more)                                                                               \
    "{'id':'" id "','scope':{'type':'all'},'priority':" priority ",'offer':{'coupon':'C','kind':'fixed_price',"        \
    "'price':" price "}" more "}"
#define DELIVERY(id, priority, cap, more)                                                                              \
    "{'id':'" id "','scope':{'type':'all'},'priority':" priority ",'offer':{'coupon':'C','kind':'free_delivery',"      \
    "'cap':" cap "}" more "}"
#define REACH(id, priority, reach, off, more)                                                                          \
    "{'id':'" id "','scope':{'type':'all'},'priority':" priority ",'offer':{'coupon':'C','kind':'amount_off','tiers':" \
    "[{'reach':" reach ",'off':" off "}]}" more "}"
#define COUPON(id, priority, more)                                                                                     \
    "{'id':'" id "','scope':{'type':'all'},'priority':" priority ",'offer':{'coupon':'C','kind':'coupon'}" more "}"
#define IN_GROUP  ",'group':'g'"
#define EXCLUSIVE ",'exclusive':true"
#define BEST                                                                                                           \
    {                                                                                                                  \
        "settings.json", "{'groups':[{'name':'g','pick':'best'}]}"                                                     \
    }
#define FIRST                                                                                                          \
    {                                                                                                                  \
        "settings.json", "{'groups':[{'name':'g','pick':'first'}]}"                                                    \
    }

/* The request has 10000 fen of goods and 500 of delivery. */
static void expect_outcome(const struct file *files, const char *reasons, const char *offers)
{
    struct outcome outcome = outcome_at_noon(files);
    cr_expect_str_eq(outcome.reasons, reasons);
    cr_expect_str_eq(outcome.offers, offers);
}

Test(evaluate_walk, offers_outside_groups_are_all_accepted_by_priority_then_id)
{
    expect_outcome(
        FILES({"1", OFF("c", "5", "100", "")}, {"2", OFF("a", "1", "200", "")}, {"3", OFF("b", "5", "300", "")}),
        "a offered, b offered, c offered", "b 300, c 100, a 200");
}

Test(evaluate_walk, each_is_worth_what_the_ones_before_left)
{
    expect_outcome(FILES({"1", OFF("a", "3", "9000", "")}, {"2", PERCENT("b", "2", "5000", "")},
                         {"3", OFF("c", "1", "9000", "")}, {"4", OFF("d", "0", "1", "")}),
                   "a offered, b offered, c offered, d no_value", "a 9000, b 500, c 500");
    expect_outcome(FILES({"1", PERCENT("a", "3", "1000", "")}, {"2", PERCENT("b", "2", "1000", "")},
                         {"3", FIXED("c", "1", "8000", "")}, {"4", FIXED("d", "0", "8000", "")}),
                   "a offered, b offered, c offered, d no_value", "a 1000, b 900, c 100");
}

Test(evaluate_walk, goods_and_delivery_are_counted_apart)
{
    struct outcome outcome =
        outcome_at_noon(FILES({"1", OFF("a", "4", "10000", "")}, {"2", DELIVERY("b", "3", "300", "")},
                              {"3", DELIVERY("c", "2", "300", "")}, {"4", DELIVERY("d", "1", "300", "")}));
    cr_expect_str_eq(outcome.offers, "a 10000, b 300, c 200");
    cr_expect_str_eq(outcome.reasons, "a offered, b offered, c offered, d no_value");
    cr_expect_not_null(strstr(outcome.decision, json_of("'discount':10000,'delivery_discount':500")));
}

Test(evaluate_walk, reach_is_held_against_the_amount_not_what_remains)
{
    expect_outcome(FILES({"1", OFF("a", "2", "9000", "")}, {"2", REACH("b", "1", "10000", "700", "")},
                         {"3", REACH("c", "0", "10001", "700", "")}),
                   "a offered, b offered, c below_threshold", "a 9000, b 700");
}

Test(evaluate_walk, a_coupon_is_accepted_when_nothing_remains)
{
    expect_outcome(FILES({"1", OFF("a", "2", "10000", "")}, {"2", COUPON("b", "1", "")}), "a offered, b offered",
                   "a 10000, b 0");
}

Test(evaluate_walk, an_exclusive_offer_that_comes_first_ends_the_walk)
{
    expect_outcome(FILES({"1", OFF("a", "3", "100", EXCLUSIVE)}, {"2", OFF("b", "2", "200", "")},
                         {"3", OFF("c", "1", "300", EXCLUSIVE)}, {"4", REACH("d", "0", "99999", "1", "")}),
                   "a offered, b exclusive_taken, c exclusive_taken, d exclusive_taken", "a 100");
}

Test(evaluate_walk, an_exclusive_offer_behind_an_accepted_one_is_blocked)
{
    expect_outcome(
        FILES({"1", OFF("a", "3", "100", "")}, {"2", OFF("b", "2", "200", EXCLUSIVE)}, {"3", OFF("c", "1", "300", "")}),
        "a offered, b exclusive_blocked, c offered", "a 100, c 300");
}

Test(evaluate_walk, an_exclusive_offer_that_is_not_acceptable_takes_nothing)
{
    expect_outcome(FILES({"1", REACH("a", "3", "99999", "1", EXCLUSIVE)}, {"2", OFF("b", "2", "0", EXCLUSIVE)},
                         {"3", OFF("c", "1", "300", "")}),
                   "a below_threshold, b no_value, c offered", "c 300");
    expect_outcome(FILES({"1", REACH("a", "3", "99999", "1", "")}, {"2", OFF("b", "2", "200", EXCLUSIVE)}),
                   "a below_threshold, b offered", "b 200");
}

Test(evaluate_walk, the_limit_of_offers_is_told_before_exclusive_blocked_and_after_exclusive_taken)
{
#define LIMIT(count) {"settings.json", "{'max_offers':" count "}"}
    expect_outcome(FILES(LIMIT("2"), {"1", OFF("a", "9", "1", "")}, {"2", OFF("b", "8", "1", "")},
                         {"3", OFF("c", "7", "1", "")}, {"4", OFF("d", "6", "1", EXCLUSIVE)},
                         {"5", REACH("e", "5", "99999", "1", "")}),
                   "a offered, b offered, c offer_limit, d offer_limit, e offer_limit", "a 1, b 1");
    expect_outcome(FILES(LIMIT("1"), {"1", OFF("a", "9", "1", EXCLUSIVE)}, {"2", OFF("b", "8", "1", "")}),
                   "a offered, b exclusive_taken", "a 1");
    expect_outcome(FILES(LIMIT("1"), {"1", OFF("a", "9", "0", "")}, {"2", OFF("b", "8", "1", "")}),
                   "a no_value, b offered", "b 1");
}

static const char *offers_of_many(const char *settings, unsigned count)
{
    struct file files[80] = {{"settings.json", settings}};
    for (unsigned i = 0; i < count; i++) {
        files[i + 1] = (struct file){format("%u.json", i), format(POLICY("p%02u", ""), i)};
    }
    return outcome_at_noon(files).reasons;
}

static unsigned count_of(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

Test(evaluate_walk, the_limit_of_offers_is_8_by_default_and_64_at_most)
{
    const char *by_default = offers_of_many("{}", 10);
    cr_expect_eq(count_of(by_default, " offered"), 8);
    cr_expect_eq(count_of(by_default, " offer_limit"), 2);
    const char *most = offers_of_many("{'max_offers':64}", 70);
    cr_expect_eq(count_of(most, " offered"), 64);
    cr_expect_eq(count_of(most, " offer_limit"), 6);
    cr_expect_eq(count_of(offers_of_many("{'max_offers':1}", 3), " offered"), 1);
}

Test(evaluate_walk, a_group_that_picks_first_takes_the_first_acceptable)
{
    expect_outcome(FILES(FIRST, {"1", REACH("a", "9", "99999", "1", IN_GROUP)}, {"2", OFF("b", "8", "0", IN_GROUP)},
                         {"3", OFF("c", "7", "100", IN_GROUP)}, {"4", OFF("d", "6", "900", IN_GROUP)},
                         {"5", REACH("e", "5", "99999", "1", IN_GROUP)}, {"6", OFF("f", "4", "5", "")}),
                   "a below_threshold, b no_value, c offered, d group_taken, e group_taken, f offered", "c 100, f 5");
}

Test(evaluate_walk, a_group_that_is_not_listed_picks_first)
{
    expect_outcome(FILES({"1", OFF("a", "9", "100", IN_GROUP)}, {"2", OFF("b", "8", "900", IN_GROUP)},
                         {"3", OFF("c", "7", "10", ",'group':'h'")}),
                   "a offered, b group_taken, c offered", "a 100, c 10");
}

Test(evaluate_walk, a_group_that_picks_best_takes_the_largest_worth_at_its_first_turn)
{
    expect_outcome(FILES(BEST, {"1", OFF("a", "9", "100", IN_GROUP)}, {"2", OFF("x", "8", "50", "")},
                         {"3", OFF("b", "7", "900", IN_GROUP)}, {"4", OFF("c", "6", "300", IN_GROUP)}),
                   "a group_taken, b offered, c group_taken, x offered", "b 900, x 50");
}

Test(evaluate_walk, ties_of_the_best_go_by_walk_order)
{
    expect_outcome(FILES(BEST, {"1", OFF("a", "9", "100", IN_GROUP)}, {"2", OFF("b", "8", "100", IN_GROUP)}),
                   "a offered, b group_taken", "a 100");
    expect_outcome(FILES(BEST, {"1", OFF("a", "9", "50", IN_GROUP)}, {"2", OFF("c", "5", "100", IN_GROUP)},
                         {"3", OFF("b", "5", "100", IN_GROUP)}),
                   "a group_taken, b offered, c group_taken", "b 100");
}

Test(evaluate_walk, when_the_best_is_another_the_turns_own_candidate_is_taken_acceptable_or_not)
{
    expect_outcome(FILES(BEST, {"1", REACH("a", "9", "99999", "1", IN_GROUP)}, {"2", OFF("b", "8", "100", IN_GROUP)}),
                   "a group_taken, b offered", "b 100");
    expect_outcome(FILES(BEST, {"1", OFF("a", "9", "0", IN_GROUP)}, {"2", COUPON("b", "8", IN_GROUP)}),
                   "a group_taken, b offered", "b 0");
}

Test(evaluate_walk, when_nothing_of_a_best_group_is_acceptable_each_has_its_own_reason)
{
    expect_outcome(FILES(BEST, {"1", REACH("a", "9", "99999", "1", IN_GROUP)}, {"2", OFF("b", "8", "0", IN_GROUP)},
                         {"3", REACH("c", "7", "99999", "1", IN_GROUP)}, {"4", OFF("d", "6", "7", "")}),
                   "a below_threshold, b no_value, c below_threshold, d offered", "d 7");
}

Test(evaluate_walk, goods_and_delivery_compete_in_a_best_group)
{
    expect_outcome(FILES(BEST, {"1", OFF("a", "9", "400", IN_GROUP)}, {"2", DELIVERY("b", "8", "9999", IN_GROUP)}),
                   "a group_taken, b offered", "b 500");
    expect_outcome(FILES(BEST, {"1", COUPON("a", "9", IN_GROUP)}, {"2", DELIVERY("b", "8", "1", IN_GROUP)}),
                   "a group_taken, b offered", "b 1");
    expect_outcome(FILES(BEST, {"1", COUPON("a", "9", IN_GROUP)}, {"2", COUPON("b", "8", IN_GROUP)}),
                   "a offered, b group_taken", "a 0");
}

Test(evaluate_walk, the_best_is_judged_by_what_remains_at_its_turn)
{
    /* 10000 - 9000: of the percentage 500 remain, of the fixed price nothing. */
    expect_outcome(FILES(BEST, {"1", OFF("x", "9", "9000", "")}, {"2", FIXED("a", "8", "5000", IN_GROUP)},
                         {"3", PERCENT("b", "7", "5000", IN_GROUP)}, {"4", OFF("c", "6", "499", IN_GROUP)}),
                   "a group_taken, b offered, c group_taken, x offered", "x 9000, b 500");
}

Test(evaluate_walk, an_exclusive_candidate_of_a_best_group_that_is_blocked_does_not_compete)
{
    expect_outcome(FILES(BEST, {"1", OFF("x", "9", "10", "")}, {"2", OFF("a", "8", "100", IN_GROUP)},
                         {"3", OFF("b", "7", "900", IN_GROUP EXCLUSIVE)}, {"4", OFF("c", "6", "300", IN_GROUP)}),
                   "a group_taken, b exclusive_blocked, c offered, x offered", "x 10, c 300");
}

Test(evaluate_walk, an_exclusive_best_that_is_not_blocked_ends_the_walk)
{
    expect_outcome(FILES(BEST, {"1", OFF("a", "8", "100", IN_GROUP)}, {"2", OFF("x", "7", "10", "")},
                         {"3", OFF("b", "6", "900", IN_GROUP EXCLUSIVE)}, {"4", OFF("c", "5", "300", IN_GROUP)}),
                   "a group_taken, b offered, c exclusive_taken, x exclusive_taken", "b 900");
}

Test(evaluate_walk, an_exclusive_candidate_behind_its_groups_best_is_blocked_rather_than_group_taken)
{
    expect_outcome(FILES(BEST, {"1", OFF("a", "8", "500", IN_GROUP)}, {"2", OFF("b", "7", "100", IN_GROUP EXCLUSIVE)}),
                   "a offered, b exclusive_blocked", "a 500");
}

Test(evaluate_walk, a_best_group_whose_turn_comes_at_the_limit_gives_nothing)
{
    expect_outcome(FILES({"settings.json", "{'groups':[{'name':'g','pick':'best'}],'max_offers':1}"},
                         {"1", OFF("x", "9", "10", "")}, {"2", OFF("a", "8", "100", IN_GROUP)},
                         {"3", OFF("b", "7", "900", IN_GROUP)}),
                   "a offer_limit, b offer_limit, x offered", "x 10");
}

#define EXPERIMENT(id, priority, member, more)                                                                         \
    "{'id':'" id "','scope':{'type':'all'},'priority':" priority ",'experiment':{'salt':'s','variants':[{'name':'v',"  \
    "'weight':10000,'offer':" member "},{'name':'w','weight':0,'offer':null}]}" more "}"

Test(evaluate_walk, a_variant_without_offer_is_passed_over_in_its_group)
{
    expect_outcome(FILES(BEST, {"1", EXPERIMENT("a", "9", "null", IN_GROUP)}, {"2", OFF("b", "8", "100", IN_GROUP)}),
                   "a variant_none, b offered", "b 100");
    expect_outcome(FILES({"1", OFF("x", "10", "1", EXCLUSIVE)}, {"2", EXPERIMENT("a", "9", "null", "")}),
                   "a variant_none, x offered", "x 1");
}

Test(evaluate_walk, exposures_stand_in_walk_order_with_what_became_of_them)
{
    struct outcome outcome =
        outcome_at_noon(FILES(BEST, {"1", EXPERIMENT("z", "9", "{'coupon':'C','kind':'coupon'}", IN_GROUP)},
                              {"2", OFF("p", "8", "5", "")}, {"3", EXPERIMENT("b", "7", "null", "")},
                              {"4", EXPERIMENT("a", "7", "{'coupon':'C','kind':'fixed_price','price':0}", IN_GROUP)}));
    cr_expect_str_eq(outcome.offers, "a 10000", "it is the best at z's turn, so that nothing remains for p");
    cr_expect_str_eq(outcome.reasons, "a offered, b variant_none, p no_value, z group_taken");
    cr_expect_not_null(strstr(outcome.decision, json_of("'exposures':[{'policy':'z','variant':'v','offered':false},"
                                                        "{'policy':'a','variant':'v','offered':true},"
                                                        "{'policy':'b','variant':'v','offered':false}]")));
}
